"""OpenLDAP behind a headless, a NodePort and a LoadBalancer Service at once, on the proxy's test bed:
one slapd on each of two nodes, reached with ldapsearch from a Pod and from outside.

usage: unshare -mn --propagation private python3 ldap_bed.py ROLLCALL KUBECTL

Prints one line for each behaviour, as proxy_bed.py does, and `done` at the end.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile

from proxy_bed import (CLUSTER_CIDR, NODES, Bed, Mismatch, Suite, build, eventually, inside,
                       pod_address, sh)

SUFFIX = "dc=example,dc=org"
LABELS = {"app.kubernetes.io/instance": "cb-openldap", "app.kubernetes.io/name": "openldap-ha"}
# Which of the bed's Pods plays which.
PODS = {"openldap-0": "a1", "openldap-1": "b1"}
SERVER = "192.0.2.1"


def service(name, **spec):
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": name, "labels": LABELS},
            "spec": {"selector": LABELS, "ports": [
                {"name": "ldap", "port": 389, "protocol": "TCP", "targetPort": 389}], **spec}}


class LDAPBed(Bed):
    """One node runs all of Rollcall with its proxy, the other a proxy that follows it."""

    def __init__(self, rollcall, kubectl):
        self.rollcall, self.kubectl = rollcall, kubectl
        self.directory = tempfile.mkdtemp(prefix="rollcall-ldap-")
        self.processes = []
        build()
        self.up = self.launch("node1", [
            "up", "--no-node", "--ephemeral", "--listen", f"{SERVER}:6443",
            "--dns-listen", f"{SERVER}:53", "--proxy", "--proxy-node", "node1",
            "--load-balancer-pool", "203.0.113.0/28"], "up")
        self.processes.append(self.up)
        self.kubeconfig = self.up.ready.split("kubeconfig=")[1].strip()
        self.apply(*[{"apiVersion": "v1", "kind": "Node", "metadata": {"name": node}}
                     for node in NODES])
        for node, number in NODES.items():
            self.status("node", node, {"addresses": [
                {"type": "InternalIP", "address": f"192.0.2.{number}"}]})
        self.processes.append(self.launch("node2", [
            "proxy", "--kubeconfig", self.kubeconfig, "--hostname-override", "node2",
            "--cluster-cidr", CLUSTER_CIDR], "node2"))

    def run(self, *arguments, text=None):
        """kubectl, from the node the server is on."""
        done = subprocess.run(
            ["ip", "netns", "exec", "node1", self.kubectl, "--kubeconfig", self.kubeconfig,
             *arguments], capture_output=True, text=True, input=text)
        if done.returncode:
            raise Mismatch(f"kubectl {' '.join(arguments)}: {done.stderr}")
        return done.stdout

    def apply(self, *objects):
        self.run("apply", "-f", "-", text=json.dumps(
            {"apiVersion": "v1", "kind": "List", "items": list(objects)}))

    def status(self, kind, name, status):
        self.run("patch", kind, name, "--subresource=status", "--type=merge", "-p",
                 json.dumps({"status": status}))

    def start_directory(self, name, pod):
        """slapd with one entry that says who answers."""
        home = f"{self.directory}/{name}"
        os.makedirs(home + "/data")
        with open(home + "/slapd.conf", "w") as file:
            file.write("include /etc/ldap/schema/core.schema\n"
                       "modulepath /usr/lib/ldap\nmoduleload back_mdb\n"
                       f"pidfile {home}/slapd.pid\n"
                       f"database mdb\nsuffix {SUFFIX}\ndirectory {home}/data\n")
        with open(home + "/tree.ldif", "w") as file:
            file.write(f"dn: {SUFFIX}\nobjectClass: dcObject\nobjectClass: organization\n"
                       f"dc: example\no: {name}\n")
        sh(f"slapadd -f {home}/slapd.conf -l {home}/tree.ldif")
        log = open(home + "/log", "w")
        self.processes.append(subprocess.Popen(
            ["ip", "netns", "exec", pod, "slapd", "-f", home + "/slapd.conf", "-h",
             f"ldap://{pod_address(pod, 4)}:389", "-d", "none"], stdout=log, stderr=log))

    def stop(self):
        for process in self.processes:
            process.send_signal(signal.SIGTERM)
        for process in self.processes:
            process.wait()
        shutil.rmtree(self.directory)


class LDAPSuite(Suite):
    def __init__(self, bed):
        self.bed, self.failed = bed, 0

    def search(self, source, host, port=389):
        """Who answers: the organization's name in the tree, or what ldapsearch says instead."""
        done = inside(source, f"ldapsearch -x -LLL -o nettimeout=2 -H ldap://{host}:{port} "
                      f"-b {SUFFIX} -s base o")
        names = [line[3:] for line in done.stdout.split("\n") if line.startswith("o: ")]
        return names[0] if names else done.stderr.strip().split("\n")[0]

    def reaches(self, source, host, port, wanted):
        """Searches until everyone wanted has answered; nobody else may."""
        seen = set()

        def all_seen():
            seen.add(self.search(source, host, port))
            return wanted <= seen or str(seen)
        eventually(lambda: self.search(source, host, port) in wanted or
                   self.search(source, host, port), f"{source} -> {host}:{port}")
        eventually(all_seen, f"{source} -> {host}:{port}")
        if seen != wanted:
            raise Mismatch(str(seen))

    def row(self, name):
        return self.bed.run("get", "service", name).split("\n")[1].split()

    def run(self):
        for attribute in [a for a in type(self).__dict__ if a.startswith("test_")]:
            self.behaviour(attribute.removeprefix("test_").replace("_", " "),
                           getattr(self, attribute))

    def test_three_services_lead_to_the_same_pods(self):
        self.bed.apply(
            service("openldap", clusterIP="None"),
            service("openldap-node", type="NodePort"),
            service("openldap-public", type="LoadBalancer", externalTrafficPolicy="Cluster"))
        for name, pod in PODS.items():
            node = "node1" if pod == "a1" else "node2"
            self.bed.apply({
                "apiVersion": "v1", "kind": "Pod",
                "metadata": {"name": name, "labels": LABELS},
                "spec": {"nodeName": node, "hostname": name, "subdomain": "openldap", "containers": [{
                    "name": "slapd", "image": "host", "command": ["slapd"],
                    "ports": [{"name": "ldap", "containerPort": 389}]}]}})
            self.bed.start_directory(name, pod)
            address = pod_address(pod, 4)
            self.bed.status("pod", name, {
                "phase": "Running", "podIP": address, "podIPs": [{"ip": address}],
                "conditions": [{"type": "Ready", "status": "True"}]})
        wanted = {pod_address(pod, 4) + ":389" for pod in PODS.values()}
        for name in ("openldap", "openldap-node", "openldap-public"):
            def same():
                told = self.bed.run("describe", "service", name)
                lines = [line for line in told.split("\n") if line.startswith("Endpoints:")]
                return set(lines[0].split()[1].split(",")) == wanted or lines[0]
            eventually(same, name)

    def test_kubectl_prints_addresses_and_ports(self):
        def public():
            row = self.row("openldap-public")
            return row[3] != "<pending>" or str(row)
        eventually(public, "an address of the pool")
        heading = self.bed.run("get", "service", "openldap").split("\n")[0].split()
        if heading != ["NAME", "TYPE", "CLUSTER-IP", "EXTERNAL-IP", "PORT(S)", "AGE"]:
            raise Mismatch(str(heading))
        name, kind, address, external, ports, _ = self.row("openldap")
        if (kind, address, external, ports) != ("ClusterIP", "None", "<none>", "389/TCP"):
            raise Mismatch(str(self.row("openldap")))
        for name, kind, external in (("openldap-node", "NodePort", "<none>"),
                                     ("openldap-public", "LoadBalancer", "203.0.113.1")):
            spec = json.loads(self.bed.run("get", "service", name, "-o", "json"))["spec"]
            node_port = spec["ports"][0]["nodePort"]
            if not 30000 <= node_port <= 32767:
                raise Mismatch(str(spec))
            wanted = [name, kind, spec["clusterIP"], external, f"389:{node_port}/TCP"]
            if self.row(name)[:5] != wanted:
                raise Mismatch(f"{self.row(name)}, not {wanted}")

    def node_port(self):
        return int(self.row("openldap-node")[4].split(":")[1].split("/")[0])

    def test_ldapsearch_outside_reaches_both_by_the_node_port_of_every_node(self):
        for number in NODES.values():
            self.reaches("out", f"192.0.2.{number}", self.node_port(), set(PODS))

    def test_ldapsearch_outside_reaches_both_by_the_load_balancer(self):
        self.reaches("out", "203.0.113.1", 389, set(PODS))

    def test_ldapsearch_inside_reaches_both_by_every_address(self):
        for name in ("openldap-node", "openldap-public"):
            self.reaches("c1", self.row(name)[2], 389, set(PODS))
        self.reaches("c1", "192.0.2.2", self.node_port(), set(PODS))
        self.reaches("c1", "203.0.113.1", 389, set(PODS))

    def test_names_lead_to_the_pods_or_to_the_one_address(self):
        def dig(name):
            return set(inside("c1", f"dig +short +time=2 @{SERVER} "
                              f"{name}.default.svc.cluster.local").stdout.split())
        both = {pod_address(pod, 4) for pod in PODS.values()}
        eventually(lambda: dig("openldap") == both or str(dig("openldap")), "headless")
        address = self.row("openldap-public")[2]
        if dig("openldap-public") != {address}:
            raise Mismatch(str(dig("openldap-public")))

    def test_ldapsearch_follows_the_names(self):
        path = self.bed.directory + "/resolv.conf"
        with open(path, "w") as file:
            file.write(f"search default.svc.cluster.local svc.cluster.local cluster.local\n"
                       f"nameserver {SERVER}\noptions ndots:5\n")
        sh(f"mount --bind {path} /etc/resolv.conf")
        try:
            self.reaches("c1", "openldap-public", 389, set(PODS))
            for name in PODS:
                self.reaches("c1", f"{name}.openldap", 389, {name})
        finally:
            sh("umount /etc/resolv.conf")

    def test_an_unready_pod_is_searched_no_more(self):
        self.bed.status("pod", "openldap-1", {"conditions": [
            {"type": "Ready", "status": "False"}]})
        eventually(lambda: {self.search("out", "203.0.113.1") for _ in range(12)}
                   == {"openldap-0"} or "openldap-1 answers", "one is left")


def main():
    bed = LDAPBed(*sys.argv[1:])
    try:
        LDAPSuite(bed).run()
        print("done", flush=True)
    finally:
        bed.stop()


if __name__ == "__main__":
    main()
