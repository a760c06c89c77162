import CRollcallLinux
import Glibc

/// Keeps a second agent out of a network namespace, where both would give out the same addresses on
/// the same bridge. The kernel lets go of it when the process ends, however it ends.
final class NodeLock: Sendable {
  private let descriptor: Int32

  /// A name without a file (unix(7)): it belongs to the network namespace.
  private static let name = "rollcall-node"

  /// Throws `LinuxError`, EADDRINUSE if there is another agent.
  init() throws(LinuxError) {
    let type = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
    descriptor = try LinuxCall.check("socket") { socket(AF_UNIX, type, 0) }
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { raw in
      // The first byte stays 0: that is what makes it a name without a file.
      for (index, byte) in Self.name.utf8.enumerated() { raw[index + 1] = byte }
    }
    let size = MemoryLayout<sa_family_t>.size + 1 + Self.name.utf8.count
    let bound = withUnsafePointer(to: &address) { pointer in
      // A sockaddr_un is a sockaddr.
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, socklen_t(size))
      }
    }
    guard bound == 0 else {
      let number = errno
      close(descriptor)
      throw LinuxError(number: number, what: "the lock of this machine's Node")
    }
  }

  deinit { close(descriptor) }
}
