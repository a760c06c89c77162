import DNSMessage
import Dispatch
import KubernetesAPI
import NIOPosix
import Synchronization
import Testing

@testable import ClusterDNS

@Suite(.timeLimit(.minutes(1)))
struct NameServerTests {
  static let name = "db.default.svc.cluster.local"

  static let changes: [ZoneChange] = [
    Objects.service("default", "db", clusterIPs: ["10.96.0.1"]),
    Objects.service("default", "big"),
    Objects.slice("default", "big", of: "big", (0..<1000).map { "10.1.\($0 / 250).\($0 % 250)" }),
  ]

  @Test(arguments: [LiveServer.loopback, LiveServer.loopback6])
  func `One port answers over UDP and TCP`(address: SocketAddress) async throws {
    try await LiveServer.with([address], feed: LiveServer.makeFeed(Self.changes)) { server in
      let bound = server.addresses[0]
      #expect(bound.port > 0)
      for client in 0..<20 {
        let udp = try TinyClient(udp: bound)
        let tcp = try TinyClient(tcp: bound)
        for id in 1...5 as ClosedRange<UInt16> {
          for response in [
            try udp.ask(Self.name, .a, id: id), try tcp.ask(Self.name, .a, id: id),
          ] {
            #expect(response.id == id, "client \(client)")
            #expect(response.answers.map(\.data) == [.a(0x0A60_0001)])
          }
        }
      }
      let counts = server.counts
      #expect(counts.udpQueries == 100)
      #expect(counts.tcpQueries == 100)
      #expect(counts.responsesByCode == ["NOERROR": 200])
    }
  }

  @Test func `An answer too large for UDP is whole over TCP`() async throws {
    try await LiveServer.with(feed: LiveServer.makeFeed(Self.changes)) { server in
      let udp = try TinyClient(udp: server.addresses[0])
      let cut = try udp.ask("big.default.svc.cluster.local", .a, edns: EDNS())
      #expect(cut.isTruncated)
      #expect(cut.answers.count == 73)
      let tcp = try TinyClient(tcp: server.addresses[0])
      let whole = try tcp.ask("big.default.svc.cluster.local", .a, edns: EDNS())
      #expect(!whole.isTruncated)
      #expect(whole.answers.count == 1000)
    }
  }

  @Test(arguments: [
    (SocketAddress(.v4(0), port: 0), IPAddress("127.3.2.1")),
    (SocketAddress(.v6(high: 0, low: 0), port: 0), IPAddress("::1")),
  ])
  func `A response comes from the address that was asked`(
    wildcard: SocketAddress, asked: IPAddress?
  ) async throws {
    let asked = try #require(asked)
    try await LiveServer.with([wildcard], feed: LiveServer.makeFeed(Self.changes)) { server in
      // The client's socket is connected: it would not see a response from another address.
      let client = try TinyClient(udp: SocketAddress(asked, port: server.addresses[0].port))
      #expect(try client.ask(Self.name, .a).answers.count == 1)
    }
  }

  @Test func `What has been asked before the stop is answered`() async throws {
    let client: Mailbox = Mailbox()
    try await LiveServer.with(feed: LiveServer.makeFeed(Self.changes)) { server in
      let udp = try TinyClient(udp: server.addresses[0])
      for id in 1...200 as ClosedRange<UInt16> {
        try udp.send(try TinyClient.query(Self.name, .a, id: id))
      }
      server.stop()
      for _ in 1...200 { client.add(try Message(try udp.receive()).id) }
    }
    #expect(client.ids == Set(1...200))
  }

  @Test func `A second server on the same address is told so`() async throws {
    let feed = LiveServer.makeFeed([])
    let group = MultiThreadedEventLoopGroup.singleton
    let first = try await NameServer.bind(
      [LiveServer.loopback], workerCount: 1, feed: feed, group: group)
    let error = await #expect(throws: SystemError.self) {
      _ = try await NameServer.bind(first.addresses, workerCount: 1, feed: feed, group: group)
    }
    #expect(error?.isAddressInUse == true)
    #expect(error?.description.contains("\(first.addresses[0])") == true)
    first.stop()
    try await first.run()
  }

  @Test func `Datagrams of any size do no harm`() async throws {
    try await LiveServer.with(feed: LiveServer.makeFeed(Self.changes), workerCount: 1) { server in
      let client = try TinyClient(udp: server.addresses[0])
      for size in [1, 11, 12, 1663, 1664, 1665, 9000] {
        try client.send(Array(repeating: 0xFF, count: size))
        try client.send(Array(repeating: 0, count: size))
      }
      // Of those, messages of at least a header that are no responses are answered: FORMERR.
      for _ in 0..<3 { #expect(try Message(try client.receive()).responseCode == .formatError) }
      #expect(try client.ask(Self.name, .a).answers.count == 1)
    }
  }

  @Test func `A change is answered when apply returns`() async throws {
    let feed = LiveServer.makeFeed(Self.changes)
    try await LiveServer.with(feed: feed) { server in
      let client = try TinyClient(udp: server.addresses[0])
      for number in 1...50 {
        feed.apply([Objects.service("default", "db", clusterIPs: ["10.96.1.\(number)"])])
        let answers = try client.ask(Self.name, .a).answers
        #expect(answers.map(\.data) == [.a(0x0A60_0100 + UInt32(number))])
      }
    }
  }

  @Test func `Queries during changes see one state or the other`() async throws {
    let feed = LiveServer.makeFeed(Self.changes)
    try await LiveServer.with(feed: feed) { server in
      let isEnough = Atomic(false)
      let hasEnded = DispatchSemaphore(value: 0)
      DispatchQueue.global().async {
        var round: UInt8 = 0
        while !isEnough.load(ordering: .relaxed) {
          round &+= 1
          feed.apply([
            Objects.service("default", "db", clusterIPs: ["10.96.0.\(round)", "10.97.0.\(round)"])
          ])
        }
        hasEnded.signal()
      }
      let client = try TinyClient(udp: server.addresses[0])
      for _ in 0..<2000 {
        let addresses = try client.ask(Self.name, .a).answers.compactMap { record in
          if case .a(let address) = record.data { address } else { nil }
        }
        // Both addresses of a state have the same last octet.
        #expect(Set(addresses.map { $0 & 0xFF }).count == 1)
        #expect(addresses.count == 1 || Set(addresses).count == 2)
      }
      isEnough.store(true, ordering: .relaxed)
      hasEnded.wait()
    }
  }
}

/// Collects ids across a concurrency boundary.
private final class Mailbox: Sendable {
  private let state = Mutex<Set<UInt16>>([])

  func add(_ id: UInt16) { state.withLock { _ = $0.insert(id) } }
  var ids: Set<UInt16> { state.withLock { $0 } }
}
