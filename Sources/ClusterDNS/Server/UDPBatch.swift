import CRollcallLinux
import Glibc

/// The memory of one worker: buffers for a batch of datagrams with all that recvmmsg and sendmmsg
/// want around them.
///
/// Everything is allocated once and wired together; a receive only restores what the last one
/// changed. A response replaces its query in the same buffer and goes back to the same address.
///
/// Sendable because its one owner alone knows the memory.
struct UDPBatch: ~Copyable, @unchecked Sendable {
  let capacity: Int
  private let buffers: UnsafeMutableRawPointer
  private let peers: UnsafeMutablePointer<sockaddr_in6>
  private let controls: UnsafeMutablePointer<rollcall_pktinfo6>
  private let pieces: UnsafeMutablePointer<iovec>
  private let incoming: UnsafeMutablePointer<rollcall_mmsghdr>
  private let outgoing: UnsafeMutablePointer<rollcall_mmsghdr>
  /// Bytes of control data a message may have.
  private let controlSize: Int
  private let isIPv6: Bool
  /// Messages of the last receive, all of whose fields may have been changed.
  private var received = 0
  /// Responses waiting in `outgoing`.
  private var prepared = 0

  init(capacity: Int = ServerLimits.batch, isIPv6: Bool, tellsDestination: Bool) {
    self.capacity = capacity
    self.isIPv6 = isIPv6
    controlSize = tellsDestination ? MemoryLayout<rollcall_pktinfo6>.size : 0
    let size = capacity * ServerLimits.datagram
    buffers = .allocate(byteCount: size, alignment: 64)
    buffers.initializeMemory(as: UInt8.self, repeating: 0, count: size)
    let peerSize = capacity * MemoryLayout<sockaddr_in6>.stride
    let peerMemory = UnsafeMutableRawPointer.allocate(byteCount: peerSize, alignment: 8)
    peerMemory.initializeMemory(as: UInt8.self, repeating: 0, count: peerSize)
    // Zeros are a sockaddr_in6.
    peers = peerMemory.bindMemory(to: sockaddr_in6.self, capacity: capacity)
    controls = .allocate(capacity: capacity)
    controls.initialize(repeating: rollcall_pktinfo6(), count: capacity)
    pieces = .allocate(capacity: capacity)
    incoming = .allocate(capacity: capacity)
    outgoing = .allocate(capacity: capacity)
    for index in 0..<capacity {
      // In bounds: every array has `capacity` elements, the buffers as many parts.
      let buffer = buffers + index * ServerLimits.datagram
      (pieces + index).initialize(
        to: iovec(iov_base: buffer, iov_len: ServerLimits.datagram))
      var message = rollcall_mmsghdr()
      message.header.msg_name = UnsafeMutableRawPointer(peers + index)
      message.header.msg_iov = pieces + index
      message.header.msg_iovlen = 1
      if controlSize > 0 { message.header.msg_control = UnsafeMutableRawPointer(controls + index) }
      (incoming + index).initialize(to: message)
      (outgoing + index).initialize(to: message)
      restore(index)
    }
  }

  deinit {
    outgoing.deallocate()
    incoming.deallocate()
    pieces.deallocate()
    controls.deallocate()
    peers.deallocate()
    buffers.deallocate()
  }

  /// Makes a message ready to be received into.
  private func restore(_ index: Int) {
    incoming[index].header.msg_namelen = socklen_t(MemoryLayout<sockaddr_in6>.size)
    incoming[index].header.msg_controllen = controlSize
    incoming[index].header.msg_flags = 0
    pieces[index].iov_len = ServerLimits.datagram
  }

  /// Waits for datagrams. Their number, or a negative error number.
  mutating func receive(from descriptor: Int32) -> Int {
    for index in 0..<received { restore(index) }
    received = 0
    prepared = 0
    let count = SystemCalls.receiveMessages(descriptor, incoming, capacity)
    received = max(0, count)
    return count
  }

  /// The buffer of a datagram, and the bytes of it that were received. A datagram that was cut to
  /// fit counts as empty: there is no such query.
  func datagram(_ index: Int) -> (buffer: UnsafeMutableRawBufferPointer, length: Int) {
    let message = incoming[index]
    let isCut = message.header.msg_flags & Int32(MSG_TRUNC) != 0
    return (
      UnsafeMutableRawBufferPointer(
        start: buffers + index * ServerLimits.datagram, count: ServerLimits.datagram),
      isCut ? 0 : Int(message.length)
    )
  }

  /// Puts the response that stands in a datagram's buffer into the batch to send.
  mutating func prepareResponse(_ index: Int, length: Int) {
    pieces[index].iov_len = length
    // In bounds: there are at most as many responses as datagrams.
    outgoing[prepared].header = incoming[index].header
    if controlSize > 0 { clearInterface(index) }
    prepared += 1
  }

  /// The address a datagram came from, in either family's form. Valid until the next receive.
  func peerAddress(_ index: Int) -> UnsafeRawPointer {
    UnsafeRawPointer(peers + index)  // In bounds: the caller has the index from a receive.
  }

  /// Where a datagram came from, for a response that is sent later.
  func peer(_ index: Int) -> UDPPeer {
    if controlSize > 0 { clearInterface(index) }
    return UDPPeer(
      address: peers[index], addressLength: incoming[index].header.msg_namelen,
      control: controls[index],
      controlLength: controlSize > 0 ? incoming[index].header.msg_controllen : 0)
  }

  /// The response leaves from the address that was asked, but by whatever interface the routes
  /// say, which need not be the one the query came in by.
  private func clearInterface(_ index: Int) {
    guard incoming[index].header.msg_controllen > 0 else { return }
    let control = UnsafeMutableRawPointer(controls + index)
    let offset =
      isIPv6
      ? MemoryLayout<rollcall_pktinfo6>.offset(of: \.interface_index)
      : MemoryLayout<rollcall_pktinfo4>.offset(of: \.interface_index)
    // In bounds: both forms of control message fit the larger.
    if let offset { control.storeBytes(of: 0, toByteOffset: offset, as: UInt32.self) }
  }

  /// Sends what was prepared, all of it: the kernel may take a part at a time. A response it
  /// refuses (to an address without a route, say) is left out. Returns how many were.
  mutating func send(to descriptor: Int32) -> Int {
    var sent = 0
    var refused = 0
    while sent < prepared {
      let count = SystemCalls.sendMessages(descriptor, outgoing + sent, prepared - sent)
      if count > 0 {
        sent += count
      } else {
        sent += 1
        refused += 1
      }
    }
    prepared = 0
    return refused
  }
}
