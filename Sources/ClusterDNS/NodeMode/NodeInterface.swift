import Glibc
import KubernetesAPI
import Netlink

/// The interface that carries the addresses at which a node's Pods find DNS.
struct NodeInterface: Sendable {
  static let name = "rollcall-dns"
  /// Kinds of links that stand alone, best first: not every kernel has each.
  private static let kinds = ["dummy", "bridge"]

  private let routes: RouteSocket

  /// - Parameter namespace: where the interface is; nil for this process's own.
  init(in namespace: NetworkNamespace? = nil) throws(NetlinkError) {
    if let namespace {
      routes = try RouteSocket(in: namespace)
    } else {
      routes = try RouteSocket()
    }
  }

  /// Makes the interface with these addresses. One that is there already, because a predecessor
  /// serves or had no time to tidy up, is used.
  func add(_ addresses: [IPAddress]) throws(NetlinkError) {
    let link = try routes.link(named: Self.name) ?? make()
    let present = try routes.addresses().filter { $0.index == link.index }.map(\.address)
    for address in addresses where !present.contains(address) {
      let length = address.family == .v4 ? 32 : 128
      try routes.add(LinkAddress(index: link.index, address: address, prefixLength: length))
    }
    try routes.setUp(link.index)
  }

  private func make() throws(NetlinkError) -> Link {
    for kind in Self.kinds.dropLast() {
      do {
        return try routes.create(kind, name: Self.name)
      } catch  where error.code == .system(EOPNOTSUPP) {
        continue  // The kernel has no such kind.
      }
    }
    return try routes.create(Self.kinds[Self.kinds.count - 1], name: Self.name)
  }

  /// Removes the interface, and its addresses with it, if it is there.
  func remove() throws(NetlinkError) {
    if let link = try routes.link(named: Self.name) { try routes.deleteLink(link.index) }
  }
}
