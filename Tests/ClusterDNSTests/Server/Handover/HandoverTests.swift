import DNSMessage
import Dispatch
import Foundation
import KubernetesAPI
import NIOPosix
import Synchronization
import Testing

@testable import ClusterDNS

@Suite(.timeLimit(.minutes(5)))
struct HandoverTests {
  static let name = "db.default.svc.cluster.local"

  static func path() -> String {
    FileManager.default.temporaryDirectory.appendingPathComponent(
      "rollcall-\(UUID().uuidString.prefix(8)).sock"
    ).path
  }

  /// A server that answers with an address of its own generation.
  static func bind(
    generation: Int, at address: ClusterDNS.SocketAddress, inheriting: InheritedSockets? = nil,
    workerCount: Int = 2
  ) throws -> NameServer {
    let feed = LiveServer.makeFeed([
      Objects.service(
        "default", "db", clusterIPs: ["10.96.\(generation / 256).\(generation % 256)"])
    ])
    return try NameServer.bind(
      [address], workerCount: workerCount, inheriting: inheriting,
      NameServer.Backend(feed: feed, group: MultiThreadedEventLoopGroup.singleton))
  }

  @Test(arguments: [
    "", "end now", "socket", "socket udp", "socket ufo 127.0.0.1:53", "socket udp 127.0.0.1",
    "rollcall-handover", "rollcall-handover 2", "serving\n\n x",
  ])
  func `What is no message of a hand-over is none`(text: String) {
    #expect(HandoverMessage(text) == nil)
  }

  @Test func `Messages survive being sent`() {
    let address = ClusterDNS.SocketAddress(.v6(high: 0, low: 1), port: 53)
    for message in [HandoverMessage.request, .end, .serving, .released, .socket(.https, address)] {
      #expect(HandoverMessage(message.text) == message)
    }
  }

  @Test func `Nobody at the path is no error, a file of another kind is none either`() throws {
    let path = Self.path()
    #expect(try Handover.take(from: path) == nil)
    let listener = try HandoverListener(path: path)
    listener.stop()
    #expect(access(path, F_OK) != 0)
    #expect(throws: SystemError.self) {
      _ = try Handover.take(from: String(repeating: "x", count: 200))
    }
  }

  @Test func `A successor that goes away leaves the server as it was`() async throws {
    let path = Self.path()
    let server = try Self.bind(generation: 1, at: LiveServer.loopback)
    try await server.start()
    let listener = try HandoverListener(path: path)
    defer { listener.stop() }
    let isTaken = Atomic(false)
    listener.start(sockets: { server.handed }) { _ in isTaken.store(true, ordering: .relaxed) }
    let result = await LiveServer.onThread {
      for _ in 0..<5 {
        // Taken, and dropped before it is confirmed.
        let handover = try #require(try Handover.take(from: path))
        #expect(handover.sockets.take(.tcp, server.addresses[0]).map(SystemCalls.close) != nil)
        let client = try TinyClient(udp: server.addresses[0])
        #expect(try client.ask(Self.name, .a).answers.count == 1)
        let stream = try TinyClient(tcp: server.addresses[0])
        #expect(try stream.ask(Self.name, .a).answers.count == 1)
      }
    }
    try result.get()
    let wasTaken = isTaken.load(ordering: .relaxed)
    #expect(!wasTaken)
    server.stop()
    await server.waitUntilStopped()
  }

  @Test func `Under load, servers follow each other and no query is lost`() async throws {
    let path = Self.path()
    let first = try Self.bind(generation: 0, at: LiveServer.loopback)
    try await first.start()
    let address = first.addresses[0]
    let load = SteadyLoad(address)
    load.start()
    var current = first
    var listener = try HandoverListener(path: path)
    let generations = 40
    for generation in 1...generations {
      let (taken, signal) = AsyncStream.makeStream(of: Void.self)
      listener.start(sockets: { [current] in current.handed }) { [current] released in
        Task {
          await current.handOver(onReleased: released)
          await current.waitUntilStopped()
          signal.finish()
        }
      }
      let next = try #require(
        try await Self.off { try Handover.take(from: path) })
      let successor = try Self.bind(
        generation: generation, at: address, inheriting: next.sockets,
        workerCount: generation % 3 + 1)
      #expect(successor.addresses == [address])
      try await successor.start { await next.confirm() }
      for await _ in taken {}
      let newListener = try HandoverListener(path: path)
      listener.stop()
      listener = newListener
      current = successor
    }
    let (sent, lost, last) = await load.stop()
    #expect(lost == 0, "of \(sent)")
    #expect(sent > generations)
    #expect(last == .a(0x0A60_0000 + UInt32(generations)))
    #expect(access(path, F_OK) == 0)
    listener.stop()
    #expect(access(path, F_OK) != 0)
    current.stop()
    await current.waitUntilStopped()
  }

  private static func off<Value: Sendable>(
    _ body: @escaping @Sendable () throws -> Value
  ) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
      DispatchQueue.global().async { continuation.resume(with: Result { try body() }) }
    }
  }
}

/// Asks one question after another, over UDP and TCP, until it is stopped; counts what is not
/// answered.
private final class SteadyLoad: Sendable {
  private struct State {
    var sent = 0
    var lost = 0
    var last: RecordData?
  }

  private let address: ClusterDNS.SocketAddress
  private let state = Mutex(State())
  private let isEnough = Atomic(false)
  private let hasEnded = DispatchSemaphore(value: 0)
  private static let clients = 3

  init(_ address: ClusterDNS.SocketAddress) { self.address = address }

  func start() {
    for number in 0..<Self.clients {
      ThreadStart { [self] in
        while !isEnough.load(ordering: .relaxed) { askSome(overTCP: number > 0) }
        hasEnded.signal()
      }.launch()
    }
  }

  /// A socket of its own for some queries, so that they come to all of the server's sockets.
  private func askSome(overTCP: Bool) {
    guard let client = try? overTCP ? TinyClient(tcp: address) : TinyClient(udp: address) else {
      state.withLock { $0.lost += 1 }
      return
    }
    for id in 1...(overTCP ? 2 : 20) as ClosedRange<UInt16> {
      let response = try? client.ask(HandoverTests.name, .a, id: id)
      state.withLock { state in
        state.sent += 1
        if response?.answers.count == 1 {
          state.last = response?.answers.first?.data
        } else {
          state.lost += 1
        }
      }
    }
  }

  /// What was asked, what was not answered, and the last answer of one more question.
  func stop() async -> (sent: Int, lost: Int, last: RecordData?) {
    isEnough.store(true, ordering: .relaxed)
    await withCheckedContinuation { continuation in
      DispatchQueue.global().async { [self] in
        for _ in 0..<Self.clients { hasEnded.wait() }
        askSome(overTCP: true)
        continuation.resume()
      }
    }
    return state.withLock { ($0.sent, $0.lost, $0.last) }
  }
}
