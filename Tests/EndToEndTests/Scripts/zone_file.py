"""Compares a server with NSD that serves the same records from a zone file.

Usage: zone_file.py PORT ZONE DIRECTORY. Takes the zone from the server on PORT by AXFR, gives it to
an NSD of its own as a file, and asks both the same: every name of the zone, the names above them, and
names that are not there, for every type that matters. Prints `same N` for N questions answered the
same, and one line for each that is not.
"""

import os
import socket
import subprocess
import sys
import time

import dns.flags
import dns.message
import dns.name
import dns.query
import dns.rcode
import dns.rdatatype
import dns.zone

port, zone_name, directory = int(sys.argv[1]), sys.argv[2], sys.argv[3]
types = ["A", "AAAA", "SRV", "TXT", "CNAME", "NS", "SOA", "MX"]


def free_port():
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def start_nsd():
    other = free_port()
    with open(os.path.join(directory, "nsd.conf"), "w") as file:
        file.write(
            f"""
server:
  ip-address: 127.0.0.1@{other}
  server-count: 1
  username: ""
  zonesdir: "{directory}"
  pidfile: "{directory}/nsd.pid"
  xfrdfile: "{directory}/xfrd.state"
  zonelistfile: "{directory}/zone.list"
  xfrdir: "{directory}"
  database: ""
  minimal-responses: yes
remote-control:
  control-enable: no
zone:
  name: "{zone_name}"
  zonefile: "zone"
"""
        )
    path = next(path for path in ["/usr/sbin/nsd", "/usr/bin/nsd"] if os.path.exists(path))
    return other, subprocess.Popen([path, "-d", "-c", os.path.join(directory, "nsd.conf")])


def ask(server_port, name, kind):
    query = dns.message.make_query(name, kind, use_edns=0, payload=1232)
    query.flags &= ~dns.flags.RD
    response = dns.query.udp(query, "127.0.0.1", port=server_port, timeout=5)
    if response.flags & dns.flags.TC:
        response = dns.query.tcp(query, "127.0.0.1", port=server_port, timeout=5)
    records = {
        (str(rrset.name).lower(), rrset.ttl, dns.rdatatype.to_text(rrset.rdtype), str(item).lower())
        for rrset in response.answer
        for item in rrset
    }
    denials = {
        (str(rrset.name).lower(), rrset.ttl, str(item).lower())
        for rrset in response.authority
        if rrset.rdtype == dns.rdatatype.SOA
        for item in rrset
    }
    authoritative = bool(response.flags & dns.flags.AA)
    return dns.rcode.to_text(response.rcode()), authoritative, records, denials


zone = dns.zone.from_xfr(
    dns.query.xfr("127.0.0.1", zone_name, port=port, relativize=False), relativize=False
)
zone.to_file(os.path.join(directory, "zone"), relativize=False)
names = set(zone.nodes)
origin = dns.name.from_text(zone_name)
for name in list(names):
    while name != origin:
        name = name.parent()
        names.add(name)
for name in list(names)[:500]:
    names.add(dns.name.Name((b"nix",) + name.labels))

other, process = start_nsd()
try:
    for _ in range(200):
        try:
            if ask(other, origin, "SOA")[0] == "NOERROR":
                break
        except Exception:
            time.sleep(0.05)
    same = 0
    for name in sorted(names):
        for kind in types:
            own, theirs = ask(port, name, kind), ask(other, name, kind)
            if own == theirs:
                same += 1
            else:
                print("differs", name, kind, own, theirs)
    print("same", same)
finally:
    process.terminate()
    process.wait()
