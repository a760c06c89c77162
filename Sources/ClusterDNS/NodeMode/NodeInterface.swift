import Glibc
import KubernetesAPI
import Netlink

/// The interface that carries the addresses at which a node's Pods find DNS.
struct NodeInterface: Sendable {
  static let name = "rollcall-dns"

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
    let link: Link
    if let present = try routes.link(named: Self.name) { link = present } else { link = try make() }
    let present = try routes.addresses().filter { $0.index == link.index }.map(\.address)
    for address in addresses where !present.contains(address) {
      let length = address.family == .v4 ? 32 : 128
      try routes.add(LinkAddress(index: link.index, address: address, prefixLength: length))
    }
    try routes.setUp(link.index)
  }

  private func make() throws(NetlinkError) -> Link {
    do throws(NetlinkError) {
      return try routes.create("dummy", name: Self.name)
    } catch {
      // A kernel without that kind: a bridge without ports serves as well.
      guard error.code == .system(EOPNOTSUPP) else { throw error }
      return try routes.create("bridge", name: Self.name)
    }
  }

  /// Removes the interface, and its addresses with it, if it is there.
  func remove() throws(NetlinkError) {
    if let link = try routes.link(named: Self.name) { try routes.deleteLink(link.index) }
  }
}
