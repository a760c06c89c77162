"""A test bed for the service proxy: two nodes with Pods, and a client on the segment between them,
each a network namespace; an API server on the segment; one proxy on each node.

usage: unshare -mn --propagation private python3 proxy_bed.py ROLLCALL KUBECTL

Prints one line for each behaviour: `ok NAME` or `FAIL NAME: why`; and `done` at the end.
Started as `proxy_bed.py agent` it serves and connects on behalf of the bed inside a namespace.
"""

import base64
import collections
import errno
import http.client
import json
import os
import signal
import socket
import ssl
import struct
import subprocess
import sys
import tempfile
import threading
import time

# What starts the tests may block signals, and programs inherit that: slapd would never hear SIGTERM.
signal.pthread_sigmask(signal.SIG_SETMASK, ())

# --- Inside a namespace ---------------------------------------------------------------------------


class Agent:
    """Answers requests, one JSON line each."""

    def __init__(self):
        self.kept = {}

    def serve(self, name, port):
        def tcp():
            listener = socket.create_server(("::", port), family=socket.AF_INET6,
                                            dualstack_ipv6=True, backlog=512)
            while True:
                connection, peer = listener.accept()
                threading.Thread(target=talk, args=(connection, peer), daemon=True).start()

        def talk(connection, peer):
            source = peer[0].removeprefix("::ffff:")
            try:
                while True:
                    if not connection.recv(64):
                        break
                    connection.sendall(f"{name} {source}\n".encode())
            except OSError:
                pass
            connection.close()

        def udp():
            # One socket for each family, so that answers leave from where the question came to.
            for family, host in ((socket.AF_INET, "0.0.0.0"), (socket.AF_INET6, "::")):
                listener = socket.socket(family, socket.SOCK_DGRAM)
                if family == socket.AF_INET6:
                    listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
                listener.bind((host, port))
                threading.Thread(target=echo, args=(listener,), daemon=True).start()

        def echo(listener):
            while True:
                _, peer = listener.recvfrom(64)
                listener.sendto(f"{name} {peer[0]}\n".encode(), peer)

        udp()
        threading.Thread(target=tcp, daemon=True).start()
        return "ok"

    def ask(self, address, port, protocol="tcp", timeout=1.0, keep=None, source_port=0):
        """What the server said, or what went wrong."""
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        kind = socket.SOCK_STREAM if protocol == "tcp" else socket.SOCK_DGRAM
        connection = socket.socket(family, kind)
        connection.settimeout(timeout)
        try:
            if source_port:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                connection.bind(("::" if family == socket.AF_INET6 else "0.0.0.0", source_port))
            connection.connect((address, port))
            connection.send(b"?")
            answer = connection.recv(64).decode().strip()
            if keep:
                self.kept[keep] = connection
            return answer or "closed"
        except socket.timeout:
            if keep:
                self.kept[keep] = connection
            return "timeout"
        except OSError as error:
            return errno.errorcode.get(error.errno, str(error))
        finally:
            if not keep:
                connection.close()

    def again(self, keep, timeout=1.0):
        """Asks once more on a connection that was kept."""
        connection = self.kept[keep]
        connection.settimeout(timeout)
        try:
            connection.send(b"?")
            return connection.recv(64).decode().strip() or "closed"
        except socket.timeout:
            return "timeout"
        except OSError as error:
            return errno.errorcode.get(error.errno, str(error))

    def many(self, address, port, count, protocol="tcp"):
        found = collections.Counter()
        for _ in range(count):
            found[self.ask(address, port, protocol).split(" ")[0]] += 1
        return found

    def load(self, address, port, seconds):
        """Connects without a pause; how many succeeded, and what failed."""
        end = time.monotonic() + seconds
        good, bad = 0, []
        while time.monotonic() < end:
            answer = self.ask(address, port, timeout=3.0)
            if " " in answer:
                good += 1
            else:
                bad.append(answer)
        return {"good": good, "bad": bad[:5]}

    def talk(self, address, port):
        """Sends a datagram every millisecond or two, for ever; `talked` tells what came back."""
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        connection = socket.socket(family, socket.SOCK_DGRAM)
        connection.connect((address, port))
        connection.settimeout(0.001)
        told = self.talks = {"sent": 0, "answers": 0, "refused": 0, "last": ""}

        def run():
            while told is self.talks:
                try:
                    connection.send(b"?")
                    told["sent"] += 1
                    told["last"] = connection.recv(64).decode().split(" ")[0]
                    told["answers"] += 1
                except socket.timeout:
                    pass
                except ConnectionRefusedError:
                    told["refused"] += 1
                except OSError:
                    pass
        threading.Thread(target=run, daemon=True).start()
        return "ok"

    def talked(self):
        return self.talks

    def hush(self):
        self.talks = {}
        return "ok"

    def stray(self, source, destination, port):
        """Sends a segment of a server's that its connection does not expect."""
        segment = struct.pack("!HHIIBBHHH", 8080, port, 0x7FFF0000, 0x12345678, 5 << 4, 0x10,
                              512, 0, 0)
        if ":" in source:
            raw = socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_TCP)
            raw.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_CHECKSUM, 16)
        else:
            raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_TCP)
            pseudo = socket.inet_aton(source) + socket.inet_aton(destination)
            pseudo += struct.pack("!BBH", 0, socket.IPPROTO_TCP, len(segment))
            total = sum(struct.unpack(f"!{len(pseudo + segment) // 2}H", pseudo + segment))
            total = (total >> 16) + (total & 0xFFFF)
            total += total >> 16
            segment = segment[:16] + struct.pack("!H", ~total & 0xFFFF) + segment[18:]
        for _ in range(3):
            raw.sendto(segment, (destination, 0))
        return "ok"

    def watch(self, address):
        """Counts the packets that come from an address."""
        wanted = socket.inet_pton(socket.AF_INET6 if ":" in address else socket.AF_INET, address)
        sniffer = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.ntohs(3))
        self.count = 0

        def run():
            while True:
                packet, link = sniffer.recvfrom(128)
                source = packet[12:16] if len(wanted) == 4 else packet[8:24]
                # 4 is what this namespace itself sends.
                if link[2] != 4 and source == wanted and packet[0] >> 4 == (
                        4 if len(wanted) == 4 else 6) and packet[
                        9 if len(wanted) == 4 else 6] == socket.IPPROTO_TCP:
                    self.count += 1
        threading.Thread(target=run, daemon=True).start()
        return "ok"

    def seen(self):
        return self.count

    def get(self, address, port, path):
        connection = http.client.HTTPConnection(address, port, timeout=2)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return {"status": answer.status, "headers": dict(answer.getheaders()),
                    "body": answer.read().decode()}
        except OSError as error:
            return {"status": 0, "headers": {}, "body": str(error)}


