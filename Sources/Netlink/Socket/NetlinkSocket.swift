import Glibc
import Synchronization

/// A netlink socket of one protocol family, for requests and their answers or for the messages of
/// multicast groups.
///
/// Calls block: answers to requests come within the call into the kernel that sends them, so what
/// is waited for is there. A socket belongs to the network namespace it was opened in.
package final class NetlinkSocket: Sendable {
  /// NETLINK_* of netlink(7).
  package enum Family: Int32, Sendable {
    case route = 0
    case netfilter = 12
  }

  package let family: Family
  /// For poll(2); owned by this object.
  package let descriptor: Int32

  /// One request at a time: whoever waits reads every answer, and would drop another's.
  private let turn = Mutex(())

  /// A dump that was interrupted is tried so often.
  private static let dumpAttempts = 5
  /// The kernel fills at most this much of one datagram.
  private static let datagramSize = 1 << 16
  private static let solNetlink: Int32 = 270

  /// Throws `NetlinkError`.
  ///
  /// - Parameters:
  ///   - receiveBuffer: bytes of messages the kernel keeps for us; nil for its default.
  ///   - timeout: seconds a call waits for an answer; nil to wait for ever.
  package init(
    _ family: Family, receiveBuffer: Int32? = nil, timeout: Int? = 10
  ) throws(NetlinkError) {
    self.family = family
    let kind = Int32(SOCK_RAW.rawValue | SOCK_CLOEXEC.rawValue)
    descriptor = socket(AF_NETLINK, kind, family.rawValue)
    guard descriptor >= 0 else { throw NetlinkError(.system(errno), "netlink socket") }
    // struct sockaddr_nl: the kernel chooses the port; groups are joined later.
    var address = [UInt8](repeating: 0, count: 12)
    address[0] = UInt8(AF_NETLINK)
    let bound = address.withUnsafeBytes { raw in
      raw.withMemoryRebound(to: sockaddr.self) { pointer in
        bind(descriptor, pointer.baseAddress, socklen_t(raw.count))
      }
    }
    guard bound == 0 else { throw NetlinkError(.system(errno), "netlink bind") }
    // Older kernels know neither option; then errors come without words.
    setOption(Self.solNetlink, 10, 1)  // NETLINK_CAP_ACK
    setOption(Self.solNetlink, 11, 1)  // NETLINK_EXT_ACK
    if let receiveBuffer {
      setOption(SOL_SOCKET, SO_RCVBUF, receiveBuffer)
      setOption(SOL_SOCKET, 33, receiveBuffer)  // SO_RCVBUFFORCE, as root beyond the limit.
    }
    if let timeout {
      var limit = timeval(tv_sec: timeout, tv_usec: 0)
      _ = setsockopt(
        descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    }
  }

  deinit {
    if descriptor >= 0 { close(descriptor) }
  }

  private func setOption(_ level: Int32, _ option: Int32, _ value: Int32) {
    var value = value
    _ = setsockopt(descriptor, level, option, &value, socklen_t(MemoryLayout<Int32>.size))
  }

  // MARK: Requests

  /// Sends one request and returns when the kernel has acknowledged it.
  package func perform(_ message: NetlinkMessage, _ name: String) throws(NetlinkError) {
    for error in try perform(batch: [message], name) {
      if let error { throw error }
    }
  }

  /// Sends several requests in one datagram, as nftables' batches must be, and returns what became
  /// of each: nil, or its error. Messages without `acknowledge` (the batch's begin and end) are
  /// taken to have succeeded unless the kernel names them in an error.
  ///
  /// Throws if sending fails or an answer stays out.
  package func perform(
    batch: [NetlinkMessage], _ name: String
  ) throws(NetlinkError) -> [NetlinkError?] {
    try turn.withLock { _ throws(NetlinkError) in try exchange(batch, name) }
  }

  private func exchange(
    _ batch: [NetlinkMessage], _ name: String
  ) throws(NetlinkError) -> [NetlinkError?] {
    let first = SequenceNumbers.take(batch.count)
    var bytes: [UInt8] = []
    var waiting: Set<UInt32> = []
    for (offset, message) in batch.enumerated() {
      var message = message
      message.sequence = first &+ UInt32(offset)
      message.flags.insert(.request)
      if message.flags.contains(.acknowledge) || batch.count == 1 {
        message.flags.insert(.acknowledge)
        waiting.insert(message.sequence)
      }
      message.encode(into: &bytes)
    }
    try send(bytes, name)
    var outcomes = [NetlinkError?](repeating: nil, count: batch.count)
    while !waiting.isEmpty {
      for message in try receive(name) {
        let offset = message.sequence &- first
        guard offset < UInt32(batch.count), let answer = message.acknowledgement() else {
          continue
        }
        if answer.number != 0 {
          outcomes[Int(offset)] = NetlinkError(
            .system(answer.number), name, explanation: answer.explanation)
        }
        waiting.remove(message.sequence)
        // A batch that is refused as a whole is answered at its first message only.
        if answer.number != 0, batch.count > 1, offset == 0 { waiting = [] }
      }
    }
    return outcomes
  }

  /// Sends a request for one object and returns the answer.
  package func get(_ message: NetlinkMessage, _ name: String) throws(NetlinkError) -> NetlinkMessage
  {
    try turn.withLock { _ throws(NetlinkError) in try getOne(message, name) }
  }

  private func getOne(
    _ message: NetlinkMessage, _ name: String
  ) throws(NetlinkError) -> NetlinkMessage {
    let sequence = try sendRequest(message, name)
    while true {
      for answer in try receive(name) where answer.sequence == sequence {
        guard let acknowledgement = answer.acknowledgement() else { return answer }
        throw NetlinkError(
          .system(acknowledgement.number), name, explanation: acknowledgement.explanation)
      }
    }
  }

  /// Sends a request for a list and returns all of it; one that changes while it is read is read
  /// again.
  package func dump(
    _ message: NetlinkMessage, _ name: String
  ) throws(NetlinkError)
    -> [NetlinkMessage]
  {
    var request = message
    request.flags.formUnion(.dump)
    for _ in 0..<Self.dumpAttempts {
      let list = try turn.withLock { _ throws(NetlinkError) in try dumpOnce(request, name) }
      if let list { return list }
    }
    throw NetlinkError(.interrupted, name)
  }

  private func dumpOnce(
    _ request: NetlinkMessage, _ name: String
  ) throws(NetlinkError) -> [NetlinkMessage]? {
    let sequence = try sendRequest(request, name)
    var list: [NetlinkMessage] = []
    var isInterrupted = false
    while true {
      for answer in try receive(name) where answer.sequence == sequence {
        if answer.flags.contains(.dumpInterrupted) { isInterrupted = true }
        switch answer.type {
        case NetlinkMessage.doneType:
          if let code: Int32 = answer.number(at: 0), code < 0, code != Int32.min {
            throw NetlinkError(.system(-code), name)
          }
          return isInterrupted ? nil : list
        case NetlinkMessage.errorType:
          let acknowledgement = answer.acknowledgement()
          throw NetlinkError(
            acknowledgement.map { .system($0.number) } ?? .malformed, name,
            explanation: acknowledgement?.explanation ?? "")
        default: list.append(answer)
        }
      }
    }
  }

  private func sendRequest(
    _ message: NetlinkMessage, _ name: String
  ) throws(NetlinkError) -> UInt32 {
    var message = message
    message.sequence = SequenceNumbers.take(1)
    message.flags.insert(.request)
    var bytes: [UInt8] = []
    message.encode(into: &bytes)
    try send(bytes, name)
    return message.sequence
  }

  // MARK: Multicast

  /// Joins a multicast group (NETLINK_ADD_MEMBERSHIP); its messages come from `receive`.
  package func join(group: Int32) throws(NetlinkError) {
    var group = group
    let size = socklen_t(MemoryLayout<Int32>.size)
    guard setsockopt(descriptor, Self.solNetlink, 1, &group, size) == 0 else {
      throw NetlinkError(.system(errno), "netlink group \(group)")
    }
  }

  /// Waits for one datagram and returns its messages.
  ///
  /// Throws `NetlinkError` with `overrun` if messages were lost, `timedOut` if none came.
  package func receive(_ name: String = "netlink receive") throws(NetlinkError) -> [NetlinkMessage]
  {
    var buffer = [UInt8](repeating: 0, count: Self.datagramSize)
    while true {
      let count = buffer.withUnsafeMutableBytes { raw in
        recv(descriptor, raw.baseAddress, raw.count, Int32(MSG_TRUNC))
      }
      if count < 0 {
        switch errno {
        case EINTR: continue
        case EAGAIN: throw NetlinkError(.timedOut, name)
        case ENOBUFS: throw NetlinkError(.overrun, name)
        default: throw NetlinkError(.system(errno), name)
        }
      }
      guard count <= buffer.count, let messages = NetlinkMessage.parse(buffer[..<count]) else {
        throw NetlinkError(.malformed, name)
      }
      if messages.contains(where: { $0.type == NetlinkMessage.overrunType }) {
        throw NetlinkError(.overrun, name)
      }
      return messages
    }
  }

  private func send(_ bytes: [UInt8], _ name: String) throws(NetlinkError) {
    while true {
      let sent = bytes.withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress, $0.count, 0) }
      if sent == bytes.count { return }
      if sent < 0, errno == EINTR { continue }
      // The kernel takes a datagram whole or not at all.
      throw NetlinkError(.system(sent < 0 ? errno : EMSGSIZE), name)
    }
  }
}
