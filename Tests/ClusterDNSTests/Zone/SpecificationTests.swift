import DNSMessage
import KubernetesAPI
import Testing

@testable import ClusterDNS

/// The examples of the Kubernetes DNS specification 1.1.0, by section.
struct SpecificationTests {
  static func makeZone() -> TestZone {
    TestZone([
      Objects.service(
        "default", "kubernetes", clusterIPs: ["10.96.0.1", "fd00:10:96::1"],
        ports: [Objects.port("https", 443)]),
      Objects.service("default", "headless", ports: [Objects.port("https", 443)]),
      Objects.slice(
        "default", "headless-1", of: "headless",
        ["my-pet=10.3.0.100", "10.3.0.101", "!10.3.0.102"], ports: [("https", 443)]),
      Objects.slice(
        "default", "headless-2", of: "headless", ["my-pet=2001:db8::1", "2001:db8::"],
        ports: [("https", 443)], type: .ipv6),
      Objects.service("default", "empty"),
      Objects.slice("default", "empty-1", of: "empty", ["!10.3.0.103"]),
      Objects.externalName("default", "foo", "www.example.com"),
    ])
  }

  static let soa = "| @ SOA ns.dns"

  @Test(
    arguments: [
      // 2.2: schema version.
      ("dns-version.cluster.local", .txt, "NOERROR dns-version TXT 1.1.0"),
      // 2.3: Services with a cluster IP.
      (
        "kubernetes.default.svc.cluster.local", .a,
        "NOERROR kubernetes.default.svc A 10.96.0.1"
      ),
      (
        "kubernetes.default.svc.cluster.local", .aaaa,
        "NOERROR kubernetes.default.svc AAAA fd00:10:96::1"
      ),
      (
        "_https._tcp.kubernetes.default.svc.cluster.local", .srv,
        """
        NOERROR _https._tcp.kubernetes.default.svc SRV 443 kubernetes.default.svc \
        + kubernetes.default.svc A 10.96.0.1 + kubernetes.default.svc AAAA fd00:10:96::1
        """
      ),
      (
        "1.0.96.10.in-addr.arpa", .ptr,
        "NOERROR 1.0.96.10.in-addr.arpa. PTR kubernetes.default.svc"
      ),
      (
        "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.6.9.0.0.0.1.0.0.0.0.d.f.ip6.arpa", .ptr,
        """
        NOERROR 1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.6.9.0.0.0.1.0.0.0.0.d.f.ip6.arpa. \
        PTR kubernetes.default.svc
        """
      ),
      // 2.4: headless Services.
      (
        "headless.default.svc.cluster.local", .a,
        "NOERROR headless.default.svc A 10.3.0.100 headless.default.svc A 10.3.0.101"
      ),
      (
        "headless.default.svc.cluster.local", .aaaa,
        "NOERROR headless.default.svc AAAA 2001:db8:: headless.default.svc AAAA 2001:db8::1"
      ),
      (
        "my-pet.headless.default.svc.cluster.local", .a,
        "NOERROR my-pet.headless.default.svc A 10.3.0.100"
      ),
      (
        "my-pet.headless.default.svc.cluster.local", .aaaa,
        "NOERROR my-pet.headless.default.svc AAAA 2001:db8::1"
      ),
      (
        "10-3-0-101.headless.default.svc.cluster.local", .a,
        "NOERROR 10-3-0-101.headless.default.svc A 10.3.0.101"
      ),
      (
        "2001-db8--0.headless.default.svc.cluster.local", .aaaa,
        "NOERROR 2001-db8--0.headless.default.svc AAAA 2001:db8::"
      ),
      (
        "_https._tcp.headless.default.svc.cluster.local", .srv,
        """
        NOERROR _https._tcp.headless.default.svc SRV 443 10-3-0-101.headless.default.svc \
        _https._tcp.headless.default.svc SRV 443 2001-db8--0.headless.default.svc \
        _https._tcp.headless.default.svc SRV 443 my-pet.headless.default.svc \
        + 10-3-0-101.headless.default.svc A 10.3.0.101 \
        + 2001-db8--0.headless.default.svc AAAA 2001:db8:: \
        + my-pet.headless.default.svc A 10.3.0.100 + my-pet.headless.default.svc AAAA 2001:db8::1
        """
      ),
      (
        "100.0.3.10.in-addr.arpa", .ptr,
        "NOERROR 100.0.3.10.in-addr.arpa. PTR my-pet.headless.default.svc"
      ),
      (
        "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa", .ptr,
        """
        NOERROR 1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa. \
        PTR my-pet.headless.default.svc
        """
      ),
      // 2.4.1: without ready endpoints the name does not exist.
      ("empty.default.svc.cluster.local", .a, "NXDOMAIN \(soa)"),
      ("102.0.3.10.in-addr.arpa", .ptr, "REFUSED"),
      // 2.5: external names.
      (
        "foo.default.svc.cluster.local", .a, "NOERROR foo.default.svc CNAME www.example.com."
      ),
      (
        "foo.default.svc.cluster.local", .aaaa, "NOERROR foo.default.svc CNAME www.example.com."
      ),
      (
        "foo.default.svc.cluster.local", .cname, "NOERROR foo.default.svc CNAME www.example.com."
      ),
    ] as [(String, RecordType, String)])
  func `Every record of the specification is answered`(
    name: String, type: RecordType, expected: String
  ) throws {
    let zone = Self.makeZone()
    #expect(try zone.sorted(zone.answer(name, type)) == zone.sorted(expected))
  }

  @Test func `Questions are answered whatever their case, which is echoed`() throws {
    let zone = Self.makeZone()
    let response = try zone.ask("KuberNETES.Default.SVC.cluster.LOCAL", .a)
    #expect(response.answers.map(\.data) == [.a(0x0A60_0001)])
    #expect(response.answers[0].name.description == "KuberNETES.Default.SVC.cluster.LOCAL.")
    #expect(response.answers[0].ttl == 5)
  }
}

extension TestZone {
  /// Words in order, to compare answers whose records rotate.
  func sorted(_ text: String) -> [Substring] { text.split(separator: " ").sorted() }
}
