import DNSMessage
import Foundation
import KubernetesAPI
import KubernetesClient
import Logging
import Testing

@testable import ClusterDNS

/// Names of the operator's own (CoreDNS's plugin `hosts`).
struct HostsTests {
  static let text = """
    # A comment.
    192.0.2.2 A.example b.example # and another
    192.0.2.1 a.example
    2001:db8::1 a.example
    fe80::1%eth0 link.example
    192.0.2.9
    nonsense a.example
    192.0.2.3 web.default.svc.cluster.local
    """

  static func zone(change: (inout HostsConfiguration) -> Void = { _ in }) -> TestZone {
    let zone = TestZone([Objects.service("default", "web", clusterIPs: ["10.96.0.1"])])
    zone.setHosts(text, change: change)
    return zone
  }

  @Test(arguments: [
    ("a.example", RecordType.a, "NOERROR a.example. A 192.0.2.2 a.example. A 192.0.2.1"),
    ("A.Example", .aaaa, "NOERROR A.Example. AAAA 2001:db8::1"),
    ("b.example", .aaaa, "NOERROR"),
    ("a.example", .mx, "NOERROR"),
    ("link.example", .aaaa, "NOERROR link.example. AAAA fe80::1"),
    // Before the cluster's own.
    ("web.default.svc.cluster.local", .a, "NOERROR web.default.svc A 192.0.2.3"),
    ("1.2.0.192.in-addr.arpa", .ptr, "NOERROR 1.2.0.192.in-addr.arpa. PTR a.example."),
    ("c.example", .a, "REFUSED"),
    ("9.2.0.192.in-addr.arpa", .ptr, "REFUSED"),
  ])
  func `Hosts are answered before all others`(
    name: String, type: RecordType, answer: String
  ) throws {
    #expect(try Self.zone().answer(name, type) == answer)
  }

  @Test func `Records may be kept as long as is said, and reverse names can be left out`() throws {
    let zone = Self.zone {
      $0.ttl = 60
      $0.answersReverse = false
    }
    #expect(try zone.ask("a.example", .a).answers.map(\.ttl) == [60, 60])
    #expect(try zone.answer("1.2.0.192.in-addr.arpa", .ptr) == "REFUSED")
  }

  @Test func `A zone that is the hosts' alone has no other names`() throws {
    let zone = Self.zone {
      $0.zones = [DomainName("example"), DomainName("b.test")].compactMap(\.self)
      $0.deniedZones = $0.zones
    }
    #expect(try zone.ask("c.example", .a).responseCode == .serverFailure)
    #expect(try zone.ask("a.example", .a).answers.count == 2)
    #expect(try zone.answer("web.default.svc.cluster.local", .a).contains("10.96.0.1"))
    #expect(try zone.ask("other.test", .a).responseCode == .refused)
  }

  @Test func `Hosts are answered before the cluster is known`() throws {
    let zone = Self.zone()
    zone.apply(isReady: false)
    #expect(try zone.ask("a.example", .a).answers.count == 2)
    #expect(try zone.ask("x.default.svc.cluster.local", .a).responseCode == .serverFailure)
  }

  @Test func `A file that changes is read again, one that goes leaves the names`() async throws {
    let path = FileManager.default.temporaryDirectory
      .appendingPathComponent("rollcall-hosts-\(UInt64.random(in: 0...UInt64.max))").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    func write(_ text: String) throws {
      try text.write(toFile: path, atomically: true, encoding: .utf8)
    }
    try write("192.0.2.1 one.example\n")
    var configuration = HostsConfiguration()
    configuration.file = path
    configuration.reload = 0.01
    configuration.entries = HostsFile.entries("192.0.2.9 written.example")
    let feed = ZoneFeed(ZoneConfiguration(domain: ZoneConfiguration.defaultDomain))
    let follower = HostsFollower(
      configuration: configuration, feed: feed, time: .system,
      logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    #expect(follower.load())
    let task = Task { await follower.run() }
    func exists(_ name: String) -> Bool {
      let snapshot = feed.cell.load()
      let wire = DomainName(name)?.lowercasedWire ?? []
      return withExtendedLifetime(snapshot) {
        snapshot.view.hosts.names.node(named: NameKey(wire: wire, hash: snapshot.hash)) != nil
      }
    }
    #expect(exists("one.example") && exists("written.example"))
    try write("192.0.2.1 two.example\n")
    try await DNSStatusTests.eventually { exists("two.example") }
    #expect(!exists("one.example") && exists("written.example"))
    try FileManager.default.removeItem(atPath: path)
    #expect(!follower.load())
    #expect(exists("two.example"))
    task.cancel()
    await task.value
  }
}
