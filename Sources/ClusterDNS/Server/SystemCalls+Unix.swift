import CRollcallLinux
import Glibc

// Unix sockets, and descriptors that travel over them.
extension SystemCalls {
  static func handoverSocket() throws(SystemError) -> Int32 {
    let type = Int32(SOCK_SEQPACKET.rawValue | SOCK_CLOEXEC.rawValue)
    return try check("socket", retry { socket(AF_UNIX, type, 0) })
  }

  static func bind(_ descriptor: Int32, path: String) throws(SystemError) {
    let result = try withUnixAddress(path) { address, size in
      retry { Glibc.bind(descriptor, address, size) }
    }
    _ = try check("bind \(path)", result)
  }

  static func connect(_ descriptor: Int32, path: String) throws(SystemError) {
    let result = try withUnixAddress(path) { address, size in
      retry { Glibc.connect(descriptor, address, size) }
    }
    _ = try check("connect \(path)", result)
  }

  static func listen(_ descriptor: Int32, backlog: Int32) throws(SystemError) {
    _ = try check("listen", retry { Glibc.listen(descriptor, backlog) })
  }

  /// The next connection; nil when the socket was shut down.
  static func accept(_ descriptor: Int32) -> Int32? {
    let flags = Int32(SOCK_CLOEXEC.rawValue)
    let result = retry { rollcall_accept4(descriptor, flags) }
    return result >= 0 ? result : nil
  }

  /// Another descriptor for the same socket.
  static func duplicate(_ descriptor: Int32) throws(SystemError) -> Int32 {
    try check("dup", retry { fcntl(descriptor, F_DUPFD_CLOEXEC, 0) })
  }

  static func setReceiveTimeout(_ descriptor: Int32, seconds: Int) throws(SystemError) {
    var time = timeval(tv_sec: seconds, tv_usec: 0)
    let size = socklen_t(MemoryLayout<timeval>.size)
    _ = try check(
      "setsockopt SO_RCVTIMEO",
      retry { setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &time, size) })
  }

  private static func withUnixAddress(
    _ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
  ) throws(SystemError) -> Int32 {
    let bytes = Array(path.utf8)
    var address = sockaddr_un()
    // Room for the zero byte at the end.
    guard bytes.count < MemoryLayout.size(ofValue: address.sun_path) else {
      throw SystemError(code: ENAMETOOLONG, call: path)
    }
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
    return withUnsafePointer(to: &address) { pointer in
      // sockaddr is what all addresses begin with.
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
  }

  /// A control message with one descriptor (cmsg(3), SCM_RIGHTS).
  private struct PassedDescriptor {
    var header = rollcall_cmsghdr(
      length: MemoryLayout<rollcall_cmsghdr>.size + MemoryLayout<Int32>.size,
      level: SOL_SOCKET, type: Int32(rollcall_scm_rights()))
    var descriptor: Int32 = -1
    var padding: Int32 = 0
  }

  /// Sends one message, and a descriptor with it.
  static func send(
    _ descriptor: Int32, _ bytes: [UInt8], passing passed: Int32?
  ) throws(SystemError) {
    var bytes = bytes
    var control = PassedDescriptor()
    if let passed { control.descriptor = passed }
    let result = exchange(&bytes, &control, hasControl: passed != nil) { message in
      retry { Int32(sendmsg(descriptor, &message, Int32(MSG_NOSIGNAL))) }
    }
    _ = try check("sendmsg", result)
  }

  /// The next message, empty at the end, and the descriptor that came with it.
  static func receive(_ descriptor: Int32) throws(SystemError) -> ([UInt8], Int32?) {
    var bytes = [UInt8](repeating: 0, count: 256)
    var control = PassedDescriptor()
    var controlLength = 0
    let result = exchange(&bytes, &control, hasControl: true) { message in
      let result = retry { Int32(recvmsg(descriptor, &message, rollcall_msg_cmsg_cloexec())) }
      controlLength = message.msg_controllen
      return result
    }
    let count = try check("recvmsg", result)
    let hasPassed =
      controlLength >= control.header.length && control.header.level == SOL_SOCKET
      && control.header.type == rollcall_scm_rights() && control.descriptor >= 0
    return (Array(bytes.prefix(Int(count))), hasPassed ? control.descriptor : nil)
  }

  private static func exchange(
    _ bytes: inout [UInt8], _ control: inout PassedDescriptor, hasControl: Bool,
    _ body: (inout msghdr) -> Int32
  ) -> Int32 {
    bytes.withUnsafeMutableBytes { buffer in
      withUnsafeMutableBytes(of: &control) { control in
        var piece = iovec(iov_base: buffer.baseAddress, iov_len: buffer.count)
        return withUnsafeMutablePointer(to: &piece) { piece in
          var message = msghdr()
          message.msg_iov = piece
          message.msg_iovlen = 1
          if hasControl {
            message.msg_control = control.baseAddress
            message.msg_controllen = control.count
          }
          return body(&message)
        }
      }
    }
  }
}
