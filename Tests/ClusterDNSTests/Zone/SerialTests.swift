import DNSMessage
import KubernetesAPI
import Testing

@testable import ClusterDNS

/// Replicas that have seen the same changes tell the same serial, in whatever order they saw them.
struct SerialTests {
  static func serial(_ zone: TestZone) throws -> UInt32? {
    guard case .soa(let soa) = try zone.ask("cluster.local", .soa).answers.first?.data else {
      return nil
    }
    return soa.serial
  }

  static func service(
    _ name: String, _ revision: Int, labels: [String: String] = [:]
  ) -> ZoneChange {
    Objects.service("default", name, clusterIPs: ["10.96.0.1"]) {
      $0.metadata.resourceVersion = "\(revision)"
      $0.metadata.labels = labels
    }
  }

  @Test func `A deletion raises it like any other change`() throws {
    let zone = TestZone([Self.service("a", 10), Self.service("b", 20)])
    #expect(try Self.serial(zone) == 20)
    zone.apply(.deleteService(Objects.key("default", "b"), revision: 30))
    #expect(try Self.serial(zone) == 30)
    zone.apply(.namespace("new", revision: 40))
    #expect(try Self.serial(zone) == 40)
    zone.apply(.deleteNamespace("new", revision: 50))
    #expect(try Self.serial(zone) == 50)
  }

  @Test func `A change that names do not depend on leaves it`() throws {
    let zone = TestZone([Self.service("a", 10)])
    zone.apply(Self.service("a", 90, labels: ["new": "label"]))
    #expect(try Self.serial(zone) == 10)
  }

  @Test func `The order of changes does not matter`() throws {
    let changes = [
      Self.service("a", 10), Self.service("b", 40), .namespace("c", revision: 20),
      Objects.slice("default", "s", of: "b", ["10.0.0.1"]) {
        $0.metadata.resourceVersion = "30"
      },
    ]
    for _ in 0..<8 {
      #expect(try Self.serial(TestZone(changes.shuffled())) == 40)
    }
  }

  @Test func `A replica that starts anew does not go back`() throws {
    // Both lists are of revision 60, though no object is that new.
    let feed = ZoneFeed(ZoneConfiguration(domain: ZoneConfiguration.defaultDomain))
    feed.apply([Self.service("a", 10)])
    feed.markSynced(revision: 60)
    #expect(feed.revision == 60)
  }
}
