import DNSMessage
import Testing

@testable import ClusterDNS

/// CNAME records of ExternalName Services, followed as long as they stay in the zone.
struct ChaseTests {
  static let soa = "| @ SOA ns.dns"

  static func makeZone() -> TestZone {
    TestZone([
      Objects.service("default", "db", clusterIPs: ["10.96.0.1"], ports: [Objects.port("p", 5)]),
      Objects.externalName("default", "one", "DB.default.svc.Cluster.Local"),
      Objects.externalName("default", "two", "one.default.svc.cluster.local."),
      Objects.externalName("default", "dangling", "nix.default.svc.cluster.local"),
      Objects.externalName("default", "empty", "_tcp.db.default.svc.cluster.local"),
      Objects.externalName("default", "location", "_p._tcp.db.default.svc.cluster.local"),
      Objects.externalName("default", "apex", "cluster.local"),
      Objects.externalName("default", "away", "example.com"),
      Objects.externalName("default", "self", "self.default.svc.cluster.local"),
      Objects.externalName("default", "ping", "pong.default.svc.cluster.local"),
      Objects.externalName("default", "pong", "ping.default.svc.cluster.local"),
    ])
  }

  @Test(
    arguments: [
      (
        "one", .a,
        "NOERROR one.default.svc CNAME DB.default.svc.Cluster.Local. "
          + "DB.default.svc.Cluster.Local. A 10.96.0.1"
      ),
      (
        "two", .a,
        "NOERROR two.default.svc CNAME one.default.svc "
          + "one.default.svc CNAME DB.default.svc.Cluster.Local. "
          + "DB.default.svc.Cluster.Local. A 10.96.0.1"
      ),
      // The last name has no such record: the zone's SOA says so.
      (
        "one", .aaaa,
        "NOERROR one.default.svc CNAME DB.default.svc.Cluster.Local. "
          + "| Cluster.Local. SOA ns.dns.Cluster.Local."
      ),
      ("empty", .a, "NOERROR empty.default.svc CNAME _tcp.db.default.svc \(soa)"),
      // The code is that of the last name.
      ("dangling", .a, "NXDOMAIN dangling.default.svc CNAME nix.default.svc \(soa)"),
      (
        "location", .srv,
        "NOERROR location.default.svc CNAME _p._tcp.db.default.svc "
          + "_p._tcp.db.default.svc SRV 5 db.default.svc + db.default.svc A 10.96.0.1"
      ),
      ("apex", .soa, "NOERROR apex.default.svc CNAME @ @ SOA ns.dns"),
      ("away", .a, "NOERROR away.default.svc CNAME example.com."),
      ("away", .mx, "NOERROR away.default.svc CNAME example.com."),
      ("one", .cname, "NOERROR one.default.svc CNAME DB.default.svc.Cluster.Local."),
      // Loops end before a record is repeated.
      ("self", .a, "NOERROR self.default.svc CNAME self.default.svc"),
      (
        "ping", .a,
        "NOERROR ping.default.svc CNAME pong.default.svc pong.default.svc CNAME ping.default.svc"
      ),
    ] as [(String, RecordType, String)])
  func `Aliases are followed inside the zone`(
    name: String, type: RecordType, expected: String
  ) throws {
    #expect(try Self.makeZone().answer("\(name).default.svc.cluster.local", type) == expected)
  }

  @Test func `A chain ends at its limit`() throws {
    let zone = TestZone(
      (0..<20).map {
        Objects.externalName("default", "hop-\($0)", "hop-\($0 + 1).default.svc.cluster.local")
      })
    let response = try zone.ask("hop-0.default.svc.cluster.local", .a)
    #expect(response.responseCode == .noError)
    #expect(response.answers.count == PipelineLimits.chaseDepth)
  }

  @Test func `A chain that does not fit is truncated between records`() throws {
    // Each target takes some 250 bytes.
    let labels = (0..<3).map { _ in String(repeating: "x", count: 60) }.joined(separator: ".")
    let zone = TestZone([
      Objects.externalName("default", "long", "\(labels).default.svc.cluster.local")
    ])
    let response = try zone.ask("long.default.svc.cluster.local", .a)
    #expect(response.answers.count == 1)
    #expect(response.responseCode == .nameError)
    let question = String(repeating: "y", count: 63)
    let tight = TestZone([
      Objects.externalName(question, question, "\(labels).\(question.dropLast(10)).example")
    ])
    let cut = try tight.ask("\(question).\(question).svc.cluster.local", .a)
    #expect(cut.answers.count == 1)
  }
}
