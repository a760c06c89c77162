"""Measures Pods of one Node: DNS after a readiness flip and after a creation; many Pods at once.

Runs in a network namespace of its own, where it starts `rollcall up` and asks API and DNS directly,
so that no client's start-up is part of a figure.
"""

import argparse
import base64
import http.client
import json
import os
import re
import socket
import ssl
import struct
import subprocess
import sys
import tempfile
import threading
import time


class Plane:
    """A `rollcall up` that keeps nothing, and ways to ask it."""

    def __init__(self, program, pods, scratch):
        self.scratch = scratch
        self.process = subprocess.Popen(
            [program, "up", "--ephemeral", "--listen", "127.0.0.1:0", "--dns-listen", "127.0.0.1:0",
             "--pod-cidr", "10.244.0.0/22", "--max-pods", str(pods + 50)],
            stdout=subprocess.PIPE, stderr=open(os.environ.get("ROLLCALL_LOG", scratch + "/log"), "w"), text=True)
        line = self.process.stdout.readline()
        if not line.startswith("ready "):
            sys.exit("rollcall up did not start: " + open(scratch + "/log").read())
        fields = dict(part.split("=", 1) for part in line.split()[1:])
        self.host, self.port = re.match(r"https://(.*):(\d+)", fields["api"]).groups()
        self.dns = int(fields["dns"].rsplit(":", 1)[1])
        config = open(fields["kubeconfig"]).read()
        for name in ("certificate-authority-data", "client-certificate-data", "client-key-data"):
            data = re.search(name + r":\s*\"?([A-Za-z0-9+/=]+)", config).group(1)
            with open(f"{scratch}/{name}", "wb") as file:
                file.write(base64.b64decode(data))
        self.tls = ssl.create_default_context(cafile=scratch + "/certificate-authority-data")
        self.tls.load_cert_chain(
            scratch + "/client-certificate-data", scratch + "/client-key-data")
        self.local = threading.local()

    def request(self, method, path, body=None):
        connection = getattr(self.local, "connection", None)
        if connection is None:
            connection = http.client.HTTPSConnection(self.host, self.port, context=self.tls)
            self.local.connection = connection
        connection.request(
            method, path, json.dumps(body) if body else None, {"Content-Type": "application/json"})
        response = connection.getresponse()
        answer = json.loads(response.read() or b"{}")
        if response.status >= 300:
            raise RuntimeError(f"{method} {path}: {answer.get('message')}")
        return answer

    def create(self, kind, body):
        return self.request("POST", f"/api/v1/namespaces/default/{kind}", body)

    def delete(self, kind, name):
        return self.request(
            "DELETE", f"/api/v1/namespaces/default/{kind}/{name}", {"gracePeriodSeconds": 0})

    def addresses(self, name, client):
        """The A records of a Service, by a UDP socket."""
        labels = f"{name}.default.svc.cluster.local".split(".")
        question = b"".join(bytes([len(label)]) + label.encode() for label in labels) + b"\0"
        client.sendto(struct.pack(">6H", 1, 0, 1, 0, 0, 0) + question + b"\0\1\0\1",
                      ("127.0.0.1", self.dns))
        answer = client.recv(4096)
        count = struct.unpack(">H", answer[6:8])[0]
        position = 12 + len(question) + 4
        found = set()
        for _ in range(count):
            position += 2 if answer[position] >= 0xC0 else len(question)
            kind, _, _, length = struct.unpack(">HHIH", answer[position:position + 10])
            position += 10
            if kind == 1:
                found.add(socket.inet_ntoa(answer[position:position + length]))
            position += length
        return found

    def until(self, name, condition, limit=60):
        """When the name's records first meet a condition, on the wall clock."""
        client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        client.settimeout(2)
        end = time.time() + limit
        while time.time() < end:
            found = self.addresses(name, client)
            now = time.time()
            if condition(found):
                return now
            time.sleep(0.0002)
        raise RuntimeError(f"{name}: not within {limit} s")

    def stop(self):
        self.process.send_signal(2)
        self.process.wait()


def service(name):
    return {"metadata": {"name": name},
            "spec": {"clusterIP": "None", "selector": {"app": name}, "ports": [{"port": 80}]}}


def pod(name, app, command, **more):
    container = {"name": "main", "image": "busybox", "command": command}
    container.update(more.pop("container", {}))
    return {"metadata": {"name": name, "labels": {"app": app}},
            "spec": {"terminationGracePeriodSeconds": 0, "containers": [container], **more}}


def quantiles(values):
    values = sorted(values)

    def at(part):
        return values[min(len(values) - 1, int(len(values) * part))] * 1000
    return f"p50 {at(0.5):.1f} ms, p99 {at(0.99):.1f} ms, longest {values[-1] * 1000:.1f} ms"


