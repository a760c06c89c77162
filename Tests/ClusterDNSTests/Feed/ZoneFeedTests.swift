import DNSMessage
import KubernetesAPI
import Testing

@testable import ClusterDNS

struct ZoneFeedTests {
  static func names(_ feed: ZoneFeed) -> Int { feed.cell.load().names.count }

  static func pagesDiffering(_ left: IndexTable, _ right: IndexTable) -> Int {
    zip(left.pages, right.pages).filter { $0 !== $1 }.count
  }

  @Test func `Nothing is published before everything is known`() {
    let feed = ZoneFeed(ZoneConfiguration(domain: ZoneConfiguration.defaultDomain))
    let before = Self.names(feed)
    feed.apply([Objects.service("default", "db", clusterIPs: ["10.96.0.1"])])
    #expect(Self.names(feed) == before)
    #expect(!feed.cell.load().isReady)
    #expect(!feed.isReady)
    feed.markSynced()
    // The Service and its namespace.
    #expect(Self.names(feed) == before + 2)
    #expect(feed.cell.load().isReady)
  }

  @Test func `What changes nothing publishes nothing`() {
    let changes = [
      Objects.service("default", "db"),
      Objects.slice("default", "db-1", of: "db", ["a=10.0.0.1"]),
    ]
    let feed = LiveServer.makeFeed(changes)
    let before = feed.cell.load()
    feed.apply(changes)
    feed.apply([
      .deleteSlice(Objects.key("default", "nix")), .deleteService(Objects.key("default", "nix")),
      .deleteNamespace("nix"),
    ])
    #expect(feed.cell.load() === before)
  }

  @Test func `A change rebuilds its own Service only`() {
    let feed = LiveServer.makeFeed(
      (0..<200).map { Objects.service("ns", "svc-\($0)", clusterIPs: ["10.96.0.\($0)"]) })
    let before = feed.cell.load()
    feed.apply([Objects.service("ns", "svc-7", clusterIPs: ["10.96.7.7"])])
    let after = feed.cell.load()
    #expect(after !== before)
    #expect(after.names.count == before.names.count)
    #expect(after.addresses.count == before.addresses.count)
    // One name moved within its page; the old and the new address may share one.
    #expect(Self.pagesDiffering(after.names, before.names) == 1)
    #expect((1...2).contains(Self.pagesDiffering(after.addresses, before.addresses)))
  }
}
