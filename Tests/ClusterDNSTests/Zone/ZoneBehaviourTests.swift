import DNSMessage
import KubernetesAPI
import Testing

@testable import ClusterDNS

struct ZoneBehaviourTests {
  static let soa = "| @ SOA ns.dns"

  /// The seed's Services, and one of each other kind.
  static func makeZone() -> TestZone {
    TestZone([
      Objects.service("default", "openldap", ports: [Objects.port("ldap", 389)]),
      Objects.slice(
        "default", "openldap-a", of: "openldap", ["10.233.0.214", "10.233.9.73"],
        ports: [("ldap", 389)]),
      Objects.service("redis", "announce-0") {
        $0.metadata.annotations[Service.tolerateUnreadyAnnotation] = "true"
      },
      Objects.slice("redis", "announce-0-a", of: "announce-0", ["!10.233.0.213"]),
      Objects.service("redis", "publish") { $0.publishNotReadyAddresses = true },
      Objects.slice("redis", "publish-a", of: "publish", ["!10.233.0.212"]),
      Objects.service(
        "web", "front", clusterIPs: ["10.96.7.7"],
        ports: [Objects.port("http", 80), Objects.port("", 81), Objects.port("dns", 53, .udp)]),
      Objects.slice(
        "web", "front-a", of: "front", ["10.233.1.1", "front-x=10.233.1.2"],
        ports: [("http", 8080)]),
      Objects.service("web", "pending", clusterIPs: []),
      Objects.slice("web", "orphan-a", of: "orphan", ["10.233.5.5"]),
      Objects.service("web", "names"),
      Objects.slice("web", "names-a", of: "names", ["a.example.com"], type: .fqdn),
      .namespace("idle"),
    ])
  }

  @Test(
    arguments: [
      // The name tree: names that hold something, names above them, and nothing.
      ("cluster.local", .a, "NOERROR \(soa)"),
      ("svc.cluster.local", .a, "NOERROR \(soa)"),
      ("default.svc.cluster.local", .a, "NOERROR \(soa)"),
      ("idle.svc.cluster.local", .a, "NOERROR \(soa)"),
      ("nowhere.svc.cluster.local", .a, "NXDOMAIN \(soa)"),
      ("dns.cluster.local", .a, "NOERROR \(soa)"),
      ("_tcp.openldap.default.svc.cluster.local", .srv, "NOERROR \(soa)"),
      ("_udp.openldap.default.svc.cluster.local", .srv, "NXDOMAIN \(soa)"),
      ("_ldap._tcp.openldap.default.svc.cluster.local", .a, "NOERROR \(soa)"),
      ("openldap.default.svc.cluster.local", .aaaa, "NOERROR \(soa)"),
      ("openldap.default.svc.cluster.local", .txt, "NOERROR \(soa)"),
      ("openldap.cluster.local", .a, "NXDOMAIN \(soa)"),
      ("x.openldap.default.svc.cluster.local", .a, "NXDOMAIN \(soa)"),
      ("www.example.com.default.svc.cluster.local", .a, "NXDOMAIN \(soa)"),
      // The apex and the name server.
      ("cluster.local", .soa, "NOERROR @ SOA ns.dns"),
      ("cluster.local", .ns, "NOERROR @ NS ns.dns + ns.dns A 127.0.0.1"),
      ("ns.dns.cluster.local", .a, "NOERROR ns.dns A 127.0.0.1"),
      ("dns-version.cluster.local", .a, "NOERROR \(soa)"),
      // Who is not ready is left out, unless the Service publishes it.
      ("announce-0.redis.svc.cluster.local", .a, "NOERROR announce-0.redis.svc A 10.233.0.213"),
      ("publish.redis.svc.cluster.local", .a, "NOERROR publish.redis.svc A 10.233.0.212"),
      (
        "10-233-0-213.announce-0.redis.svc.cluster.local", .a,
        "NOERROR 10-233-0-213.announce-0.redis.svc A 10.233.0.213"
      ),
      // Services with a cluster IP: named ports lead to the Service, endpoints have names too.
      ("front.web.svc.cluster.local", .a, "NOERROR front.web.svc A 10.96.7.7"),
      (
        "_http._tcp.front.web.svc.cluster.local", .srv,
        "NOERROR _http._tcp.front.web.svc SRV 80 front.web.svc + front.web.svc A 10.96.7.7"
      ),
      (
        "_dns._udp.front.web.svc.cluster.local", .srv,
        "NOERROR _dns._udp.front.web.svc SRV 53 front.web.svc + front.web.svc A 10.96.7.7"
      ),
      ("_._tcp.front.web.svc.cluster.local", .srv, "NXDOMAIN \(soa)"),
      (
        "front-x.front.web.svc.cluster.local", .a,
        "NOERROR front-x.front.web.svc A 10.233.1.2"
      ),
      (
        "1.1.233.10.in-addr.arpa", .ptr,
        "NOERROR 1.1.233.10.in-addr.arpa. PTR 10-233-1-1.front.web.svc"
      ),
      // What has no address, no Service or no address type has no name.
      ("pending.web.svc.cluster.local", .a, "NXDOMAIN \(soa)"),
      ("orphan.web.svc.cluster.local", .a, "NXDOMAIN \(soa)"),
      ("5.5.233.10.in-addr.arpa", .ptr, "REFUSED"),
      ("names.web.svc.cluster.local", .a, "NXDOMAIN \(soa)"),
      // Elsewhere.
      ("www.example.com", .a, "REFUSED"),
      ("local", .a, "REFUSED"),
      (".", .ns, "REFUSED"),
      ("notcluster.local", .a, "REFUSED"),
      ("xcluster.local", .a, "REFUSED"),
    ] as [(String, RecordType, String)])
  func `Each name is what the name tree says`(
    name: String, type: RecordType, expected: String
  ) throws {
    #expect(try Self.makeZone().answer(name, type) == expected)
  }

