package import KubernetesAPI

/// The canonical form of an Endpoints object's subsets: every address once for each set of ports it
/// offers, sets that offer the same ports together, everything sorted.
///
/// As Kubernetes' RepackSubsets, but sorted by content instead of by a hash of it.
package enum SubsetPacking {
  package static func repack(_ subsets: [Endpoints.Subset]) -> [Endpoints.Subset] {
    // Which addresses offer each port, and whether they are ready there. Where one address is
    // both, not ready wins.
    var addresses: [AddressKey: Endpoints.Address] = [:]
    var offers: [Endpoints.Port?: [AddressKey: Bool]] = [:]
    for subset in subsets {
      let ports = subset.ports.isEmpty ? [nil] : subset.ports.map(Optional.some)
      let members =
        subset.addresses.map { ($0, true) } + subset.notReadyAddresses.map { ($0, false) }
      for (address, isReady) in members {
        let key = AddressKey(address)
        if addresses[key] == nil { addresses[key] = address }
        for port in ports {
          offers[port, default: [:]][key] = isReady && offers[port]?[key] ?? true
        }
      }
    }
    // Ports that the same addresses offer make one subset. Their states are compared too, which
    // differ only in objects nobody makes.
    var portsByAddresses: [[AddressKey: Bool]: [Endpoints.Port]] = [:]
    for (port, members) in offers {
      portsByAddresses[members, default: []] += [port].compactMap(\.self)
    }
    return portsByAddresses.map { members, ports in
      func list(_ isReady: Bool) -> [Endpoints.Address] {
        members.filter { $0.value == isReady }.map(\.key).sorted().compactMap { addresses[$0] }
      }
      return Endpoints.Subset(
        addresses: list(true), notReadyAddresses: list(false), ports: ports.sorted(by: precedes))
    }.sorted(by: precedes)
  }

  /// Two Pods may have one address (on a Node's network), so that the address alone is no key.
  private struct AddressKey: Hashable, Comparable {
    var ip: String
    var uid: String

    init(_ address: Endpoints.Address) {
      ip = address.ip
      uid = address.targetRef?.uid ?? ""
    }

    static func < (left: AddressKey, right: AddressKey) -> Bool {
      (left.ip, left.uid) < (right.ip, right.uid)
    }
  }

  private static func precedes(_ left: Endpoints.Port, _ right: Endpoints.Port) -> Bool {
    (left.name, left.port, left.transport.rawValue, left.appProtocol ?? "")
      < (right.name, right.port, right.transport.rawValue, right.appProtocol ?? "")
  }

  private static func precedes(_ left: Endpoints.Subset, _ right: Endpoints.Subset) -> Bool {
    if left.ports != right.ports {
      return left.ports.lexicographicallyPrecedes(right.ports, by: precedes)
    }
    let leftAddresses = (left.addresses + left.notReadyAddresses).map(AddressKey.init)
    let rightAddresses = (right.addresses + right.notReadyAddresses).map(AddressKey.init)
    return leftAddresses.lexicographicallyPrecedes(rightAddresses)
  }
}
