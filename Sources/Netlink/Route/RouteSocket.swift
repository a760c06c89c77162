import KubernetesAPI

/// Links, addresses, routes and neighbours of one network namespace (rtnetlink(7)).
///
/// Every method throws `NetlinkError`.
package struct RouteSocket: Sendable {
  package let socket: NetlinkSocket

  /// In the calling thread's namespace.
  package init() throws(NetlinkError) { socket = try NetlinkSocket(.route) }

  /// In another namespace.
  package init(in namespace: NetworkNamespace) throws(NetlinkError) {
    socket = try namespace.run { () throws(NetlinkError) in try NetlinkSocket(.route) }
  }

  /// AF_INET and AF_INET6, of the same value in every header of rtnetlink.
  static func number(of family: IPAddress.Family?) -> UInt8 {
    switch family {
    case .v4: 2
    case .v6: 10
    case nil: 0
    }
  }

  func perform(
    _ type: UInt16, _ flags: NetlinkMessage.Flags, _ payload: NetlinkPayload, _ name: String
  ) throws(NetlinkError) {
    try socket.perform(NetlinkMessage(type: type, flags: flags, payload: payload), name)
  }
}
