import CRollcallLinux
import Glibc

/// A system call that failed.
package struct SystemError: Error, Equatable, CustomStringConvertible {
  /// An `errno` value.
  package var code: Int32
  /// The call, and what it was called for.
  package var call: String

  package init(code: Int32, call: String) {
    self.code = code
    self.call = call
  }

  package var description: String { "\(call): \(String(cString: strerror(code)))" }

  /// The address is taken by another socket.
  package var isAddressInUse: Bool { code == EADDRINUSE }
  package var isPermissionDenied: Bool { code == EACCES || code == EPERM }
}

/// Every system call of this module, interrupted ones made again.
///
/// Errors that only a bug of ours can cause (a descriptor or an address that is none) end the
/// process: going on would send one client what belongs to another.
enum SystemCalls {
  /// The result, or the error number as a negative.
  static func retry(_ call: () -> Int32) -> Int32 {
    while true {
      let result = call()
      if result >= 0 { return result }
      let code = errno
      if code == EINTR { continue }
      precondition(code != EFAULT && code != EBADF, "system call with a bad argument: \(code)")
      return -code
    }
  }

  static func check(_ name: String, _ result: Int32) throws(SystemError) -> Int32 {
    if result < 0 { throw SystemError(code: -result, call: name) }
    return result
  }

  static func udpSocket(_ family: Int32) throws(SystemError) -> Int32 {
    let type = Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue)
    return try check("socket", retry { socket(family, type, 0) })
  }

  static func tcpSocket(_ family: Int32) throws(SystemError) -> Int32 {
    let type = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
    return try check("socket", retry { socket(family, type, 0) })
  }

  static func setOption(
    _ descriptor: Int32, _ level: Int32, _ option: Int32, _ value: Int32, _ name: String
  ) throws(SystemError) {
    var value = value
    let size = socklen_t(MemoryLayout<Int32>.size)
    _ = try check(
      "setsockopt \(name)", retry { setsockopt(descriptor, level, option, &value, size) })
  }

  static func bind(
    _ descriptor: Int32, to address: SocketAddress, _ transport: String = "UDP"
  ) throws(SystemError) {
    let result = address.withSockaddr { pointer, size in
      retry { Glibc.bind(descriptor, pointer, size) }
    }
    _ = try check("bind \(address) (\(transport))", result)
  }

  static func localAddress(_ descriptor: Int32) throws(SystemError) -> SocketAddress {
    var storage = sockaddr_storage()
    var size = socklen_t(MemoryLayout<sockaddr_storage>.size)
    let result = withUnsafeMutablePointer(to: &storage) { pointer in
      // sockaddr_storage is made to be any sockaddr.
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
        retry { getsockname(descriptor, address, &size) }
      }
    }
    _ = try check("getsockname", result)
    return SocketAddress(storage)
  }

  /// Ends reading: blocked readers return. The error that Linux gives for sockets without a peer
  /// says nothing; it wakes them all the same.
  static func shutDownReading(_ descriptor: Int32) {
    _ = Glibc.shutdown(descriptor, Int32(SHUT_RD))
  }

  static func close(_ descriptor: Int32) {
    // Not made again: Linux has closed the descriptor whatever it returns.
    _ = Glibc.close(descriptor)
  }

  /// Waits for one message and takes what else is there. The messages, or a negative error number:
  /// a wait that was interrupted is not begun again, so that a thread can be told to stop.
  static func receiveMessages(
    _ descriptor: Int32, _ messages: UnsafeMutablePointer<rollcall_mmsghdr>, _ count: Int
  ) -> Int {
    let flags = rollcall_msg_waitforone()
    let result = rollcall_recvmmsg(descriptor, messages, UInt32(count), flags)
    if result >= 0 { return Int(result) }
    let code = errno
    precondition(code != EFAULT && code != EBADF, "recvmmsg with a bad argument: \(code)")
    return -Int(code)
  }

  /// The messages sent, from the first on; or a negative error number of the first.
  static func sendMessages(
    _ descriptor: Int32, _ messages: UnsafeMutablePointer<rollcall_mmsghdr>, _ count: Int
  ) -> Int {
    Int(retry { rollcall_sendmmsg(descriptor, messages, UInt32(count), 0) })
  }

  /// Sends one message, if that can be done at once.
  static func sendMessage(_ descriptor: Int32, _ bytes: [UInt8], to peer: UDPPeer) {
    var peer = peer
    var control = peer.control
    var bytes = bytes
    let (addressLength, controlLength) = (peer.addressLength, peer.controlLength)
    withUnsafeMutablePointer(to: &peer.address) { address in
      withUnsafeMutablePointer(to: &control) { control in
        bytes.withUnsafeMutableBytes { buffer in
          var piece = iovec(iov_base: buffer.baseAddress, iov_len: buffer.count)
          withUnsafeMutablePointer(to: &piece) { piece in
            var message = msghdr()
            message.msg_name = UnsafeMutableRawPointer(address)
            message.msg_namelen = addressLength
            message.msg_iov = piece
            message.msg_iovlen = 1
            if controlLength > 0 {
              message.msg_control = UnsafeMutableRawPointer(control)
              message.msg_controllen = controlLength
            }
            _ = retry { Int32(sendmsg(descriptor, &message, Int32(MSG_DONTWAIT))) }
          }
        }
      }
    }
  }
}
