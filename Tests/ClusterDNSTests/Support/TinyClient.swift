import DNSMessage
import Glibc
import KubernetesAPI

@testable import ClusterDNS

/// A client of sockets and nothing else. Calls block, at most fifteen seconds; then they fail.
struct TinyClient: ~Copyable {
  struct Failure: Error {
    var call: String
    var code: Int32
  }

  let descriptor: Int32
  private let isStream: Bool

  init(udp address: SocketAddress) throws {
    try self.init(address, type: Int32(SOCK_DGRAM.rawValue))
  }

  init(tcp address: SocketAddress) throws {
    try self.init(address, type: Int32(SOCK_STREAM.rawValue))
  }

  private init(_ address: SocketAddress, type: Int32) throws {
    isStream = type == Int32(SOCK_STREAM.rawValue)
    descriptor = socket(address.family, type, 0)
    guard descriptor >= 0 else { throw Failure(call: "socket", code: errno) }
    var timeout = timeval(tv_sec: 15, tv_usec: 0)
    let size = socklen_t(MemoryLayout<timeval>.size)
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &timeout, size)
    setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &timeout, size)
    // A connected UDP socket takes datagrams from that address only.
    let own = descriptor
    guard address.withSockaddr({ connect(own, $0, $1) }) == 0 else {
      throw Failure(call: "connect", code: errno)
    }
  }

  deinit { close(descriptor) }

  func send(_ bytes: [UInt8]) throws {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes {
        Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
      }
      guard count > 0 else { throw Failure(call: "send", code: errno) }
      rest = rest.dropFirst(count)
    }
  }

  /// A datagram, or what a stream has; empty at a stream's end.
  func receive(atMost count: Int = 65_535) throws -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    let received = bytes.withUnsafeMutableBytes { recv(descriptor, $0.baseAddress, $0.count, 0) }
    if received < 0, isStream, errno == ECONNRESET { return [] }
    guard received >= 0 else { throw Failure(call: "recv", code: errno) }
    return Array(bytes[..<received])
  }

  /// Exactly that many bytes of a stream; fewer at its end.
  func receiveAll(_ count: Int) throws -> [UInt8] {
    var bytes: [UInt8] = []
    while bytes.count < count {
      let more = try receive(atMost: count - bytes.count)
      if more.isEmpty { break }
      bytes += more
    }
    return bytes
  }

  /// The next message of a stream; nil at its end.
  func receiveFrame() throws -> Message? {
    let prefix = try receiveAll(2)
    guard prefix.count == 2 else { return nil }
    return try Message(try receiveAll(Int(prefix[0]) << 8 | Int(prefix[1])))
  }

  /// Whether there is something to receive, or the end, within that time.
  func waitForInput(milliseconds: Int32) -> Bool {
    var wait = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    return poll(&wait, 1, milliseconds) > 0
  }

  func endSending() { shutdown(descriptor, Int32(SHUT_WR)) }

  /// One question and its response.
  func ask(_ name: String, _ type: RecordType, id: UInt16 = 1, edns: EDNS? = nil) throws -> Message
  {
    try exchange(
      Message(
        id: id, questions: [Question(name: DomainName(name) ?? .root, type: type)], edns: edns))
  }

  /// A query and its response.
  func exchange(_ message: Message) throws -> Message {
    let query = try message.encoded()
    if isStream {
      try send(Self.framed(query))
      return try receiveFrame() ?? Message(id: 0)
    }
    try send(query)
    return try Message(try receive())
  }

  static func query(
    _ name: String, _ type: RecordType, id: UInt16 = 1, edns: EDNS? = nil
  ) throws -> [UInt8] {
    try Message(
      id: id, questions: [Question(name: DomainName(name) ?? .root, type: type)], edns: edns
    ).encoded()
  }

  static func framed(_ message: [UInt8]) -> [UInt8] {
    [UInt8(message.count >> 8), UInt8(message.count & 0xFF)] + message
  }
}