def flips(plane, count, width=4):
    """From the probe that finds its file missing, or there again, to the answer of DNS.

    The probe notes when it looked, so that what the period of the probe adds is not counted.
    """
    gone, back = [], []
    lock = threading.Lock()

    def one(number, turns):
        name = f"flip-{number}"
        directory = f"{plane.scratch}/{name}"
        os.mkdir(directory)
        os.chmod(directory, 0o777)
        open(directory + "/ready", "w").close()
        # The first run that finds a change leaves a marker, whose time is the kernel's.
        probe = ("r=1; [ ! -e /probe/ready ] || r=0; [ -e /probe/$r ] || : > /probe/$r; exit $r")
        plane.create("services", service(name))
        plane.create("pods", pod(
            name, name, ["busybox", "sleep", "86400"],
            container={
                "readinessProbe": {"exec": {"command": ["busybox", "sh", "-c", probe]},
                                   "periodSeconds": 1, "failureThreshold": 1},
                "volumeMounts": [{"name": "probe", "mountPath": "/probe"}]},
            volumes=[{"name": "probe", "hostPath": {"path": directory}}]))
        plane.until(name, lambda found: len(found) == 1)
        for _ in range(turns):
            for result, list_, change in (("1", gone, os.remove),
                                          ("0", back, lambda path: open(path, "w").close())):
                marker = f"{directory}/{result}"
                if os.path.exists(marker):
                    os.remove(marker)
                change(directory + "/ready")
                end = plane.until(name, lambda found: (len(found) == 0) == (result == "1"))
                # The marker's own time is when the probe saw it.
                begin = os.stat(marker).st_mtime_ns / 1e9
                with lock:
                    list_.append(end - begin)

    threads = [threading.Thread(target=one, args=(number, count // width))
               for number in range(width)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(f"readiness flip, {len(gone)} times: DNS without it {quantiles(gone)}")
    print(f"readiness flip, {len(back)} times: DNS with it again {quantiles(back)}")


def creations(plane, count):
    """From the request that creates a Pod to the first answer of DNS that has it."""
    times = []
    for number in range(count):
        name = f"new-{number}"
        plane.create("services", service(name))
        begin = time.time()
        plane.create("pods", pod(name, name, ["busybox", "sleep", "86400"]))
        times.append(plane.until(name, lambda found: len(found) == 1) - begin)
        plane.delete("pods", name)
        plane.delete("services", name)
    print(f"Pod created, {count} times: DNS has it after {quantiles(times)}")


def processes(word):
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                line = open(f"/proc/{name}/cmdline", "rb").read().decode(errors="replace")
            except OSError:
                continue
            if word in line.split("\0"):
                yield int(name)


def memory(pid):
    """Proportional share and private part of a process's memory, in KiB."""
    fields = dict(re.findall(r"^(\w+):\s+(\d+) kB", open(f"/proc/{pid}/smaps_rollup").read(), re.M))
    return int(fields["Pss"]), int(fields["Private_Clean"]) + int(fields["Private_Dirty"])


def cpu(pid):
    """Seconds of processor time a process has used."""
    fields = open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def many(plane, count, idle=30):
    """Starts many Pods at once; what they cost while nothing happens."""
    plane.create("services", service("many"))
    before = memory(plane.process.pid)[1]
    begin = time.time()
    spent = cpu(plane.process.pid)
    for number in range(count):
        plane.create("pods", pod(f"many-{number}", "many", ["busybox", "sleep", "86400"]))
    created = time.time()
    path = "/api/v1/namespaces/default/pods?labelSelector=app%3Dmany"

    def ready():
        return sum(any(c["type"] == "Ready" and c["status"] == "True"
                       for c in item.get("status", {}).get("conditions", []))
                   for item in plane.request("GET", path)["items"])
    while ready() < count:
        if time.time() - begin > 300:
            sys.exit(f"{ready()} of {count} Pods are ready after 300 s")
        time.sleep(0.1)
    done = time.time()
    print(f"{count} Pods: created in {created - begin:.1f} s, all ready after {done - begin:.1f} s, "
          f"{cpu(plane.process.pid) - spent:.1f} s of rollcall's CPU")
    sandboxes = list(processes("pod-sandbox"))
    shares = [memory(pid) for pid in sandboxes]
    after = memory(plane.process.pid)[1]
    print(f"memory per Pod of our own: sandbox {sum(s[0] for s in shares) / len(shares):.0f} KiB "
          f"(private {sum(s[1] for s in shares) / len(shares):.0f} KiB), "
          f"in `up` {(after - before) / count:.0f} KiB")
    time.sleep(5)
    start = cpu(plane.process.pid), sum(map(cpu, sandboxes)), time.time()
    time.sleep(idle)
    span = time.time() - start[2]
    print(f"idle with {count} Pods: `up` {(cpu(plane.process.pid) - start[0]) / span * 100:.2f} % of "
          f"a processor, all sandboxes {(sum(map(cpu, sandboxes)) - start[1]) / span * 100:.2f} %")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", required=True)
    parser.add_argument("--pods", type=int, default=200)
    parser.add_argument("--flips", type=int, default=100)
    parser.add_argument("--creations", type=int, default=100)
    options = parser.parse_args()
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    with tempfile.TemporaryDirectory() as scratch:
        os.chmod(scratch, 0o755)
        plane = Plane(options.program, options.pods, scratch)
        try:
            if options.flips:
                flips(plane, options.flips)
            if options.creations:
                creations(plane, options.creations)
            if options.pods:
                many(plane, options.pods)
        finally:
            plane.stop()


main()
