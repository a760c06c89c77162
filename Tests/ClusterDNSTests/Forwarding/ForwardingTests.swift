import DNSMessage
import KubernetesAPI
import NIOPosix
import Synchronization
import Testing

@testable import ClusterDNS

/// The whole way: a client's query over a socket, an upstream on another, and back.
@Suite(.timeLimit(.minutes(2)))
struct ForwardingTests {
  static let changes: [ZoneChange] = [
    Objects.service("default", "db", clusterIPs: ["10.96.0.1"]),
    Objects.externalName("default", "away", "www.example.com"),
    Objects.externalName("default", "nowhere", "nix.example.com"),
    Objects.externalName("default", "hop", "away.default.svc.cluster.local"),
  ]

  /// Serves the zone with these upstreams while the body runs.
  static func with(
    _ upstreams: [Upstream], change: (inout ForwardingConfiguration) -> Void = { _ in },
    _ body: @escaping @Sendable (NameServer) throws -> Void
  ) async throws {
    var configuration = ForwardingConfiguration(groups: [
      .init(upstreams: upstreams, policy: .sequential)
    ])
    configuration.detectsLoops = false
    change(&configuration)
    let forwarder = try await Forwarder(
      configuration, group: MultiThreadedEventLoopGroup.singleton, logger: ResolverBench.logger)
    try await LiveServer.with(
      feed: LiveServer.makeFeed(changes), forwarder: forwarder, body)
    await forwarder.stop()
  }

  static func ask(
    _ client: borrowing TinyClient, _ name: String, _ type: RecordType = .a, edns: EDNS? = nil,
    flags: UInt16 = HeaderFlags.recursionDesired
  ) throws -> Message {
    try client.exchange(
      Message(
        id: 77, flags: HeaderFlags(rawValue: flags),
        questions: [Question(name: DomainName(name) ?? .root, type: type)], edns: edns))
  }

  static func makeUpstream() throws -> FakeUpstream {
    try FakeUpstream { query in
      let name = query.name.lowercased()
      if name == "nix.example.com." { return [query.denial()] }
      if name == "big.example.com." {
        let records = (0..<300).map {
          Record(name: query.message.questions[0].name, ttl: 60, data: .a(UInt32($0)))
        }
        if query.isStream { return [query.response(records)] }
        return [query.response { $0.flags.rawValue |= HeaderFlags.truncated }]
      }
      return [query.address()]
    }
  }

  @Test func `Names of other zones are forwarded over UDP and TCP, and kept`() async throws {
    let upstream = try Self.makeUpstream()
    defer { upstream.stop() }
    try await Self.with([upstream.upstream]) { server in
      let udp = try TinyClient(udp: server.addresses[0])
      let tcp = try TinyClient(tcp: server.addresses[0])
      for _ in 0..<3 {
        for response in [
          try Self.ask(udp, "wWw.Example.com"), try Self.ask(tcp, "wWw.Example.com"),
        ] {
          #expect(response.id == 77)
          #expect(response.responseCode == .noError)
          #expect(response.answers.map(\.data) == [.a(0xC000_0201)])
          #expect(response.questions[0].name.wire == DomainName("wWw.Example.com")?.wire)
          #expect(response.flags.has(HeaderFlags.recursionAvailable))
          #expect(!response.isAuthoritative)
        }
      }
      #expect(upstream.names == ["www.example.com."])
      // The cluster's own names are not asked elsewhere, nor kept.
      let own = try Self.ask(udp, "db.default.svc.cluster.local")
      #expect(own.answers.map(\.data) == [.a(0x0A60_0001)])
      #expect(own.isAuthoritative && own.flags.has(HeaderFlags.recursionAvailable))
      #expect(try Self.ask(udp, "nix.default.svc.cluster.local").responseCode == .nameError)
      #expect(try Self.ask(udp, "nix.example.com").responseCode == .nameError)
      #expect(upstream.names == ["www.example.com.", "nix.example.com."])
    }
  }

