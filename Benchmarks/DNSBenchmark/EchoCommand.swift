import ArgumentParser
import CRollcallLinux
import Glibc

/// The kernel's floor: sends every datagram back as it came, in batches, and does nothing else.
/// What a name server spends above this is its own.
struct EchoCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "echo", abstract: "Send every datagram back: what any UDP server costs at least.")

  @Argument(help: "Port of 127.0.0.1 to serve.")
  var port: UInt16

  private static let batch = 64
  private static let bufferSize = 1664

  func run() throws {
    let descriptor = socket(
      AF_INET, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    var size: Int32 = 4 << 20
    setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &size, 4)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    let result = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard result == 0 else { throw ServerFailure("port \(port) is taken") }
    serve(descriptor)
  }

  private func serve(_ descriptor: Int32) -> Never {
    let buffers = UnsafeMutableRawPointer.allocate(
      byteCount: Self.batch * Self.bufferSize, alignment: 64)
    let peers = UnsafeMutablePointer<sockaddr_in>.allocate(capacity: Self.batch)
    let pieces = UnsafeMutablePointer<iovec>.allocate(capacity: Self.batch)
    let messages = UnsafeMutablePointer<rollcall_mmsghdr>.allocate(capacity: Self.batch)
    for index in 0..<Self.batch {
      (pieces + index).initialize(
        to: iovec(iov_base: buffers + index * Self.bufferSize, iov_len: Self.bufferSize))
      var message = rollcall_mmsghdr()
      message.header.msg_name = UnsafeMutableRawPointer(peers + index)
      message.header.msg_namelen = socklen_t(MemoryLayout<sockaddr_in>.size)
      message.header.msg_iov = pieces + index
      message.header.msg_iovlen = 1
      (messages + index).initialize(to: message)
    }
    while true {
      let count = Int(
        rollcall_recvmmsg(
          descriptor, messages, UInt32(Self.batch), rollcall_msg_waitforone()))
      guard count > 0 else { continue }
      for index in 0..<count { pieces[index].iov_len = Int(messages[index].length) }
      var sent = 0
      while sent < count {
        sent += max(
          1, Int(rollcall_sendmmsg(descriptor, messages + sent, UInt32(count - sent), 0)))
      }
      for index in 0..<count { pieces[index].iov_len = Self.bufferSize }
    }
  }
}
