package import KubernetesAPI

/// Decides which addresses of the pool a Service's status should name. Pure.
package struct LoadBalancerReconciler: Sendable {
  /// The class Services may name to ask for us; those that name none are ours too.
  package static let className = "rollcall.dev/pool"

  package let pool: AddressPool

  package init(pool: AddressPool) { self.pool = pool }

  package enum Decision: Sendable, Equatable {
    /// The status is right, or somebody else's.
    case keep
    /// `status.loadBalancer.ingress` becomes these addresses.
    case set([IPAddress])
    /// No address is left of this family.
    case exhausted(IPAddress.Family)
  }

  package func isOurs(_ service: Service) -> Bool {
    service.type == .loadBalancer
      && (service.traffic.loadBalancerClass ?? Self.className) == Self.className
  }

  /// - Parameter taken: addresses other Services have.
  package func decide(
    _ service: Service, requested: String? = nil, taken: Set<IPAddress>
  ) -> Decision {
    let current = service.loadBalancerAddresses.compactMap { IPAddress($0) }
    guard isOurs(service), !service.metadata.isBeingDeleted else {
      // Ours is taken back when a Service stops being a load balancer; a foreign status stays.
      let isOrphan = service.type != .loadBalancer && current.contains(where: pool.contains)
      return isOrphan ? .set([]) : .keep
    }
    var wanted: [IPAddress] = []
    let asked = requested.flatMap { IPAddress($0) }
    for family in Self.families(service) {
      if let asked, asked.family == family, pool.contains(asked), !taken.contains(asked) {
        wanted.append(asked)
      } else if let kept = current.first(where: {
        $0.family == family && pool.contains($0) && !taken.contains($0)
      }) {
        wanted.append(kept)
      } else if let free = pool.free(family, taken: taken) {
        wanted.append(free)
      } else if pool.ranges.contains(where: { $0.family == family }) {
        return .exhausted(family)
      }
    }
    return wanted == current ? .keep : .set(wanted)
  }

  private static func families(_ service: Service) -> [IPAddress.Family] {
    if !service.ipFamilies.isEmpty { return service.ipFamilies }
    let addresses = service.clusterIPs.compactMap { IPAddress($0)?.family }
    return addresses.reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
  }
}