def run_agent():
    agent = Agent()
    for line in sys.stdin:
        request = json.loads(line)
        method = getattr(agent, request.pop("do"))
        print(json.dumps(method(**request)), flush=True)


# --- The bed --------------------------------------------------------------------------------------


def sh(command):
    subprocess.run(command, shell=True, check=True, stdout=subprocess.DEVNULL)


def inside(space, command):
    return subprocess.run(f"ip netns exec {space} {command}", shell=True, capture_output=True,
                          text=True)


class Remote:
    def __init__(self, space):
        self.lock = threading.Lock()
        self.process = subprocess.Popen(
            ["ip", "netns", "exec", space, sys.executable, os.path.abspath(__file__), "agent"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def __getattr__(self, name):
        def call(**arguments):
            with self.lock:
                self.process.stdin.write(json.dumps({"do": name, **arguments}) + "\n")
                self.process.stdin.flush()
                return json.loads(self.process.stdout.readline())
        return call


SEGMENT = {4: "192.0.2.", 6: "2001:db8::"}
NODES = {"node1": 1, "node2": 2}
PODS = {"a1": ("node1", 1, 2), "a2": ("node1", 1, 3), "c1": ("node1", 1, 9),
        "b1": ("node2", 2, 2)}
CLUSTER_CIDR = "10.1.0.0/16,fd01::/32"


def pod_address(pod, family):
    _, subnet, host = PODS[pod]
    return f"10.1.{subnet}.{host}" if family == 4 else f"fd01:0:0:{subnet}::{host}"


def add_to_segment(space, host):
    sh(f"ip netns add {space} && ip -n {space} link set lo up")
    sh(f"ip link add s-{space} type veth peer name eth0 netns {space}")
    sh(f"ip link set s-{space} master seg0 up && ip -n {space} link set eth0 up")
    sh(f"ip -n {space} addr add 192.0.2.{host}/24 dev eth0")
    sh(f"ip -n {space} addr add 2001:db8::{host}/64 dev eth0 nodad")


def build():
    os.makedirs("/run/netns", exist_ok=True)
    sh("mount -t tmpfs tmpfs /run/netns && ip link set lo up")
    sh("ip link add seg0 type bridge && ip link set seg0 up")
    sh("ip addr add 192.0.2.254/24 dev seg0 && ip addr add 2001:db8::254/64 dev seg0 nodad")
    add_to_segment("out", 100)
    for node, number in NODES.items():
        add_to_segment(node, number)
        for setting in ("ipv4.ip_forward=1", "ipv6.conf.all.forwarding=1",
                        "ipv4.conf.all.rp_filter=0", "ipv4.conf.default.rp_filter=0"):
            inside(node, f"sysctl -qw net.{setting}")
        # Service addresses have no route of their own.
        sh(f"ip -n {node} route add default via 192.0.2.254")
        sh(f"ip -n {node} -6 route add default via 2001:db8::254")
    for node, number in NODES.items():
        other, peer = [(n, i) for n, i in NODES.items() if n != node][0]
        sh(f"ip -n {node} route add 10.1.{peer}.0/24 via 192.0.2.{peer}")
        sh(f"ip -n {node} -6 route add fd01:0:0:{peer}::/64 via 2001:db8::{peer}")
    for ranges in ("10.96.0.0/16", "203.0.113.0/24", "10.1.0.0/16"):
        sh(f"ip -n out route add {ranges} via 192.0.2.1")
    for ranges in ("fd00:96::/108", "2001:db8:f::/64", "fd01::/32"):
        sh(f"ip -n out -6 route add {ranges} via 2001:db8::1")
    for pod, (node, _, _) in PODS.items():
        sh(f"ip netns add {pod} && ip -n {pod} link set lo up")
        sh(f"ip -n {node} link add v-{pod} type veth peer name eth0 netns {pod}")
        sh(f"ip -n {node} link set v-{pod} up && ip -n {pod} link set eth0 up")
        sh(f"ip -n {node} addr add 169.254.1.1/32 dev v-{pod}")
        sh(f"ip -n {node} addr add fe80::1/64 dev v-{pod} nodad")
        sh(f"ip -n {pod} addr add {pod_address(pod, 4)}/32 dev eth0")
        sh(f"ip -n {pod} addr add {pod_address(pod, 6)}/128 dev eth0 nodad")
        sh(f"ip -n {pod} route add 169.254.1.1 dev eth0")
        sh(f"ip -n {pod} route add default via 169.254.1.1")
        sh(f"ip -n {pod} -6 route add default via fe80::1 dev eth0")
        sh(f"ip -n {node} route add {pod_address(pod, 4)}/32 dev v-{pod}")
        sh(f"ip -n {node} -6 route add {pod_address(pod, 6)}/128 dev v-{pod}")


class API:
    def __init__(self, kubectl, kubeconfig):
        shown = subprocess.run(
            [kubectl, "--kubeconfig", kubeconfig, "config", "view", "--raw", "-o", "json"],
            capture_output=True, check=True).stdout
        config = json.loads(shown)
        cluster, user = config["clusters"][0]["cluster"], config["users"][0]["user"]
        self.context = ssl.create_default_context(
            cadata=base64.b64decode(cluster["certificate-authority-data"]).decode())
        pem = tempfile.NamedTemporaryFile(delete=False)
        pem.write(base64.b64decode(user["client-certificate-data"]) + b"\n")
        pem.write(base64.b64decode(user["client-key-data"]))
        pem.close()
        self.context.load_cert_chain(pem.name)
        os.unlink(pem.name)
        self.host = cluster["server"].removeprefix("https://")

    def call(self, method, path, body=None, kind="application/json"):
        connection = http.client.HTTPSConnection(self.host, context=self.context, timeout=10)
        try:
            connection.connect()
        except OSError:  # A busy machine may take longer over a handshake than the server waits.
            connection.connect()
        connection.request(method, path, body=json.dumps(body) if body is not None else None,
                           headers={"content-type": kind})
        answer = connection.getresponse()
        text = answer.read().decode()
        if answer.status >= 300:
            raise RuntimeError(f"{method} {path}: {answer.status} {text}")
        return json.loads(text)

    services = "/api/v1/namespaces/default/services"
    slices = "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices"
    merge = "application/merge-patch+json"

    def service(self, name, spec, ingress=None):
        self.call("POST", self.services, {
            "apiVersion": "v1", "kind": "Service", "metadata": {"name": name}, "spec": spec})
        if ingress:
            self.call("PATCH", f"{self.services}/{name}/status",
                      {"status": {"loadBalancer": {"ingress": ingress}}}, self.merge)

    def patch(self, name, spec):
        self.call("PATCH", f"{self.services}/{name}", {"spec": spec}, self.merge)

    def slice(self, name, service, family, endpoints, ports=None):
        items = []
        for item in endpoints:
            pod, conditions = item if isinstance(item, tuple) else (item, {"ready": True})
            items.append({"addresses": [pod_address(pod, family)], "conditions": conditions,
                          "nodeName": PODS[pod][0]})
        if ports is None:
            ports = [{"name": "tcp", "port": 8080, "protocol": "TCP"},
                     {"name": "udp", "port": 8080, "protocol": "UDP"}]
        body = {"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice",
                "metadata": {"name": name, "labels": {"kubernetes.io/service-name": service}},
                "addressType": f"IPv{family}", "endpoints": items, "ports": ports}
        try:
            old = self.call("GET", f"{self.slices}/{name}")
            body["metadata"]["resourceVersion"] = old["metadata"]["resourceVersion"]
            self.call("PUT", f"{self.slices}/{name}", body)
        except RuntimeError:
            self.call("POST", self.slices, body)

    def delete(self, name, slices=True):
        self.call("DELETE", f"{self.services}/{name}")
        if slices:
            try:
                self.call("DELETE", f"{self.slices}/{name}")
            except RuntimeError:
                pass


class Bed:
    def __init__(self, rollcall, kubectl):
        self.rollcall, self.kubectl = rollcall, kubectl
        self.directory = tempfile.mkdtemp(prefix="rollcall-bed-")
        build()
        self.server = None
        self.start_server()
        self.api = API(kubectl, self.directory + "/data/admin.kubeconfig")
        self.remotes = {name: Remote(name) for name in [*PODS, *NODES, "out"]}
        for pod in PODS:
            self.remotes[pod].serve(name=pod, port=8080)
            self.remotes[pod].serve(name=pod + "-other", port=9090)
        for node, number in NODES.items():
            self.api.call("POST", "/api/v1/nodes", {
                "apiVersion": "v1", "kind": "Node", "metadata": {"name": node}})
            self.api.call("PATCH", f"/api/v1/nodes/{node}/status", {"status": {"addresses": [
                {"type": "InternalIP", "address": f"192.0.2.{number}"},
                {"type": "InternalIP", "address": f"2001:db8::{number}"}]}}, API.merge)
        self.proxies = {}
        self.ranges = "192.0.2.0/24,2001:db8::/64"
        for node in NODES:
            self.start_proxy(node)

    def launch(self, space, arguments, name):
        log = open(f"{self.directory}/{name}.log", "a")
        prefix = ["ip", "netns", "exec", space] if space else []
        process = subprocess.Popen(prefix + [self.rollcall] + arguments, stdout=subprocess.PIPE,
                                   stderr=log, stdin=subprocess.DEVNULL, text=True)
        line = process.stdout.readline()
        if not line.startswith("ready"):
            raise RuntimeError(f"{name}: {line}" + open(log.name).read())
        process.ready = line
        return process

    def start_server(self):
        self.server = self.launch(
            None, ["apiserver", "--data-dir", self.directory + "/data", "--listen",
                   "192.0.2.254:6443", "--service-cidr", "10.96.0.0/16,fd00:96::/108"], "api")

    def start_proxy(self, node):
        self.proxies[node] = self.launch(
            node, ["proxy", "--kubeconfig", self.directory + "/data/admin.kubeconfig",
                   "--hostname-override", node, "--cluster-cidr", CLUSTER_CIDR,
                   "--nodeport-addresses", self.ranges,
                   "--metrics-bind-address", "127.0.0.1:10249"], node)

    def stop_proxy(self, node, number=signal.SIGTERM):
        self.proxies[node].send_signal(number)
        self.proxies[node].wait()

    def ask(self, source, address, port, **more):
        return self.remotes[source].ask(address=address, port=port, **more)


# --- Behaviours -----------------------------------------------------------------------------------


class Mismatch(Exception):
    pass


def eventually(condition, what, limit=15.0):
    end = time.monotonic() + limit
    while True:
        found = condition()
        if found is True:
            return
        if time.monotonic() > end:
            raise Mismatch(f"{what}: last {found}")
        time.sleep(0.02)


class Suite:
    def __init__(self, bed):
        self.bed, self.api = bed, bed.api
        self.failed = 0

    def behaviour(self, name, body):
        try:
            body()
            print(f"ok {name}", flush=True)
        except Exception as error:  # Whatever goes wrong is the behaviour's failure.
            self.failed += 1
            print(f"FAIL {name}: {type(error).__name__} {error}", flush=True)

    def expect(self, source, address, port, wanted, limit=15.0, **more):
        """Asks until the answer is the wanted one: a text, or what a function accepts."""
        accepts = wanted if callable(wanted) else (lambda answer: answer == wanted)
        def condition():
            answer = self.bed.ask(source, address, port, **more)
            return True if accepts(answer) else answer
        eventually(condition, f"{source} -> {address}:{port}", limit)


def served(answer):
    return " " in answer


def by(*pods):
    return lambda answer: answer.split(" ")[0] in pods and " " in answer


class FamilySuite(Suite):
    def __init__(self, bed, family):
        super().__init__(bed)
        self.family = family
        self.number = 0

    def ip(self, host):
        return f"10.96.0.{host}" if self.family == 4 else f"fd00:96::{host}"

    def node(self, number):
        return SEGMENT[self.family] + str(number)

    def outside(self, host):
        return f"203.0.113.{host}" if self.family == 4 else f"2001:db8:f::{host}"

    def pod(self, name):
        return pod_address(name, self.family)

    def make(self, endpoints=(), ingress=None, port=None, **spec):
        """A Service of this family alone; returns its name, its address and its node port."""
        self.number += 1
        name, ip = f"s{self.family}-{self.number}", self.ip(100 + self.number)
        node_port = 30000 + self.family * 100 + self.number
        external = spec.get("type") in ("NodePort", "LoadBalancer")
        ports = [{"name": "tcp", "port": 80, "protocol": "TCP", "targetPort": 8080},
                 {"name": "udp", "port": 80, "protocol": "UDP", "targetPort": 8080}]
        if external:
            for item in ports:
                item["nodePort"] = node_port
        self.api.service(name, {
            "clusterIP": ip, "clusterIPs": [ip], "ipFamilies": [f"IPv{self.family}"],
            "ports": ports, **spec}, ingress)
        self.slice(name, endpoints)
        return name, ip, node_port

    def slice(self, name, endpoints):
        self.api.slice(name, name, self.family, list(endpoints))

    def check(self, name, body):
        self.behaviour(f"IPv{self.family} {name}", body)

    def run(self):
        for attribute in [a for a in type(self).__dict__ if a.startswith("test_")]:
            body = getattr(self, attribute)
            self.check(attribute.removeprefix("test_").replace("_", " "), body)

    # Cluster IPs

    def test_a_pod_reaches_a_cluster_ip_with_its_own_address(self):
        _, ip, _ = self.make(["a1"])
        self.expect("c1", ip, 80, f"a1 {self.pod('c1')}")

    def test_a_pod_reaches_an_endpoint_on_the_other_node(self):
        _, ip, _ = self.make(["b1"])
        self.expect("c1", ip, 80, f"b1 {self.pod('c1')}")

    def test_the_node_reaches_a_cluster_ip(self):
        _, ip, _ = self.make(["a1"])
        self.expect("node1", ip, 80, by("a1"))

    def test_the_node_reaches_an_endpoint_on_the_other_node(self):
        _, ip, _ = self.make(["b1"])
        self.expect("node1", ip, 80, by("b1"))

    def test_a_pod_reaches_itself_through_its_service(self):
        _, ip, _ = self.make(["a1"])
        self.expect("a1", ip, 80, by("a1"))

    def test_udp_works(self):
        _, ip, _ = self.make(["a1"])
        self.expect("c1", ip, 80, f"a1 {self.pod('c1')}", protocol="udp")

    def test_connections_spread_over_the_endpoints(self):
        _, ip, _ = self.make(["a1", "a2", "b1"])
        self.expect("c1", ip, 80, served)
        found = self.bed.remotes["c1"].many(address=ip, port=80, count=600)
        # 200 each, with a standard deviation of 11.5: six of them.
        for pod in ("a1", "a2", "b1"):
            if not 130 <= found.get(pod, 0) <= 270:
                raise Mismatch(str(found))

    def test_a_service_without_endpoints_refuses_tcp_at_once(self):
        _, ip, _ = self.make()
        self.expect("c1", ip, 80, "ECONNREFUSED")
        self.expect("node1", ip, 80, "ECONNREFUSED")

    def test_a_service_without_endpoints_refuses_udp_at_once(self):
        _, ip, _ = self.make()
        self.expect("c1", ip, 80, "ECONNREFUSED", protocol="udp")

    def test_a_port_the_service_lacks_is_refused(self):
        _, ip, _ = self.make(["a1"])
        self.expect("c1", ip, 80, served)
        self.expect("c1", ip, 81, "ECONNREFUSED")

    def test_a_client_outside_the_cluster_comes_with_the_nodes_address(self):
        _, ip, _ = self.make(["b1"])
        self.expect("out", ip, 80, f"b1 {self.node(1)}")

    def test_endpoints_that_are_not_ready_get_nothing(self):
        _, ip, _ = self.make(["a1", ("b1", {"ready": False})])
        self.expect("c1", ip, 80, served)
        found = self.bed.remotes["c1"].many(address=ip, port=80, count=40)
        if set(found) != {"a1"}:
            raise Mismatch(str(found))

    def test_terminating_endpoints_serve_when_none_is_ready(self):
        going = {"ready": False, "serving": True, "terminating": True}
        name, ip, _ = self.make([("a1", going)])
        self.expect("c1", ip, 80, by("a1"))
        self.slice(name, [("a1", going), "b1"])
        eventually(lambda: set(self.bed.remotes["c1"].many(address=ip, port=80, count=20))
                   == {"b1"} or "a1 still serves", "the ready one alone")

    # Policies

    def test_internal_policy_local_stays_on_the_node(self):
        _, ip, _ = self.make(["a1", "b1"], internalTrafficPolicy="Local")
        self.expect("c1", ip, 80, by("a1"))
        found = self.bed.remotes["c1"].many(address=ip, port=80, count=30)
        if set(found) != {"a1"}:
            raise Mismatch(str(found))

    def test_internal_policy_local_drops_without_a_local_endpoint(self):
        name, ip, _ = self.make(["a1"], internalTrafficPolicy="Local")
        self.expect("c1", ip, 80, served)
        self.slice(name, ["b1"])
        self.expect("c1", ip, 80, "timeout", timeout=0.4)

    # Node ports

    def test_a_node_port_answers_on_every_node(self):
        _, _, port = self.make(["a1"], type="NodePort")
        self.expect("out", self.node(1), port, by("a1"))
        self.expect("out", self.node(2), port, by("a1"))

    def test_a_node_port_answers_udp(self):
        _, _, port = self.make(["a1"], type="NodePort")
        self.expect("out", self.node(2), port, by("a1"), protocol="udp")

    def test_a_node_port_with_policy_cluster_brings_the_nodes_address(self):
        _, _, port = self.make(["b1"], type="NodePort")
        self.expect("out", self.node(1), port, f"b1 {self.node(1)}")

    def test_a_node_port_answers_pods_and_the_node_itself(self):
        _, _, port = self.make(["a1"], type="NodePort")
        self.expect("c1", self.node(1), port, by("a1"))
        self.expect("node1", self.node(1), port, by("a1"))

    def test_a_node_port_without_endpoints_refuses(self):
        _, _, port = self.make(type="NodePort")
        self.expect("out", self.node(1), port, "ECONNREFUSED")

    def test_external_policy_local_keeps_the_source(self):
        _, _, port = self.make(["a1"], type="NodePort", externalTrafficPolicy="Local")
        self.expect("out", self.node(1), port, f"a1 {self.node(100)}")

    def test_external_policy_local_drops_without_a_local_endpoint(self):
        _, _, port = self.make(["a1"], type="NodePort", externalTrafficPolicy="Local")
        self.expect("out", self.node(1), port, served)
        self.expect("out", self.node(2), port, "timeout", timeout=0.4)

    def test_external_policy_local_serves_clients_inside_from_everywhere(self):
        _, _, port = self.make(["b1"], type="NodePort", externalTrafficPolicy="Local")
        self.expect("c1", self.node(1), port, f"b1 {self.pod('c1')}")
        self.expect("node1", self.node(1), port, by("b1"))

    def test_an_address_the_node_gains_answers_node_ports(self):
        _, _, port = self.make(["a1"], type="NodePort")
        self.expect("out", self.node(1), port, served)
        width = 24 if self.family == 4 else 64
        sh(f"ip -n node1 addr add {self.node(51)}/{width} dev eth0"
           + (" nodad" if self.family == 6 else ""))
        self.expect("out", self.node(51), port, by("a1"), limit=5.0)
        sh(f"ip -n node1 addr del {self.node(51)}/{width} dev eth0")

    # Load balancers and external addresses

    def balanced(self, host, endpoints, mode="VIP", **spec):
        return self.make(endpoints, type="LoadBalancer",
                         ingress=[{"ip": self.outside(host), "ipMode": mode}], **spec)

    def test_a_load_balancer_address_is_answered(self):
        self.balanced(1, ["a1"])
        # The node's address on the endpoint's link stands for the client's.
        self.expect("out", self.outside(1), 80,
                    lambda answer: by("a1")(answer) and self.node(100) not in answer)
        self.expect("c1", self.outside(1), 80, by("a1"))
        self.expect("node1", self.outside(1), 80, by("a1"))

    def test_a_load_balancer_with_policy_local_keeps_the_source(self):
        self.balanced(2, ["a1"], externalTrafficPolicy="Local")
        self.expect("out", self.outside(2), 80, f"a1 {self.node(100)}")

    def test_a_load_balancer_in_proxy_mode_is_not_answered(self):
        _, ip, _ = self.balanced(3, ["a1"], mode="Proxy")
        self.expect("c1", ip, 80, served)
        answer = self.bed.ask("out", self.outside(3), 80, timeout=0.5)
        if served(answer):
            raise Mismatch(answer)

    def test_source_ranges_admit_and_drop(self):
        width = 32 if self.family == 4 else 128
        name, _, _ = self.balanced(
            4, ["a1"], loadBalancerSourceRanges=[f"{self.node(100)}/{width}"])
        self.expect("out", self.outside(4), 80, by("a1"))
        self.expect("c1", self.outside(4), 80, "timeout", timeout=0.4)
        self.api.patch(name, {"loadBalancerSourceRanges": [f"{self.node(99)}/{width}"]})
        self.expect("out", self.outside(4), 80, "timeout", timeout=0.4)

    def test_an_external_address_is_answered(self):
        self.make(["b1"], externalIPs=[self.outside(5)])
        self.expect("out", self.outside(5), 80, by("b1"))

    def test_of_two_claims_the_older_wins_and_the_younger_is_told(self):
        name, _, _ = self.make(["a1"], externalIPs=[self.outside(6)])
        self.expect("out", self.outside(6), 80, by("a1"))
        time.sleep(1.1)  # Creation times have whole seconds.
        other, _, _ = self.make(["b1"], externalIPs=[self.outside(6)])

        def told():
            events = self.api.call("GET", "/api/v1/namespaces/default/events")["items"]
            return any(e["reason"] == "AddressConflict" and e["involvedObject"]["name"] == other
                       for e in events) or "no event"
        eventually(told, "an event")
        found = self.bed.remotes["out"].many(address=self.outside(6), port=80, count=20)
        if set(found) != {"a1"}:
            raise Mismatch(str(found))
        self.api.delete(name)
        self.expect("out", self.outside(6), 80, by("b1"))

    # Affinity

    def sticky(self, endpoints, seconds, **spec):
        return self.make(endpoints, sessionAffinity="ClientIP", sessionAffinityConfig={
            "clientIP": {"timeoutSeconds": seconds}}, **spec)

    def test_a_client_stays_with_its_endpoint(self):
        _, ip, _ = self.sticky(["a1", "a2", "b1"], 100)
        self.expect("c1", ip, 80, served)
        found = self.bed.remotes["c1"].many(address=ip, port=80, count=40)
        if len(found) != 1:
            raise Mismatch(str(found))

    def test_a_client_stays_through_a_node_port_too(self):
        _, _, port = self.sticky(["a1", "a2", "b1"], 100, type="NodePort")
        self.expect("out", self.node(1), port, served)
        found = self.bed.remotes["out"].many(address=self.node(1), port=port, count=40)
        if len(found) != 1:
            raise Mismatch(str(found))

    def test_affinity_ends_after_its_time(self):
        _, ip, _ = self.sticky(["a1", "a2", "b1"], 1)
        self.expect("c1", ip, 80, served)
        found = set()

        def moved():
            found.add(self.bed.ask("c1", ip, 80).split(" ")[0])
            time.sleep(1.3)  # Longer than the affinity: this is what is tested.
            return len(found) > 1 or str(found)
        eventually(moved, "another endpoint", 30)

    def test_affinity_moves_at_once_when_its_endpoint_goes(self):
        name, ip, _ = self.sticky(["a1", "a2", "b1"], 100)
        self.expect("c1", ip, 80, served)
        first = self.bed.ask("c1", ip, 80).split(" ")[0]
        rest = [pod for pod in ("a1", "a2", "b1") if pod != first]
        self.slice(name, rest)
        self.expect("c1", ip, 80, by(*rest))
        found = self.bed.remotes["c1"].many(address=ip, port=80, count=20)
        if len(found) != 1 or first in found:
            raise Mismatch(f"{first}: {found}")
        # And its return takes nobody back.
        self.slice(name, ["a1", "a2", "b1"])
        eventually(lambda: self.bed.ask("b1", ip, 80) and True, "sync")
        again = self.bed.remotes["c1"].many(address=ip, port=80, count=20)
        if set(again) != set(found):
            raise Mismatch(f"{found}, then {again}")

    # Changes

    def test_new_connections_follow_a_change_of_endpoints(self):
        name, ip, _ = self.make(["a1"])
        self.expect("c1", ip, 80, by("a1"))
        self.slice(name, ["b1"])
        self.expect("c1", ip, 80, by("b1"))

    def test_established_tcp_survives_a_change_of_endpoints(self):
        name, ip, _ = self.make(["a1"])
        self.expect("c1", ip, 80, by("a1"))
        self.bed.ask("c1", ip, 80, keep=name)
        self.slice(name, ["b1"])
        self.expect("c1", ip, 80, by("b1"))
        answer = self.bed.remotes["c1"].again(keep=name)
        if not answer.startswith("a1 "):
            raise Mismatch(answer)

    def test_established_tcp_survives_the_end_of_the_service(self):
        name, ip, _ = self.make(["a1"])
        self.expect("c1", ip, 80, by("a1"))
        self.bed.ask("c1", ip, 80, keep=name)
        self.api.delete(name)
        self.expect("c1", ip, 80, lambda answer: not served(answer), timeout=0.4)
        answer = self.bed.remotes["c1"].again(keep=name)
        if not answer.startswith("a1 "):
            raise Mismatch(answer)

    def test_a_udp_flow_moves_when_its_endpoint_goes(self):
        name, ip, _ = self.make(["a1"])
        self.expect("c1", ip, 80, by("a1"), protocol="udp")
        self.bed.ask("c1", ip, 80, protocol="udp", keep=name)
        self.slice(name, ["b1"])
        eventually(lambda: self.bed.remotes["c1"].again(keep=name).startswith("b1 ")
                   or "not b1", "the flow moves", 5)

    def test_a_udp_flow_ends_with_the_last_endpoint(self):
        name, ip, _ = self.make(["a1"])
        self.expect("c1", ip, 80, by("a1"), protocol="udp")
        self.bed.ask("c1", ip, 80, protocol="udp", keep=name)
        self.slice(name, [])
        eventually(lambda: self.bed.remotes["c1"].again(keep=name, timeout=0.3)
                   == "ECONNREFUSED" or "not refused", "the flow ends", 5)
        self.slice(name, ["b1"])
        eventually(lambda: self.bed.remotes["c1"].again(keep=name, timeout=0.3).startswith("b1 ")
                   or "not b1", "the flow goes on elsewhere", 5)

    def test_a_udp_flow_ends_with_its_service(self):
        name, ip, _ = self.make(["a1"])
        self.expect("c1", ip, 80, by("a1"), protocol="udp")
        self.bed.ask("c1", ip, 80, protocol="udp", keep=name)
        self.api.delete(name)
        eventually(lambda: not served(self.bed.remotes["c1"].again(keep=name, timeout=0.3))
                   or "still served", "the flow ends", 5)

    def test_a_udp_flow_that_is_right_is_left_alone(self):
        name, ip, _ = self.make(["a1"])
        self.expect("c1", ip, 80, by("a1"), protocol="udp")
        self.bed.ask("c1", ip, 80, protocol="udp", keep=name)
        self.slice(name, ["a1", "b1"])
        eventually(lambda: len(self.bed.remotes["c1"].many(address=ip, port=80, count=12)) == 2
                   or "one endpoint", "two endpoints")
        for _ in range(5):
            answer = self.bed.remotes["c1"].again(keep=name)
            if not answer.startswith("a1 "):
                raise Mismatch(answer)

    def silent(self, what):
        """No more is answered soon, however long one goes on asking."""
        def quiet():
            settled = self.bed.remotes["c1"].talked()
            time.sleep(1.5)  # Longer than the proxy waits before it looks again.
            now = self.bed.remotes["c1"].talked()
            return (now["answers"] == settled["answers"] and now["sent"] > settled["sent"] + 100
                    ) or f"{settled}, then {now}"
        eventually(quiet, what)

    def talking(self, *endpoints):
        name, ip, _ = self.make(endpoints)
        self.expect("c1", ip, 80, by(*endpoints), protocol="udp")
        self.bed.remotes["c1"].talk(address=ip, port=80)
        eventually(lambda: self.bed.remotes["c1"].talked()["answers"] > 20 or "silent", "talks")
        return name

    def test_a_udp_flow_that_talks_ends_with_the_last_endpoint_and_goes_on_with_the_next(self):
        name = self.talking("a1")
        self.slice(name, [])
        self.silent("the last endpoint goes")
        self.slice(name, ["b1"])
        eventually(lambda: self.bed.remotes["c1"].talked()["last"] == "b1" or "not b1", "next", 5)
        self.bed.remotes["c1"].hush()

    def test_a_udp_flow_that_talks_ends_with_its_service(self):
        name = self.talking("a1")
        self.api.delete(name)
        self.silent("the Service goes")
        self.bed.remotes["c1"].hush()

    def test_connections_survive_a_change_of_policy(self):
        name, ip, _ = self.make(["b1"])
        self.expect("c1", ip, 80, by("b1"))
        for protocol in ("tcp", "udp"):
            self.bed.ask("c1", ip, 80, protocol=protocol, keep=name + protocol)
        self.api.patch(name, {"internalTrafficPolicy": "Local"})
        self.expect("c1", ip, 80, "timeout", timeout=0.4)
        for protocol in ("tcp", "udp"):
            answer = self.bed.remotes["c1"].again(keep=name + protocol)
            if not by("b1")(answer):
                raise Mismatch(f"{protocol} {answer}")

    def test_a_source_port_that_asked_before_the_service_was_there_is_served(self):
        port = 22000 + self.family
        early = self.bed.ask("c1", self.outside(9), 80, timeout=0.3, source_port=port)
        if early != "timeout":
            raise Mismatch(early)
        self.make(["a1"], externalIPs=[self.outside(9)])
        self.expect("c1", self.outside(9), 80, by("a1"), source_port=port, timeout=0.3, limit=5)

    def test_an_unanswered_connection_goes_on_elsewhere_when_its_endpoint_goes(self):
        sh("ip netns exec a2 nft 'add table inet deaf; add chain inet deaf in "
           "{ type filter hook input priority 0; }; add rule inet deaf in tcp dport 8080 drop'")
        try:
            name, ip, _ = self.make(["a2"])
            self.expect("c1", ip, 80, "timeout", timeout=0.4)
            answers = []
            waiting = threading.Thread(target=lambda: answers.append(
                self.bed.ask("c1", ip, 80, timeout=10.0)))
            waiting.start()
            time.sleep(0.3)  # The first attempt is on its way.
            self.slice(name, ["a1"])
            waiting.join()
            if not by("a1")(answers[0]):
                raise Mismatch(answers[0])
        finally:
            sh("ip netns exec a2 nft delete table inet deaf")

    def test_a_slice_relabelled_to_another_service_moves_at_once(self):
        first, ip, _ = self.make(["a1"])
        second, other, _ = self.make()
        self.expect("c1", ip, 80, by("a1"))
        self.api.slice(first, second, self.family, ["a1"])
        self.expect("c1", other, 80, by("a1"))
        self.expect("c1", ip, 80, "ECONNREFUSED")

    def test_two_slices_of_a_service_are_one_set(self):
        name, ip, _ = self.make(["a1"])
        self.api.slice(name + "-more", name, self.family, ["b1"])
        eventually(lambda: len(self.bed.remotes["c1"].many(address=ip, port=80, count=20)) == 2
                   or "one endpoint", "both")

    def test_a_headless_service_beside_it_changes_nothing(self):
        name, ip, _ = self.make(["a1"])
        self.api.service(name + "-headless", {
            "clusterIP": "None", "ipFamilies": [f"IPv{self.family}"],
            "ports": [{"name": "tcp", "port": 80}]})
        self.api.slice(name + "-headless", name + "-headless", self.family, ["b1"])
        self.expect("c1", ip, 80, by("a1"))

    def test_a_deleted_service_is_no_longer_answered(self):
        name, ip, port = self.make(["a1"], type="NodePort")
        self.expect("out", self.node(1), port, served)
        self.api.delete(name)
        self.expect("out", self.node(1), port, "ECONNREFUSED")

    def test_a_change_of_type_takes_the_node_port_away(self):
        name, ip, port = self.make(["a1"], type="NodePort")
        self.expect("out", self.node(1), port, served)
        self.api.patch(name, {"type": "ClusterIP", "ports": [
            {"name": "tcp", "port": 80, "protocol": "TCP", "targetPort": 8080, "nodePort": None},
            {"name": "udp", "port": 80, "protocol": "UDP", "targetPort": 8080, "nodePort": None}]})
        self.expect("out", self.node(1), port, "ECONNREFUSED")
        self.expect("c1", ip, 80, by("a1"))

    def test_a_segment_out_of_window_does_not_end_a_connection(self):
        name, ip, _ = self.make(["b1"])
        self.expect("c1", ip, 80, by("b1"))
        # Below the ports the kernel gives out: another connection's would be translated.
        port = 21000 + self.family
        answer = self.bed.ask("c1", ip, 80, keep=name, source_port=port, timeout=5.0)
        if not by("b1")(answer):
            raise Mismatch(answer)
        # Conntrack calls what is far outside the window invalid; as b1's own it must not arrive.
        self.bed.remotes["c1"].watch(address=self.pod("b1"))
        self.bed.remotes["b1"].stray(source=self.pod("b1"), destination=self.pod("c1"),
                                     port=port)
        for _ in range(20):
            self.bed.ask("c1", ip, 80)
        seen = self.bed.remotes["c1"].seen()
        if seen:
            raise Mismatch(f"{seen} packets came untranslated")
        answer = self.bed.remotes["c1"].again(keep=name)
        if not answer.startswith("b1 "):
            raise Mismatch(answer)


class NodeSuite(Suite):
    """What concerns a node as a whole."""

    def run(self):
        for attribute in [a for a in type(self).__dict__ if a.startswith("test_")]:
            self.behaviour(attribute.removeprefix("test_").replace("_", " "),
                           getattr(self, attribute))

    def make(self, name, host, endpoints, ingress=None, **spec):
        spec = {"clusterIP": f"10.96.0.{host}", "ports": [
            {"name": "tcp", "port": 80, "targetPort": 8080}], **spec}
        self.api.service(name, spec, ingress)
        self.api.slice(name, name, 4, endpoints)
        return f"10.96.0.{host}"

    def proxy_get(self, node, port, path, address="127.0.0.1"):
        return self.bed.remotes[node].get(address=address, port=port, path=path)

    def test_health_and_metrics_are_served(self):
        for path in ("/healthz", "/livez"):
            if self.proxy_get("node1", 10256, path)["status"] != 200:
                raise Mismatch(path)
        body = self.proxy_get("node1", 10249, "/metrics")["body"]
        for name in ("sync_proxy_rules_duration_seconds_count",
                     "sync_proxy_rules_last_timestamp_seconds",
                     "network_programming_duration_seconds_count"):
            if "kubeproxy_" + name not in body:
                raise Mismatch(name)
        if self.proxy_get("node1", 10249, "/proxyMode")["body"] != "nftables":
            raise Mismatch("proxyMode")

    def test_a_health_check_port_tells_local_endpoints(self):
        self.make("checked", 20, ["a1"], type="LoadBalancer", externalTrafficPolicy="Local",
                  healthCheckNodePort=32100)

        def tells(node, status, count):
            found = self.proxy_get(node, 32100, "/")
            if found["status"] != status:
                return str(found)
            headers = {k.lower(): v for k, v in found["headers"].items()}
            return (json.loads(found["body"])["localEndpoints"] == count
                    and headers["x-load-balancing-endpoint-weight"] == str(count)) or str(found)
        eventually(lambda: tells("node1", 200, 1), "node1")
        eventually(lambda: tells("node2", 503, 0), "node2")
        self.api.slice("checked", "checked", 4, ["b1"])
        eventually(lambda: tells("node1", 503, 0), "node1 after the move")
        self.api.delete("checked")
        eventually(lambda: self.proxy_get("node1", 32100, "/")["status"] == 0 or "open", "closed")

    def under_load(self, action):
        self.loads = getattr(self, "loads", 0) + 1
        self.name = f"loaded-{self.loads}"
        ip = self.make(self.name, 30 + self.loads, ["a1", "b1"])
        self.expect("c1", ip, 80, served)
        result = {}
        load = threading.Thread(target=lambda: result.update(
            self.bed.remotes["c1"].load(address=ip, port=80, seconds=6)))
        load.start()
        time.sleep(0.5)  # The load runs before it is disturbed.
        action()
        load.join()
        if result["bad"] or result["good"] < 100:
            raise Mismatch(str(result))

    def test_a_restart_under_load_fails_no_connection(self):
        def restart():
            for _ in range(2):
                self.bed.stop_proxy("node1")
                self.bed.start_proxy("node1")
        self.under_load(restart)

    def test_a_crash_and_a_new_start_under_load_fail_no_connection(self):
        def crash():
            self.bed.stop_proxy("node1", signal.SIGKILL)
            self.bed.start_proxy("node1")
        self.under_load(crash)

    def test_changes_under_load_fail_no_connection(self):
        def change():
            for turn in range(10):
                self.api.slice(self.name, self.name, 4, ["a1"] if turn % 2 else ["a1", "b1", "a2"])
        self.under_load(change)

    def test_what_changed_while_the_proxy_was_down_is_made_good(self):
        ip = self.make("absent", 40, ["a1"])
        self.expect("c1", ip, 80, by("a1"))
        self.bed.ask("c1", ip, 80)
        self.bed.stop_proxy("node1")
        self.api.slice("absent", "absent", 4, ["b1"])
        self.expect("c1", ip, 80, by("a1"))
        self.bed.start_proxy("node1")
        self.expect("c1", ip, 80, by("b1"), limit=2)

    def test_udp_flows_of_a_service_deleted_meanwhile_end_at_the_start(self):
        self.api.service("gone", {"clusterIP": "10.96.0.41", "ports": [
            {"name": "udp", "port": 80, "protocol": "UDP", "targetPort": 8080}]})
        self.api.slice("gone", "gone", 4, ["a1"])
        self.expect("c1", "10.96.0.41", 80, by("a1"), protocol="udp")
        self.bed.ask("c1", "10.96.0.41", 80, protocol="udp", keep="gone")
        self.bed.stop_proxy("node1")
        self.api.delete("gone")
        self.bed.start_proxy("node1")
        eventually(lambda: not served(self.bed.remotes["c1"].again(keep="gone", timeout=0.3))
                   or "served", "ended", 5)

    def test_an_outage_of_the_api_leaves_the_data_plane_and_is_caught_up_with(self):
        ip = self.make("outage", 42, ["a1"])
        self.expect("c1", ip, 80, by("a1"))
        self.bed.server.send_signal(signal.SIGTERM)
        self.bed.server.wait()
        end = time.monotonic() + 6  # Long enough for the proxy to lose patience.
        while time.monotonic() < end:
            answer = self.bed.ask("c1", ip, 80)
            if not served(answer):
                raise Mismatch(answer)
        self.bed.start_server()
        self.api.slice("outage", "outage", 4, ["b1"])
        self.expect("c1", ip, 80, by("b1"), limit=1)

    def test_rules_of_others_are_left_alone(self):
        sh("ip netns exec node1 nft 'add table ip mine; add chain ip mine c; "
           "add rule ip mine c counter'")
        before = inside("node1", "nft list table ip mine").stdout
        self.bed.stop_proxy("node1")
        self.bed.start_proxy("node1")
        ip = self.make("beside", 43, ["a1"])
        self.expect("c1", ip, 80, by("a1"))
        if inside("node1", "nft list table ip mine").stdout != before or "counter" not in before:
            raise Mismatch("changed")

    def test_a_flushed_ruleset_is_repaired(self):
        ip = self.make("flushed", 44, ["a1"])
        self.expect("c1", ip, 80, by("a1"))
        self.api.service("flushed-6", {
            "clusterIP": "fd00:96::44", "clusterIPs": ["fd00:96::44"], "ipFamilies": ["IPv6"],
            "ports": [{"name": "tcp", "port": 80, "targetPort": 8080}]})
        self.api.slice("flushed-6", "flushed-6", 6, ["a1"])
        self.expect("c1", "fd00:96::44", 80, by("a1"))
        for command in ("flush ruleset", "delete table ip6 rollcall-proxy",
                        "flush table ip rollcall-proxy",
                        "flush chain ip rollcall-proxy services",
                        "flush chain ip6 rollcall-proxy nat-prerouting"):
            sh(f"ip netns exec node1 nft '{command}'")
            self.expect("c1", ip, 80, by("a1"), limit=4)
            self.expect("c1", "fd00:96::44", 80, by("a1"), limit=4)

    def test_nft_can_list_what_we_made(self):
        listed = inside("node1", "nft list ruleset")
        if listed.returncode or "rollcall-proxy" not in listed.stdout:
            raise Mismatch(listed.stderr)

    def test_up_serves_a_load_balancer_from_its_pool_and_explains_it(self):
        sh("ip netns add solo && ip -n solo link set lo up")
        sh("ip -n solo link add d0 type bridge && ip -n solo link set d0 up")
        sh("ip -n solo addr add 10.9.0.1/24 dev d0 && ip -n solo route add default dev d0")
        up = self.bed.launch("solo", [
            "up", "--no-node", "--ephemeral", "--listen", "127.0.0.1:6443",
            "--dns-listen", "127.0.0.1:10053",
            "--proxy", "--proxy-node", "solo", "--load-balancer-pool", "203.0.113.0/28"], "up")
        try:
            kubeconfig = "--kubeconfig " + up.ready.split("kubeconfig=")[1].strip()
            remote = Remote("solo")
            remote.serve(name="solo", port=8080)
            manifest = json.dumps({"apiVersion": "v1", "kind": "List", "items": [
                {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "solo"}},
                {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "lb"},
                 "spec": {"type": "LoadBalancer", "ports": [{"port": 80, "targetPort": 8080}]}},
                {"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice",
                 "metadata": {"name": "lb", "labels": {"kubernetes.io/service-name": "lb"}},
                 "addressType": "IPv4", "ports": [{"name": "", "port": 8080}],
                 "endpoints": [{"addresses": ["10.9.0.1"], "nodeName": "solo"}]}]})
            with open(self.bed.directory + "/lb.json", "w") as file:
                file.write(manifest)
            kubectl = f"{self.bed.kubectl} {kubeconfig}"
            made = inside("solo", f"{kubectl} apply -f {self.bed.directory}/lb.json")
            if made.returncode:
                raise Mismatch(made.stderr)

            def answered():
                answer = remote.ask(address="203.0.113.1", port=80)
                return by("solo")(answer) or answer
            eventually(answered, "the pool's first address")
            shown = inside("solo", f"{kubectl} get service lb").stdout.split("\n")[1].split()
            if shown[3] != "203.0.113.1" or not shown[4].startswith("80:3"):
                raise Mismatch(str(shown))
            told = inside("solo", f"{self.bed.rollcall} explain service lb:80 --node solo "
                          f"--from 10.9.0.1 {kubeconfig}")
            for part in ("203.0.113.1:80/TCP", "in  10.9.0.1:8080: ready"):
                if part not in told.stdout:
                    raise Mismatch(told.stdout + told.stderr)
            remote.process.kill()
        finally:
            up.send_signal(signal.SIGTERM)
            up.wait()

    def test_cleanup_leaves_nothing_of_ours(self):
        self.bed.stop_proxy("node2")
        sh("ip netns exec node2 nft 'add table ip mine; add table ip kube-proxy'")
        done = inside("node2", f"{self.bed.rollcall} proxy --cleanup")
        tables = inside("node2", "nft list tables").stdout.split("\n")
        if done.returncode or sorted(filter(None, tables)) != ["table ip kube-proxy",
                                                               "table ip mine"]:
            raise Mismatch(f"{done.stderr} {tables}")
        done = inside("node2", f"{self.bed.rollcall} proxy --cleanup --kube-proxy")
        tables = inside("node2", "nft list tables").stdout.strip()
        if done.returncode or tables != "table ip mine":
            raise Mismatch(f"{done.stderr} {tables}")


def main():
    bed = Bed(*sys.argv[1:])
    try:
        for suite in (FamilySuite(bed, 4), FamilySuite(bed, 6), NodeSuite(bed)):
            suite.run()
        print("done", flush=True)
    finally:
        for process in [*bed.proxies.values(), bed.server]:
            process.kill()
        for remote in bed.remotes.values():
            remote.process.kill()


if __name__ == "__main__":
    if sys.argv[1:] == ["agent"]:
        run_agent()
    else:
        main()
