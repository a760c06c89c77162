import CRollcallLinux
import Glibc
import KubernetesAPI

/// A TCP socket that listens. The kernel takes connections from here on; they wait until they are
/// accepted.
final class StreamSocket: Sendable {
  let descriptor: Int32
  /// With the port the kernel chose, if it was asked to.
  let address: SocketAddress

  /// Throws ``SystemError`` if the address is taken or not ours.
  init(_ address: SocketAddress) throws(SystemError) {
    let descriptor = try SystemCalls.tcpSocket(address.family)
    let bound: SocketAddress
    do {
      // A predecessor's connections may still be closing.
      try SystemCalls.setOption(descriptor, SOL_SOCKET, SO_REUSEADDR, 1, "SO_REUSEADDR")
      if address.address.family == .v6 {
        try SystemCalls.setOption(descriptor, Int32(IPPROTO_IPV6), IPV6_V6ONLY, 1, "IPV6_V6ONLY")
      }
      try SystemCalls.bind(descriptor, to: address, "TCP")
      try SystemCalls.listen(descriptor, backlog: ServerLimits.backlog)
      bound = try SystemCalls.localAddress(descriptor)
    } catch {
      SystemCalls.close(descriptor)
      throw error
    }
    self.descriptor = descriptor
    self.address = bound
  }

  /// Takes over a socket that listens already.
  init(inheriting descriptor: Int32) throws(SystemError) {
    do {
      address = try SystemCalls.localAddress(descriptor)
    } catch {
      SystemCalls.close(descriptor)
      throw error
    }
    self.descriptor = descriptor
  }

  deinit { SystemCalls.close(descriptor) }
}
