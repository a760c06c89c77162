/// Multicast groups of rtnetlink (RTNLGRP_*).
package enum RouteGroup: Int32, Sendable {
  case links = 1
  case neighbours = 3
  case addressesV4 = 5
  case routesV4 = 7
  case addressesV6 = 9
  case routesV6 = 11
}

extension NetlinkSocket {
  /// Joins a group of rtnetlink; `receive` then gives its messages.
  package func join(_ group: RouteGroup) throws(NetlinkError) { try join(group: group.rawValue) }
}
