import DNSMessage
import Glibc
import KubernetesAPI
import Synchronization

@testable import ClusterDNS

/// A name server on loopback that answers from a closure, and remembers what it was asked.
final class FakeUpstream: Sendable {
  /// One query as it arrived.
  struct Query: Sendable {
    var message: Message
    var isStream: Bool
    var source: ClusterDNS.SocketAddress
  }

  /// What is sent back, in order; as bytes, so that they may be wrong.
  typealias Behaviour = @Sendable (Query) -> [[UInt8]]

  private struct State {
    var queries: [Query] = []
    var isStopped = false
  }

  let address: ClusterDNS.SocketAddress
  private let udp: Int32
  private let tcp: Int32
  private let behaviour: Behaviour
  private let state = Mutex(State())

  init(_ behaviour: @escaping Behaviour) throws {
    self.behaviour = behaviour
    var bound: (Int32, Int32, ClusterDNS.SocketAddress)?
    for _ in 0..<20 where bound == nil { bound = try Self.bindBoth() }
    guard let bound else { throw TinyClient.Failure(call: "bind", code: EADDRINUSE) }
    (udp, tcp, address) = bound
    for descriptor in [udp, tcp] {
      // The thread ends when the descriptor's socket is shut down.
      Self.onThread { [self] in descriptor == udp ? serveUDP() : accept() }
    }
  }

  /// The same free port for both; nil if the second is taken.
  private static func bindBoth() throws -> (Int32, Int32, ClusterDNS.SocketAddress)? {
    let udp = socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0)
    guard LiveServer.loopback.withSockaddr({ bind(udp, $0, $1) }) == 0 else {
      throw TinyClient.Failure(call: "bind", code: errno)
    }
    let address = try SystemCalls.localAddress(udp)
    let tcp = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    guard address.withSockaddr({ bind(tcp, $0, $1) }) == 0, listen(tcp, 64) == 0 else {
      close(udp)
      close(tcp)
      return nil
    }
    return (udp, tcp, address)
  }

  private static func onThread(_ body: @escaping @Sendable () -> Void) {
    let box = Unmanaged.passRetained(Body(body)).toOpaque()
    var thread = pthread_t()
    pthread_create(
      &thread, nil,
      { box in
        if let box { Unmanaged<Body>.fromOpaque(box).takeRetainedValue().run() }
        return nil
      }, box)
    pthread_detach(thread)
  }

  private final class Body: Sendable {
    let run: @Sendable () -> Void
    init(_ run: @escaping @Sendable () -> Void) { self.run = run }
  }

  var upstream: Upstream { Upstream(address) }
  var queries: [Query] { state.withLock(\.queries) }
  /// Of the questions asked over UDP, in order.
  var names: [String] {
    queries.filter { !$0.isStream }.compactMap { $0.message.questions.first?.name }.map {
      DomainName(wire: $0.lowercasedWire)?.description ?? ""
    }
  }

  func stop() {
    state.withLock { $0.isStopped = true }
    shutdown(udp, Int32(SHUT_RDWR))
    shutdown(tcp, Int32(SHUT_RDWR))
  }

  private var isStopped: Bool { state.withLock(\.isStopped) }

  private func answers(
    to bytes: [UInt8], isStream: Bool, from storage: sockaddr_storage
  )
    -> [[UInt8]]
  {
    guard let message = try? Message(bytes) else { return [] }
    let query = Query(message: message, isStream: isStream, source: SocketAddress(storage))
    state.withLock { $0.queries.append(query) }
    return behaviour(query)
  }

  private func serveUDP() {
    var buffer = [UInt8](repeating: 0, count: 65_535)
    while !isStopped {
      var peer = sockaddr_storage()
      var size = socklen_t(MemoryLayout<sockaddr_storage>.size)
      let count = withUnsafeMutablePointer(to: &peer) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          recvfrom(udp, &buffer, buffer.count, 0, $0, &size)
        }
      }
      guard count > 0 else { continue }
      for answer in answers(to: Array(buffer[..<count]), isStream: false, from: peer) {
        _ = withUnsafePointer(to: &peer) { pointer in
          pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            sendto(udp, answer, answer.count, 0, $0, size)
          }
        }
      }
    }
    close(udp)
  }

  private func accept() {
    while !isStopped {
      let connection = Glibc.accept(tcp, nil, nil)
      guard connection >= 0 else { continue }
      Self.onThread { [self] in
        serve(connection)
        close(connection)
      }
    }
    close(tcp)
  }

  private func serve(_ connection: Int32) {
    while let prefix = Self.read(connection, 2),
      let query = Self.read(connection, Int(prefix[0]) << 8 | Int(prefix[1]))
    {
      for answer in answers(to: query, isStream: true, from: sockaddr_storage()) {
        let frame = TinyClient.framed(answer)
        guard send(connection, frame, frame.count, Int32(MSG_NOSIGNAL)) == frame.count else {
          return
        }
      }
    }
  }

  private static func read(_ connection: Int32, _ count: Int) -> [UInt8]? {
    var bytes: [UInt8] = []
    while bytes.count < count {
      var piece = [UInt8](repeating: 0, count: count - bytes.count)
      let received = recv(connection, &piece, piece.count, 0)
      guard received > 0 else { return nil }
      bytes += piece[..<received]
    }
    return bytes
  }
}

extension FakeUpstream.Query {
  var name: String { message.questions.first?.name.description ?? "" }
  var type: RecordType { message.questions.first?.type ?? .a }

  /// A response with these records; `change` may break it.
  func response(
    _ answers: [Record] = [], code: ResponseCode = .noError, authority: [Record] = [],
    change: (inout Message) -> Void = { _ in }
  ) -> [UInt8] {
    var response = Message(
      id: message.id,
      flags: HeaderFlags(
        rawValue: HeaderFlags.response | HeaderFlags.recursionDesired
          | HeaderFlags.recursionAvailable),
      responseCode: code, questions: message.questions, answers: answers, authority: authority,
      edns: message.edns == nil ? nil : EDNS())
    change(&response)
    return (try? response.encoded()) ?? []
  }

  /// An address for the name asked.
  func address(_ value: UInt32 = 0xC000_0201, ttl: UInt32 = 60) -> [UInt8] {
    response([
      Record(name: message.questions.first?.name ?? .root, ttl: ttl, data: .a(value))
    ])
  }

  /// A denial with the SOA record that RFC 2308 asks for.
  func denial(_ code: ResponseCode = .nameError, ttl: UInt32 = 60) -> [UInt8] {
    response(code: code, authority: [Self.soa(ttl: ttl)])
  }

  static func soa(ttl: UInt32) -> Record {
    Record(
      name: DomainName("example") ?? .root, ttl: ttl,
      data: .soa(
        StartOfAuthority(
          primary: .root, mailbox: .root, serial: 1, refresh: 1, retry: 1, expire: 1,
          minimum: ttl)))
  }
}
