"""Asks as stub resolvers do, with dnspython. Usage: stub_resolver.py PORT NAME WANTED

NAME has WANTED addresses, more than a datagram holds. Prints what was found of three ways to it:
over UDP with TCP for what is truncated; as systemd-resolved asks (EDNS, a large buffer, DO); and over
UDP alone, again and again, until every address has been seen.
"""

import sys

import dns.flags
import dns.message
import dns.query
import dns.rdatatype

port, name, wanted = int(sys.argv[1]), sys.argv[2], int(sys.argv[3])
server = "127.0.0.1"


def addresses(response):
    return {item.address for rrset in response.answer for item in rrset}


query = dns.message.make_query(name, dns.rdatatype.A)
response, used_tcp = dns.query.udp_with_fallback(query, server, port=port, timeout=5)
print("fallback", len(addresses(response)), used_tcp)

query = dns.message.make_query(name, dns.rdatatype.A, use_edns=0, want_dnssec=True, payload=65494)
response = dns.query.udp(query, server, port=port, timeout=5)
print(
    "systemd",
    len(response.to_wire()) <= 1232,
    bool(response.flags & dns.flags.TC),
    bool(response.ednsflags & dns.flags.DO),
    len(addresses(dns.query.tcp(query, server, port=port, timeout=5))),
)

seen = set()
queries = 0
while len(seen) < wanted and queries < 2000:
    query = dns.message.make_query(name, dns.rdatatype.A, use_edns=0, payload=1232)
    seen |= addresses(dns.query.udp(query, server, port=port, timeout=5))
    queries += 1
print("udp", len(seen), queries)
