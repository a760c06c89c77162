import CRollcallLinux
import Glibc
import KubernetesAPI

/// A bound UDP socket that shares its address with those of other workers. It is closed when nobody
/// receives from it or owes it a response any more.
final class UDPSocket: Sendable {
  let descriptor: Int32
  /// With the port the kernel chose, if it was asked to.
  let address: SocketAddress

  /// Throws ``SystemError`` if the address is taken or not ours.
  init(_ address: SocketAddress) throws(SystemError) {
    let descriptor = try SystemCalls.udpSocket(address.family)
    let tellsDestination = address.address.isUnspecified
    let bound: SocketAddress
    do {
      try Self.configure(descriptor, address, tellsDestination: tellsDestination)
      try SystemCalls.bind(descriptor, to: address)
      bound = try SystemCalls.localAddress(descriptor)
    } catch {
      SystemCalls.close(descriptor)
      throw error
    }
    self.descriptor = descriptor
    self.address = bound
  }

  /// Takes over a socket that is bound already, as `init` would have bound it.
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

  private static func configure(
    _ descriptor: Int32, _ address: SocketAddress, tellsDestination: Bool
  ) throws(SystemError) {
    // The kernel spreads clients over the sockets of one address.
    try SystemCalls.setOption(descriptor, SOL_SOCKET, SO_REUSEPORT, 1, "SO_REUSEPORT")
    try SystemCalls.setOption(
      descriptor, SOL_SOCKET, SO_RCVBUF, ServerLimits.receiveBuffer, "SO_RCVBUF")
    let v4 = Int32(IPPROTO_IP)
    let v6 = Int32(IPPROTO_IPV6)
    switch address.address.family {
    case .v4:
      if tellsDestination {
        try SystemCalls.setOption(descriptor, v4, IP_PKTINFO, 1, "IP_PKTINFO")
      }
      // Responses fit any path; what routers claim of it is not believed.
      try SystemCalls.setOption(
        descriptor, v4, IP_MTU_DISCOVER, IP_PMTUDISC_OMIT, "IP_MTU_DISCOVER")
    case .v6:
      try SystemCalls.setOption(descriptor, v6, IPV6_V6ONLY, 1, "IPV6_V6ONLY")
      if tellsDestination {
        try SystemCalls.setOption(
          descriptor, v6, rollcall_ipv6_recvpktinfo(), 1, "IPV6_RECVPKTINFO")
      }
    }
  }
}