  @Test func `A client that wants no recursion gets none`() async throws {
    let upstream = try Self.makeUpstream()
    defer { upstream.stop() }
    try await Self.with([upstream.upstream]) { server in
      let udp = try TinyClient(udp: server.addresses[0])
      #expect(try Self.ask(udp, "www.example.com", flags: 0).responseCode == .refused)
      #expect(upstream.queries.isEmpty)
    }
  }

  @Test func `What the upstream cannot say over UDP it says over TCP`() async throws {
    let upstream = try Self.makeUpstream()
    defer { upstream.stop() }
    try await Self.with([upstream.upstream]) { server in
      let udp = try TinyClient(udp: server.addresses[0])
      let cut = try Self.ask(udp, "big.example.com", edns: EDNS())
      #expect(cut.isTruncated)
      #expect(cut.answers.count > 50)
      let tcp = try TinyClient(tcp: server.addresses[0])
      #expect(try Self.ask(tcp, "big.example.com").answers.count == 300)
      #expect(upstream.queries.map(\.isStream) == [false, true])
    }
  }

  @Test func `Each query to an upstream has another port, id and case`() async throws {
    let upstream = try Self.makeUpstream()
    defer { upstream.stop() }
    try await Self.with([upstream.upstream]) { server in
      let udp = try TinyClient(udp: server.addresses[0])
      for number in 0..<40 { _ = try Self.ask(udp, "host-number-\(number).example.org") }
      let queries = upstream.queries
      #expect(Set(queries.map(\.source.port)).count > 30)
      #expect(Set(queries.map(\.message.id)).count > 30)
      let spellings = queries.map { query in
        query.message.questions[0].name.wire.map { (0x41...0x5A).contains($0) }
      }
      #expect(Set(spellings).count > 30)
    }
  }

  @Test func `Forged responses are not believed`() async throws {
    let upstream = try FakeUpstream { query in
      guard !query.isStream else { return [query.address(0x0101_0101)] }
      // Wrong ids, another question, a wrong case; the true response last.
      return [
        query.response { $0.id &+= 1 },
        query.response { $0.questions[0].name = DomainName("evil.example") ?? .root },
        query.response { $0.flags = HeaderFlags(rawValue: 0) },
        query.address(0x0101_0101),
      ]
    }
    defer { upstream.stop() }
    try await Self.with([upstream.upstream]) { server in
      let udp = try TinyClient(udp: server.addresses[0])
      let response = try Self.ask(udp, "a-long-name-with-letters.example.com")
      #expect(response.answers.map(\.data) == [.a(0x0101_0101)])
      #expect(response.answers.first?.name == DomainName("a-long-name-with-letters.example.com"))
    }
  }

  @Test func `A dead upstream costs the next one's answer a moment, then nothing`() async throws {
    let dead = try FakeUpstream { _ in [] }
    dead.stop()
    let upstream = try Self.makeUpstream()
    defer { upstream.stop() }
    try await Self.with([dead.upstream, upstream.upstream]) { server in
      let udp = try TinyClient(udp: server.addresses[0])
      for number in 0..<10 {
        #expect(try Self.ask(udp, "n\(number).example.com").answers.count == 1)
      }
    }
  }

  @Test func `Without an answer from anyone clients get SERVFAIL, and why`() async throws {
    let dead = try FakeUpstream { _ in [] }
    dead.stop()
    try await Self.with([dead.upstream]) { server in
      let udp = try TinyClient(udp: server.addresses[0])
      let response = try Self.ask(udp, "www.example.com", edns: EDNS())
      #expect(response.responseCode == .serverFailure)
      #expect(response.edns?.options.map(\.code) == [15])
      #expect(try Self.ask(udp, "db.default.svc.cluster.local").answers.count == 1)
    }
  }

