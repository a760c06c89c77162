import CRollcallLinux
import Glibc
import KubernetesAPI

/// Connections to a container, made on a thread of their own.
enum TCPConnection {
  /// Connects within a time. Throws `LinuxError`.
  ///
  /// - Returns: a blocking descriptor, to be closed by the caller.
  static func open(_ address: IPAddress, _ port: UInt16, timeout: Duration) async throws -> Int32 {
    try await BlockingThread.run { try connect(address, port, timeout: timeout) }
  }

  static func connect(
    _ address: IPAddress, _ port: UInt16, timeout: Duration
  ) throws(LinuxError) -> Int32 {
    let family = address.family == .v4 ? AF_INET : AF_INET6
    let type = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
    let descriptor = try LinuxCall.check("socket") { socket(family, type, 0) }
    do throws(LinuxError) {
      let result = withAddress(address, port) { Glibc.connect(descriptor, $0, $1) }
      if result != 0, errno != EINPROGRESS { throw LinuxError(number: errno, what: "connect") }
      let milliseconds = Int32(clamping: timeout.nanoseconds / 1_000_000)
      var poller = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
      guard poll(&poller, 1, milliseconds) > 0 else {
        throw LinuxError(number: ETIMEDOUT, what: "connect")
      }
      var error: Int32 = 0
      var size = socklen_t(MemoryLayout<Int32>.size)
      getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &error, &size)
      if error != 0 { throw LinuxError(number: error, what: "connect") }
      _ = fcntl(descriptor, F_SETFL, 0)
      return descriptor
    } catch {
      close(descriptor)
      throw error
    }
  }

  private static func withAddress(
    _ address: IPAddress, _ port: UInt16, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
  ) -> Int32 {
    // struct sockaddr_in and sockaddr_in6, written byte by byte.
    var bytes: [UInt8] = []
    let family = UInt16(address.family == .v4 ? AF_INET : AF_INET6)
    withUnsafeBytes(of: family) { bytes += $0 }
    withUnsafeBytes(of: port.bigEndian) { bytes += $0 }
    if address.family == .v4 {
      bytes += address.bytes + [UInt8](repeating: 0, count: 8)
    } else {
      bytes += [0, 0, 0, 0] + address.bytes + [0, 0, 0, 0]
    }
    return bytes.withUnsafeBytes { raw in
      raw.withMemoryRebound(to: sockaddr.self) { pointer in
        guard let base = pointer.baseAddress else { return -1 }
        return body(base, socklen_t(raw.count))
      }
    }
  }
}
