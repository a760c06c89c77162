import KubernetesAPI

/// Which endpoints of one Service port serve which traffic on this node.
package struct EndpointChoice: Sendable, Equatable {
  /// For traffic any endpoint may serve.
  package var cluster: [Backend]
  /// For traffic only endpoints of this node may serve.
  package var local: [Backend]
  /// All that answer, chosen or not.
  package var serving: [Backend]
  /// Whether any endpoint, anywhere, could serve.
  package var isAnywhere: Bool { !cluster.isEmpty || !local.isEmpty }

  /// Why an endpoint is in the cluster-wide set, or not.
  package enum Reason: String, Sendable, Hashable {
    case ready = "ready"
    case fallback = "terminating but still serving, and none is ready"
    case notReady = "not ready"
    case terminating = "terminating, and others are ready"
    case otherZone = "hinted for other zones"
    case otherNode = "hinted for other nodes"

    package var isIn: Bool { self == .ready || self == .fallback }
  }

  /// A candidate: an endpoint with the port its slice has under the Service port's name.
  package struct Candidate: Sendable, Hashable {
    package var endpoint: ProxyEndpoint
    package var port: UInt16

    package init(_ endpoint: ProxyEndpoint, port: UInt16) {
      self.endpoint = endpoint
      self.port = port
    }

    var backend: Backend { Backend(endpoint.address, port, isNear: endpoint.isNear) }
  }

  /// The topology in force (KEP-2433, KEP-3015): hints count only where every ready endpoint
  /// carries one and one of them is for us, so that a half-written set never loses traffic.
  enum Topology: Equatable {
    case none
    case zone(String)
    case node(String)
  }

  static func topology(
    of ready: [Candidate], distribution: String?, node: ProxyNode
  ) -> Topology {
    guard !ready.isEmpty else { return .none }
    if distribution == "PreferSameNode", ready.allSatisfy({ !$0.endpoint.hintedNodes.isEmpty }),
      ready.contains(where: { $0.endpoint.hintedNodes.contains(node.name) })
    {
      return .node(node.name)
    }
    if let zone = node.zone, ready.allSatisfy({ !$0.endpoint.hintedZones.isEmpty }),
      ready.contains(where: { $0.endpoint.hintedZones.contains(zone) })
    {
      return .zone(zone)
    }
    return .none
  }

  package init(_ candidates: [Candidate], distribution: String?, node: ProxyNode) {
    let reasons = Self.reasons(candidates, distribution: distribution, node: node)
    cluster = Self.unique(zip(candidates, reasons).filter(\.1.isIn).map(\.0.backend))
    let near = candidates.filter(\.endpoint.isLocal)
    let ready = near.filter(\.endpoint.isReady)
    local = Self.unique(
      (ready.isEmpty ? near.filter(\.endpoint.isFallback) : ready).map(\.backend))
    serving = Self.unique(candidates.filter(\.endpoint.isServing).map(\.backend))
    // Most often the same, and then kept once.
    if serving == cluster { serving = cluster }
  }

  /// For each candidate, whether and why it is in the cluster-wide set.
  package static func reasons(
    _ candidates: [Candidate], distribution: String?, node: ProxyNode
  ) -> [Reason] {
    let ready = candidates.filter(\.endpoint.isReady)
    let topology = topology(of: ready, distribution: distribution, node: node)
    return candidates.map { candidate in
      let endpoint = candidate.endpoint
      guard endpoint.isReady else {
        if ready.isEmpty, endpoint.isFallback { return .fallback }
        return endpoint.isFallback ? .terminating : .notReady
      }
      switch topology {
      case .none: return .ready
      case .zone(let zone): return endpoint.hintedZones.contains(zone) ? .ready : .otherZone
      case .node(let name): return endpoint.hintedNodes.contains(name) ? .ready : .otherNode
      }
    }
  }

  /// Sorted, each address and port once: an endpoint may stand in two slices while it moves.
  private static func unique(_ backends: [Backend]) -> [Backend] {
    let sorted = backends.sorted()
    return sorted.reduce(into: []) { kept, next in
      if let last = kept.last, last.address == next.address, last.port == next.port { return }
      kept.append(next)
    }
  }
}