  static let reverseSOA = "SOA ns.dns"

  @Test(
    arguments: [
      // An address of the Service range is denied by its reverse zone, of two octets.
      ("9.9.96.10.in-addr.arpa", .ptr, "NXDOMAIN | 96.10.in-addr.arpa. \(reverseSOA)"),
      ("9.9.111.10.in-addr.arpa", .ptr, "NXDOMAIN | 111.10.in-addr.arpa. \(reverseSOA)"),
      ("9.9.112.10.in-addr.arpa", .ptr, "REFUSED"),
      ("9.9.95.10.in-addr.arpa", .ptr, "REFUSED"),
      ("7.7.96.10.in-addr.arpa", .ptr, "NOERROR 7.7.96.10.in-addr.arpa. PTR front.web.svc"),
      ("7.7.96.10.in-addr.arpa", .a, "NOERROR | 96.10.in-addr.arpa. \(reverseSOA)"),
      // Names between zone and addresses exist, as addresses may be below them.
      ("9.96.10.in-addr.arpa", .ptr, "NOERROR | 96.10.in-addr.arpa. \(reverseSOA)"),
      ("96.10.in-addr.arpa", .soa, "NOERROR 96.10.in-addr.arpa. \(reverseSOA)"),
      (
        "96.10.in-addr.arpa", .ns,
        "NOERROR 96.10.in-addr.arpa. NS ns.dns + ns.dns A 127.0.0.1"
      ),
      ("96.10.in-addr.arpa", .a, "NOERROR | 96.10.in-addr.arpa. \(reverseSOA)"),
      ("10.in-addr.arpa", .ns, "REFUSED"),
      ("in-addr.arpa", .ns, "REFUSED"),
      ("arpa", .ns, "REFUSED"),
      // No address is written like this.
      ("07.7.96.10.in-addr.arpa", .ptr, "NXDOMAIN | 96.10.in-addr.arpa. \(reverseSOA)"),
      ("256.7.96.10.in-addr.arpa", .ptr, "NXDOMAIN | 96.10.in-addr.arpa. \(reverseSOA)"),
      ("7777.7.96.10.in-addr.arpa", .ptr, "NXDOMAIN | 96.10.in-addr.arpa. \(reverseSOA)"),
      ("x.7.7.96.10.in-addr.arpa", .ptr, "NXDOMAIN | 96.10.in-addr.arpa. \(reverseSOA)"),
      ("x.example.in-addr.arpa", .ptr, "REFUSED"),
      // An endpoint's address is a zone of its own.
      ("214.0.233.10.in-addr.arpa", .a, "NOERROR | 214.0.233.10.in-addr.arpa. \(reverseSOA)"),
      ("215.0.233.10.in-addr.arpa", .ptr, "REFUSED"),
      ("0.233.10.in-addr.arpa", .ptr, "REFUSED"),
      // IPv6, in nibbles.
      (
        "6.9.0.0.0.1.0.0.0.0.d.f.ip6.arpa", .ptr, "REFUSED"
      ),
      (
        "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.6.9.0.0.0.1.0.0.0.0.d.f.ip6.arpa", .ptr,
        """
        NXDOMAIN | 0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.6.9.0.0.0.1.0.0.0.0.d.f.ip6.arpa. \(reverseSOA)
        """
      ),
      (
        "0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.6.9.0.0.0.1.0.0.0.0.d.f.ip6.arpa", .ptr,
        """
        NOERROR | 0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.6.9.0.0.0.1.0.0.0.0.d.f.ip6.arpa. \(reverseSOA)
        """
      ),
      ("g.0.0.0.0.0.0.0.ip6.arpa", .ptr, "REFUSED"),
    ] as [(String, RecordType, String)])
  func `Reverse names are answered, denied or refused`(
    name: String, type: RecordType, expected: String
  ) throws {
    // The reverse of fd00:10:96::1 is not a Service here.
    #expect(try Self.makeZone().answer(name, type) == expected)
  }

