package import KubernetesAPI
import Netlink

/// Which of the node's addresses node ports are answered on.
package enum NodePortPolicy: Sendable, Hashable {
  /// The Node object's internal addresses, the first of each family; where it has none, every
  /// address of the node.
  case primary
  /// The node's own addresses inside these ranges.
  case ranges([CIDR])

  /// What the policy gives for the addresses the node has. Never loopback: the kernel would send
  /// answers past the translation.
  package func addresses(
    of node: Set<IPAddress>, internalAddresses: [IPAddress]
  ) -> Set<IPAddress> {
    let usable = node.filter { !$0.isLoopback && !$0.isLinkLocalUnicast && !$0.isMulticast }
    switch self {
    case .ranges(let ranges):
      return usable.filter { address in ranges.contains { $0.contains(address) } }
    case .primary:
      if internalAddresses.isEmpty { return usable }
      return Set(
        IPAddress.Family.allCases.compactMap { family in
          internalAddresses.first { $0.family == family }
        })
    }
  }
}

/// The addresses of the node, and word of their changes.
package protocol NodeAddressSource: Sendable {
  /// All addresses of all links.
  func addresses() throws -> Set<IPAddress>
  /// Blocks until addresses may have changed, or about a second has passed; returns whether they
  /// may have.
  func waitForChange() -> Bool
}

/// Over rtnetlink, in the network namespace this was made in.
package struct KernelAddresses: NodeAddressSource {
  private let route: RouteSocket
  private let monitor: NetlinkSocket

  package init() throws {
    route = try RouteSocket()
    monitor = try NetlinkSocket(.route, timeout: 1)
    try monitor.join(.addressesV4)
    try monitor.join(.addressesV6)
  }

  package func addresses() throws -> Set<IPAddress> {
    Set(try route.addresses().map(\.address))
  }

  package func waitForChange() -> Bool {
    do throws(NetlinkError) {
      _ = try monitor.receive()
      return true
    } catch {
      // Lost messages may have been about anything.
      return error.code != .timedOut
    }
  }
}
