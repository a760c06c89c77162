import DNSMessage
import KubernetesAPI
import Testing

@testable import ClusterDNS

@Suite(.timeLimit(.minutes(1)))
struct TCPTests {
  static let name = "db.default.svc.cluster.local"

  static func makeFeed() -> ZoneFeed {
    LiveServer.makeFeed([
      Objects.service("default", "db", clusterIPs: ["10.96.0.1"]),
      Objects.service("default", "big"),
      Objects.slice("default", "big", of: "big", (0..<1000).map { "10.1.\($0 / 250).\($0 % 250)" }),
    ])
  }

  static var short: TCPListener.Limits {
    TCPListener.Limits(connections: 3, idleTimeout: .milliseconds(300))
  }

  @Test func `Queries may come all at once, and are answered in order`() async throws {
    try await LiveServer.with(feed: Self.makeFeed()) { server in
      let client = try TinyClient(tcp: server.addresses[0])
      var bytes: [UInt8] = []
      for id in 1...100 as ClosedRange<UInt16> {
        bytes += TinyClient.framed(try TinyClient.query(Self.name, .a, id: id))
      }
      try client.send(bytes)
      for id in 1...100 as ClosedRange<UInt16> {
        #expect(try client.receiveFrame()?.id == id)
      }
    }
  }

  @Test func `A query may come byte by byte, the client may stop sending after it`() async throws {
    try await LiveServer.with(feed: Self.makeFeed()) { server in
      let client = try TinyClient(tcp: server.addresses[0])
      for byte in TinyClient.framed(try TinyClient.query(Self.name, .a, id: 9)) {
        try client.send([byte])
      }
      client.endSending()
      #expect(try client.receiveFrame()?.id == 9)
      #expect(try client.receiveFrame() == nil)
    }
  }

  @Test func `Who speaks something else is cut off`() async throws {
    try await LiveServer.with(feed: Self.makeFeed()) { server in
      let client = try TinyClient(tcp: server.addresses[0])
      try client.send([0, 3, 1, 2, 3])
      #expect(try client.receiveFrame() == nil)
    }
  }

  @Test func `Who is silent, or sends half a query for ever, is cut off`() async throws {
    try await LiveServer.with(feed: Self.makeFeed(), limits: Self.short) { server in
      let silent = try TinyClient(tcp: server.addresses[0])
      let slow = try TinyClient(tcp: server.addresses[0])
      let query = TinyClient.framed(try TinyClient.query(Self.name, .a))
      let clock = ContinuousClock()
      let start = clock.now
      // A byte from time to time does not extend the time; a whole query would take longer.
      var isCut = false
      for byte in query {
        do { try slow.send([byte]) } catch { isCut = true }
        if isCut { break }
        if slow.waitForInput(milliseconds: 30) { isCut = true }
      }
      #expect(isCut)
      #expect(try silent.receiveFrame() == nil)
      #expect(clock.now - start < .seconds(4))
    }
  }

  @Test func `Who does not take responses is no longer read from, and is cut off`() async throws {
    try await LiveServer.with(feed: Self.makeFeed(), limits: Self.short) { server in
      let client = try TinyClient(tcp: server.addresses[0])
      let query = TinyClient.framed(try TinyClient.query("big.default.svc.cluster.local", .a))
      // Each query of 50 bytes brings a response of 16 000. Far fewer than these are answered.
      var sent = 0
      while sent < 100_000 {
        do { try client.send(query) } catch { break }
        sent += 1
      }
      #expect(server.counts.tcpQueries < 5000)
      // The server goes on serving others.
      let other = try TinyClient(tcp: server.addresses[0])
      #expect(try other.ask(Self.name, .a).answers.count == 1)
    }
  }

  @Test func `Connections above the limit are closed, and others may come when some have gone`()
    async throws
  {
    try await LiveServer.with(feed: Self.makeFeed(), limits: Self.short) { server in
      let address = server.addresses[0]
      do {
        let first = try TinyClient(tcp: address)
        let second = try TinyClient(tcp: address)
        let third = try TinyClient(tcp: address)
        #expect(try first.ask(Self.name, .a).answers.count == 1)
        #expect(try second.ask(Self.name, .a).answers.count == 1)
        #expect(try third.ask(Self.name, .a).answers.count == 1)
        let fourth = try TinyClient(tcp: address)
        #expect(try fourth.receiveFrame() == nil)
      }
      let deadline = ContinuousClock.now + .seconds(60)
      var isAnswered = false
      while !isAnswered, ContinuousClock.now < deadline {
        let client = try TinyClient(tcp: address)
        isAnswered = (try? client.ask(Self.name, .a).answers.count == 1) ?? false
      }
      #expect(isAnswered)
    }
  }

  @Test func `Open connections do not keep the server from stopping`() async throws {
    let clock = ContinuousClock()
    let start = clock.now
    try await LiveServer.with(feed: Self.makeFeed()) { server in
      let client = try TinyClient(tcp: server.addresses[0])
      #expect(try client.ask(Self.name, .a).answers.count == 1)
      let half = try TinyClient(tcp: server.addresses[0])
      try half.send([0, 40, 1])
      server.stop()
      #expect(try client.receiveFrame() == nil)
      #expect(try half.receiveFrame() == nil)
    }
    #expect(clock.now - start < .seconds(5))
  }
}
