import CRollcallLinux
import Glibc

/// A connected UDP socket with the memory for batches of queries and responses.
final class ClientSocket {
  static let batch = 64
  private static let bufferSize = 1536

  let descriptor: Int32
  private let received: UnsafeMutableRawPointer
  private let incoming: UnsafeMutablePointer<rollcall_mmsghdr>
  private let outgoing: UnsafeMutablePointer<rollcall_mmsghdr>
  private let incomingPieces: UnsafeMutablePointer<iovec>
  private let outgoingPieces: UnsafeMutablePointer<iovec>
  private let queries: UnsafeMutableRawPointer
  private var prepared = 0

  init(port: UInt16) throws {
    descriptor = try Self.connect(to: port)
    received = .allocate(byteCount: Self.batch * Self.bufferSize, alignment: 64)
    queries = .allocate(byteCount: Self.batch * Self.bufferSize, alignment: 64)
    incoming = .allocate(capacity: Self.batch)
    outgoing = .allocate(capacity: Self.batch)
    incomingPieces = .allocate(capacity: Self.batch)
    outgoingPieces = .allocate(capacity: Self.batch)
    for index in 0..<Self.batch {
      let offset = index * Self.bufferSize
      (incomingPieces + index).initialize(
        to: iovec(iov_base: received + offset, iov_len: Self.bufferSize))
      (outgoingPieces + index).initialize(to: iovec(iov_base: queries + offset, iov_len: 0))
      var message = rollcall_mmsghdr()
      message.header.msg_iovlen = 1
      message.header.msg_iov = incomingPieces + index
      (incoming + index).initialize(to: message)
      message.header.msg_iov = outgoingPieces + index
      (outgoing + index).initialize(to: message)
    }
  }

  private static func connect(to port: UInt16) throws -> Int32 {
    let type = Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
    let descriptor = socket(AF_INET, type, 0)
    guard descriptor >= 0 else { throw ServerFailure("no socket") }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var size: Int32 = 4 << 20
    setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &size, 4)
    let result = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard result == 0 else { throw ServerFailure("cannot connect to port \(port)") }
    return descriptor
  }

  deinit {
    close(descriptor)
    received.deallocate()
    queries.deallocate()
    incoming.deallocate()
    outgoing.deallocate()
    incomingPieces.deallocate()
    outgoingPieces.deallocate()
  }

  /// Takes what responses there are, without waiting.
  func receive(_ body: (_ bytes: UnsafeRawBufferPointer) -> Void) -> Int {
    let count = Int(
      rollcall_recvmmsg(descriptor, incoming, UInt32(Self.batch), Int32(MSG_DONTWAIT)))
    guard count > 0 else { return 0 }
    for index in 0..<count {
      body(
        UnsafeRawBufferPointer(
          start: received + index * Self.bufferSize, count: Int(incoming[index].length)))
    }
    return count
  }

  var isFull: Bool { prepared == Self.batch }

  /// Puts a query with an id of its own into the batch to send, which is not full.
  func prepare(_ query: [UInt8], id: UInt16) {
    let buffer = queries + prepared * Self.bufferSize
    query.withUnsafeBytes { bytes in
      if let base = bytes.baseAddress { buffer.copyMemory(from: base, byteCount: bytes.count) }
    }
    buffer.storeBytes(of: id.bigEndian, as: UInt16.self)
    outgoingPieces[prepared].iov_len = query.count
    prepared += 1
  }

  /// Sends the batch. Queries that the kernel does not take are lost, as on a network.
  func send() {
    var sent = 0
    while sent < prepared {
      let count = Int(
        rollcall_sendmmsg(descriptor, outgoing + sent, UInt32(prepared - sent), 0))
      sent += max(1, count)
    }
    prepared = 0
  }

  /// Waits for a response on one of the sockets, for some milliseconds at most.
  static func wait(for sockets: [ClientSocket], milliseconds: Int32) {
    var polled = sockets.map { pollfd(fd: $0.descriptor, events: Int16(POLLIN), revents: 0) }
    _ = poll(&polled, nfds_t(polled.count), milliseconds)
  }
}
