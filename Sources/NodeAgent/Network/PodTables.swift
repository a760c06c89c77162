package import KubernetesAPI
package import Netlink

/// The nftables tables of the Node's Pods: what leaves for networks that know no Pods gets the
/// Node's address, and ports of the Node lead to the Pods that took them.
///
/// A table of its own, beside the service proxy's: Pods need it whoever serves Services here, and
/// their addresses and ports are known to the agent before anybody else.
package enum PodTables {
  package static let name = "rollcall-pods"

  /// A Pod's ports and where they lead.
  package struct Mapping: Sendable, Hashable {
    package var claims: [HostPortClaim]
    package var addresses: [IPAddress]

    package init(claims: [HostPortClaim], addresses: [IPAddress]) {
      self.claims = claims
      self.addresses = addresses
    }
  }

  /// After the chains that serve Services, which have -100.
  private static let translation: Int32 = -99
  private static let sourceTranslation: Int32 = 100
  private static let early: Int32 = -110

  private static let hostPorts = "host-ports"
  private static let anyHostPorts = "any-host-ports"
  private static let hairpins = "hairpins"
  private static let outbound = "outbound"

  /// Without rules: to be removed.
  package static let empty = IPAddress.Family.allCases.map { FilterTable(name, family: $0) }

  /// - Parameters:
  ///   - bridge: name of the link Pods are connected to.
  ///   - ranges: the Node's.
  ///   - clusterRanges: where Pods' addresses are seen as they are.
  package static func tables(
    bridge: String, ranges: [CIDR], clusterRanges: [CIDR], mappings: [Mapping]
  ) -> [FilterTable] {
    ranges.map { range in
      let family = range.family
      let mappings = mappings.compactMap { mapping in
        mapping.addresses.first { $0.family == family }.map { (mapping.claims, $0) }
      }
      return FilterTable(
        name, family: family, lookups: lookups(family, mappings),
        chains: [
          outboundChain(family, clusterRanges.filter { $0.family == family } + [range])
        ] + hooks(bridge, range))
    }
  }

  private static func lookups(
    _ family: IPAddress.Family, _ mappings: [([HostPortClaim], IPAddress)]
  ) -> [FilterTable.Lookup] {
    var bound: [[UInt8]: [UInt8]] = [:]
    var unbound: [[UInt8]: [UInt8]] = [:]
    var pairs: [[UInt8]: [UInt8]] = [:]
    for (claims, address) in mappings {
      for claim in claims where claim.covers(family) {
        var key: [UInt8] = []
        if let bind = claim.address { FilterTable.append(bind, to: &key) }
        FilterTable.append(claim.port.transport, to: &key)
        FilterTable.append(port: claim.port.port, to: &key)
        var value: [UInt8] = []
        FilterTable.append(address, to: &value)
        FilterTable.append(port: claim.containerPort, to: &value)
        if claim.address == nil { unbound[key] = value } else { bound[key] = value }
      }
      pairs[address.bytes + address.bytes] = []
    }
    return [
      FilterTable.Lookup(
        hostPorts, key: [.destination, .transport, .destinationPort], isMap: true, elements: bound),
      FilterTable.Lookup(
        anyHostPorts, key: [.transport, .destinationPort], isMap: true, elements: unbound),
      FilterTable.Lookup(hairpins, key: [.source, .destination], isMap: false, elements: pairs),
    ]
  }

  private static func outboundChain(
    _ family: IPAddress.Family, _ inside: [CIDR]
  ) -> FilterTable.Chain {
    let multicast = CIDR(family == .v4 ? "224.0.0.0/4" : "ff00::/8")
    let exceptions = (inside + [multicast].compactMap(\.self)).map {
      [FilterStatement.destinationIn($0), .verdict(.returns)]
    }
    return FilterTable.Chain(outbound, rules: exceptions + [[.masquerade]])
  }

  private static func hooks(_ bridge: String, _ range: CIDR) -> [FilterTable.Chain] {
    let translations: [[FilterStatement]] = [
      [.destinationIsLocal, .translate(hostPorts, [.destination, .transport, .destinationPort])],
      [.destinationIsLocal, .translate(anyHostPorts, [.transport, .destinationPort])],
    ]
    // What comes back by the Node must go by it, too: a Pod that calls itself by the Node's port,
    // and the Node calling by its loopback address.
    var sources: [[FilterStatement]] = [
      [.isTranslated, .member(hairpins, [.source, .destination]), .masquerade],
      [.sourceIn(range), .verdict(.jump(outbound))],
    ]
    var chains = [
      FilterTable.Chain(
        "nat-prerouting", hook: .init(.nat, .prerouting, translation), rules: translations),
      FilterTable.Chain(
        "nat-output", hook: .init(.nat, .output, translation), rules: translations),
    ]
    if range.family == .v4, let loopback = CIDR("127.0.0.0/8") {
      sources.insert([.isTranslated, .sourceIn(loopback), .masquerade], at: 0)
      // The bridge routes loopback addresses, so that the Node's own can be translated; nothing
      // that comes from Pods may use that to reach what listens on loopback only.
      chains.append(
        FilterTable.Chain(
          "filter-prerouting", hook: .init(.filter, .prerouting, early),
          rules: [[.inputLink(bridge), .destinationIn(loopback), .verdict(.drop)]]))
    }
    chains.append(
      FilterTable.Chain(
        "nat-postrouting", hook: .init(.nat, .postrouting, sourceTranslation), rules: sources))
    return chains
  }
}
