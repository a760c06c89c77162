import DNSMessage
import KubernetesAPI
import NIOCore
import NIOPosix
import Testing

@testable import ClusterDNS

/// Queries for names that are about to exist, kept until they do.
@Suite(.timeLimit(.minutes(2)))
struct ExpectedHoldTests {
  static let name = "db-0.db.default.svc.cluster.local"

  static var changes: [ZoneChange] {
    [
      Objects.service("default", "db"),
      .statefulSet(
        ExpectedSet(key: Objects.key("default", "db"), serviceName: "db", replicas: 2)),
    ]
  }

  static let ready = Objects.slice("default", "db", of: "db", ["db-0=10.0.0.1"])

  static func with(
    wait: TimeAmount, places: Int = 100, feed: ZoneFeed,
    _ body: @escaping @Sendable (NameServer) throws -> Void
  ) async throws {
    let server = try NameServer.bind(
      [LiveServer.loopback], workerCount: 1,
      NameServer.Backend(
        feed: feed, group: MultiThreadedEventLoopGroup.singleton,
        hold: .init(wait: wait, queries: places)))
    try await server.start()
    let result = await LiveServer.onThread { try body(server) }
    server.stop()
    await server.waitUntilStopped()
    try result.get()
  }

  static func waitUntil(_ condition: () -> Bool) throws {
    let deadline = ContinuousClock.now + .seconds(30)
    while !condition() { try #require(ContinuousClock.now < deadline) }
  }

  @Test(arguments: [false, true])
  func `The name is answered when it comes`(isTCP: Bool) async throws {
    let feed = LiveServer.makeFeed(Self.changes)
    try await Self.with(wait: .seconds(60), feed: feed) { server in
      let address = server.addresses[0]
      let client = isTCP ? try TinyClient(tcp: address) : try TinyClient(udp: address)
      let query = try TinyClient.query(Self.name, .a, id: 7, edns: EDNS())
      try client.send(isTCP ? TinyClient.framed(query) : query)
      try Self.waitUntil { server.heldQueries == 1 }
      // Something else changes first; another name is answered meanwhile.
      feed.apply([Objects.service("default", "web", clusterIPs: ["10.96.0.1"])])
      let other = try TinyClient(udp: address)
      #expect(try other.ask("web.default.svc.cluster.local", .a).answers.count == 1)
      let isAnswered = client.waitForInput(milliseconds: 50)
      #expect(!isAnswered)
      feed.apply([Self.ready])
      let response =
        isTCP ? try #require(try client.receiveFrame()) : try Message(try client.receive())
      #expect(response.id == 7)
      #expect(response.answers.map(\.data) == [.a(0x0A00_0001)])
      try Self.waitUntil { server.heldQueries == 0 }
      #expect(server.counts.responsesByCode["NOERROR"] == 2)
      #expect(server.counts.queriesByType["A"] == 2)
    }
  }

  @Test func `What does not come in time is denied, and the denial not kept`() async throws {
    let feed = LiveServer.makeFeed(Self.changes)
    try await Self.with(wait: .milliseconds(50), feed: feed) { server in
      let client = try TinyClient(udp: server.addresses[0])
      let start = ContinuousClock.now
      let response = try client.ask(Self.name, .a)
      #expect(ContinuousClock.now - start >= .milliseconds(45))
      #expect(response.responseCode == .nameError)
      #expect(response.authority.map(\.ttl) == [0])
      #expect(server.counts.responsesByCode["NXDOMAIN"] == 1)
    }
  }

  @Test func `Beyond the places there are, names are denied at once`() async throws {
    let feed = LiveServer.makeFeed(Self.changes)
    try await Self.with(wait: .seconds(60), places: 2, feed: feed) { server in
      let address = server.addresses[0]
      let kept = try TinyClient(udp: address)
      for id in 1...2 as ClosedRange<UInt16> {
        try kept.send(try TinyClient.query(Self.name, .a, id: id))
      }
      try Self.waitUntil { server.heldQueries == 2 }
      let other = try TinyClient(udp: address)
      #expect(try other.ask(Self.name, .a).responseCode == .nameError)
      let stream = try TinyClient(tcp: address)
      #expect(try stream.ask(Self.name, .a).responseCode == .nameError)
      // Names that nobody expects are denied as ever.
      #expect(try other.ask("nix.db.default.svc.cluster.local", .a).responseCode == .nameError)
      #expect(server.heldQueries == 2)
      feed.apply([Self.ready])
      for _ in 1...2 { #expect(try Message(try kept.receive()).answers.count == 1) }
      #expect(server.counts.queriesByType["A"] == 5)
    }
  }

  @Test func `A server that stops answers what it has kept`() async throws {
    let feed = LiveServer.makeFeed(Self.changes)
    try await Self.with(wait: .seconds(60), feed: feed) { server in
      let client = try TinyClient(udp: server.addresses[0])
      try client.send(try TinyClient.query(Self.name, .a))
      try Self.waitUntil { server.heldQueries == 1 }
      server.stop()
      #expect(try Message(try client.receive()).responseCode == .nameError)
    }
  }
}