  @Test func `ExternalName is followed outside, and the code is that of the last name`()
    async throws
  {
    let upstream = try Self.makeUpstream()
    defer { upstream.stop() }
    try await Self.with([upstream.upstream]) { server in
      let udp = try TinyClient(udp: server.addresses[0])
      let tcp = try TinyClient(tcp: server.addresses[0])
      for response in [
        try Self.ask(udp, "hop.default.svc.cluster.local", edns: EDNS()),
        try Self.ask(tcp, "hop.default.svc.cluster.local"),
      ] {
        #expect(response.responseCode == .noError)
        #expect(
          response.answers.map(\.text) == [
            "hop.default.svc CNAME away.default.svc", "away.default.svc CNAME www.example.com.",
            "www.example.com. A 192.0.2.1",
          ])
        #expect(response.isAuthoritative)
      }
      let denied = try Self.ask(udp, "nowhere.default.svc.cluster.local")
      #expect(denied.responseCode == .nameError)
      #expect(denied.answers.map(\.text) == ["nowhere.default.svc CNAME nix.example.com."])
      #expect(denied.authority.map(\.type) == [.soa])
      // The alias itself needs nobody else.
      let alias = try Self.ask(udp, "away.default.svc.cluster.local", .cname)
      #expect(alias.answers.count == 1)
    }
  }

  @Test func `Queries on one connection need not wait for each other`() async throws {
    let isReleased = Atomic(false)
    let upstream = try FakeUpstream { query in
      if query.name.lowercased().hasPrefix("slow") { return [] }
      return [query.address()]
    }
    defer { upstream.stop() }
    try await Self.with([upstream.upstream]) { server in
      let tcp = try TinyClient(tcp: server.addresses[0])
      let names = ["slow.example.com", "fast.example.com", "db.default.svc.cluster.local"]
      for (number, name) in names.enumerated() {
        let query = Message(
          id: UInt16(number), flags: HeaderFlags(rawValue: HeaderFlags.recursionDesired),
          questions: [Question(name: DomainName(name) ?? .root, type: .a)])
        try tcp.send(TinyClient.framed(try query.encoded()))
      }
      var ids: Set<UInt16> = []
      for _ in 0..<2 { if let frame = try tcp.receiveFrame() { ids.insert(frame.id) } }
      #expect(ids == [1, 2])
      tcp.endSending()
      #expect(try tcp.receiveFrame()?.responseCode == .serverFailure)
      #expect(try tcp.receiveFrame() == nil)
    }
    isReleased.store(true, ordering: .relaxed)
  }

  @Test func `A server that forwards to itself says so and goes on serving its zone`() async throws
  {
    // The port is not known before it is bound: a relay stands between.
    let own = Mutex<ClusterDNS.SocketAddress?>(nil)
    let relay = try FakeUpstream { query in
      guard let address = own.withLock({ $0 }), let client = try? TinyClient(udp: address),
        let bytes = try? query.message.encoded()
      else { return [] }
      try? client.send(bytes)
      return (try? client.receive()).map { [$0] } ?? []
    }
    defer { relay.stop() }
    var configuration = ForwardingConfiguration(groups: [.init(upstreams: [relay.upstream])])
    configuration.cache.capacity = 0
    let forwarder = try await Forwarder(
      configuration, group: MultiThreadedEventLoopGroup.singleton, logger: ResolverBench.logger)
    try await LiveServer.with(
      feed: LiveServer.makeFeed(Self.changes), forwarder: forwarder
    ) { server in
      own.withLock { $0 = server.addresses[0] }
      forwarder.start()
      let udp = try TinyClient(udp: server.addresses[0])
      let deadline = ContinuousClock.now + .seconds(60)
      while try Self.ask(udp, "www.example.com", edns: EDNS()).edns?.options.first?.data != [0, 22]
      {
        try #require(ContinuousClock.now < deadline)
      }
      #expect(try Self.ask(udp, "db.default.svc.cluster.local").answers.count == 1)
    }
    #expect(await forwarder.counts().upstreams.loops == 1)
    await forwarder.stop()
  }
}