  @Test func `An address has all its names, the one a Pod calls itself first`() throws {
    let zone = TestZone([
      Objects.service("b", "vip", clusterIPs: ["10.96.0.9"]),
      Objects.service("z", "peers"),
      Objects.slice("z", "peers-1", of: "peers", ["web-0=10.96.0.9"]),
      Objects.service("a", "all"),
      Objects.slice("a", "all-1", of: "all", ["10.96.0.9"]),
    ])
    let reverse = "9.0.96.10.in-addr.arpa"
    #expect(
      try zone.answer(reverse, .ptr)
        == """
        NOERROR \(reverse). PTR web-0.peers.z.svc \(reverse). PTR vip.b.svc \
        \(reverse). PTR 10-96-0-9.all.a.svc
        """)
  }

  @Test func `The DNS Service is the name server once it has an address`() throws {
    let zone = Self.makeZone()
    zone.apply(Objects.service("kube-system", "kube-dns", clusterIPs: ["10.96.0.10"]))
    #expect(try zone.answer("ns.dns.cluster.local", .a) == "NOERROR ns.dns A 10.96.0.10")
    #expect(
      try zone.answer("cluster.local", .ns) == "NOERROR @ NS ns.dns + ns.dns A 10.96.0.10")
    zone.apply(.deleteService(Objects.key("kube-system", "kube-dns")))
    #expect(try zone.answer("ns.dns.cluster.local", .a) == "NOERROR ns.dns A 127.0.0.1")
  }

  @Test func `An endpoint that moves between slices never loses its names`() throws {
    let name = "web-0.app.default.svc.cluster.local"
    let zone = TestZone([
      Objects.service("default", "app"),
      Objects.slice("default", "s1", of: "app", ["web-0=10.0.0.1"]),
    ])
    let expected = "NOERROR web-0.app.default.svc A 10.0.0.1"
    #expect(try zone.answer(name, .a) == expected)
    zone.apply(Objects.slice("default", "s2", of: "app", ["web-0=10.0.0.1"]))
    #expect(try zone.answer(name, .a) == expected)
    zone.apply(Objects.slice("default", "s1", of: "app", []))
    #expect(try zone.answer(name, .a) == expected)
    // Ready in one slice is ready.
    zone.apply(Objects.slice("default", "s1", of: "app", ["!web-0=10.0.0.1"]))
    #expect(try zone.answer(name, .a) == expected)
    zone.apply(.deleteSlice(Objects.key("default", "s2")))
    #expect(try zone.answer(name, .a) == "NXDOMAIN \(Self.soa)")
  }

  @Test func `A slice that changes its Service takes its endpoints along`() throws {
    let zone = TestZone([
      Objects.service("default", "a"), Objects.service("default", "b"),
      Objects.slice("default", "s", of: "a", ["10.0.0.1"]),
    ])
    zone.apply(Objects.slice("default", "s", of: "b", ["10.0.0.1"]))
    #expect(try zone.answer("a.default.svc.cluster.local", .a) == "NXDOMAIN \(Self.soa)")
    #expect(
      try zone.answer("b.default.svc.cluster.local", .a) == "NOERROR b.default.svc A 10.0.0.1")
    zone.apply(
      Objects.slice("default", "s", of: "b", ["10.0.0.1"]) { $0.metadata.labels = [:] })
    #expect(try zone.answer("b.default.svc.cluster.local", .a) == "NXDOMAIN \(Self.soa)")
  }

  @Test func `A Service that becomes another kind answers as that`() throws {
    let name = "app.default.svc.cluster.local"
    let zone = TestZone([
      Objects.service("default", "app", clusterIPs: ["10.96.0.2"]),
      Objects.slice("default", "s", of: "app", ["10.0.0.1"]),
    ])
    #expect(try zone.answer(name, .a) == "NOERROR app.default.svc A 10.96.0.2")
    zone.apply(Objects.service("default", "app"))
    #expect(try zone.answer(name, .a) == "NOERROR app.default.svc A 10.0.0.1")
    #expect(
      try zone.answer("2.0.96.10.in-addr.arpa", .ptr)
        == "NXDOMAIN | 96.10.in-addr.arpa. SOA ns.dns")
    zone.apply(Objects.externalName("default", "app", "db.example.com."))
    #expect(try zone.answer(name, .a) == "NOERROR app.default.svc CNAME db.example.com.")
    zone.apply(.deleteService(Objects.key("default", "app")))
    #expect(try zone.answer(name, .a) == "NXDOMAIN \(Self.soa)")
    #expect(try zone.answer("default.svc.cluster.local", .a) == "NXDOMAIN \(Self.soa)")
  }

  @Test(
    arguments: [
      ("192.0.2.7", .a, "NOERROR app.default.svc A 192.0.2.7"),
      ("192.0.2.7", .aaaa, "NOERROR \(soa)"),
      ("2001:db8::7", .aaaa, "NOERROR app.default.svc AAAA 2001:db8::7"),
      ("", .a, "NXDOMAIN \(soa)"),
      ("a..b", .a, "NXDOMAIN \(soa)"),
    ] as [(String, RecordType, String)])
  func `An external name that is an address or nothing is answered as that`(
    target: String, type: RecordType, expected: String
  ) throws {
    let zone = TestZone([
      Objects.externalName("default", "app", target), Objects.service("default", "x"),
      .namespace("default"),
    ])
    #expect(try zone.answer("app.default.svc.cluster.local", type) == expected)
  }

  @Test func `Hostnames are labels, and shared ones have all addresses`() throws {
    let zone = TestZone([
      Objects.service("default", "app"),
      Objects.slice("default", "s", of: "app", ["Web=10.0.0.2", "web=10.0.0.1", "a.b=10.0.0.3"]),
    ])
    #expect(
      try zone.ask("WEB.app.default.svc.cluster.local", .a).answers.count == 2)
    #expect(
      try zone.answer("10-0-0-3.app.default.svc.cluster.local", .a)
        == "NOERROR 10-0-0-3.app.default.svc A 10.0.0.3")
    #expect(try zone.answer("a.b.app.default.svc.cluster.local", .a) == "NXDOMAIN \(Self.soa)")
  }

  @Test func `The serial is the newest revision seen`() throws {
    let zone = TestZone([
      Objects.service("default", "a") { $0.metadata.resourceVersion = "4711" },
      Objects.service("default", "b") { $0.metadata.resourceVersion = "17" },
    ])
    guard case .soa(let soa) = try zone.ask("cluster.local", .soa).answers.first?.data else {
      Issue.record("no SOA record")
      return
    }
    #expect(soa.serial == 4711)
    #expect(soa.minimum == 5)
    #expect(soa.mailbox.description == "hostmaster.cluster.local.")
  }

  @Test func `Another domain and another time to live are followed`() throws {
    let zone = TestZone([Objects.service("default", "app", clusterIPs: ["10.96.0.2"])]) {
      $0.domain = DomainName("K8s.Example.Org") ?? .root
      $0.ttl = 30
    }
    let response = try zone.ask("app.default.svc.k8s.example.org", .a)
    #expect(response.answers.map(\.ttl) == [30])
    #expect(try zone.ask("app.default.svc.cluster.local", .a).responseCode == .refused)
    #expect(try zone.ask("nix.k8s.example.org", .a).authority.map(\.ttl) == [30])
  }
}
