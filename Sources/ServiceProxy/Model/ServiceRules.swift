package import KubernetesAPI

/// Turns one Service and its slices into what the node does for each of its frontends. A pure
/// function; which Service wins a frontend that two claim is decided in `FrontendClaims`.
package struct ServiceRules: Sendable, Equatable {
  /// In order; a frontend occurs once.
  package var rules: [FrontendRule] = []
  /// Ready endpoints on this node, of all ports: what the health-check port reports.
  package var localReady = 0
  /// Ports (all families) without an endpoint on this node where the policy wants one.
  package var lacksLocalInternally = false
  package var lacksLocalExternally = false

  package init() {}

  package init(_ service: Service, _ slices: [ProxySlice], node: ProxyNode) {
    guard Self.isProxied(service) else { return }
    let clusterIPs = service.clusterIPs.compactMap { IPAddress($0) }
    let external = Self.externalAddresses(service)
    var seen: Set<Frontend> = []
    for family in Set(clusterIPs.map(\.family)).sorted(by: { $0.rawValue < $1.rawValue }) {
      let slices = slices.filter { $0.family == family }
      localReady += Self.localReady(slices)
      for port in service.ports {
        let candidates = Self.candidates(port, slices)
        let choice = EndpointChoice(
          candidates, distribution: service.trafficDistribution, node: node)
        var found = Self.rules(service, port, family, clusterIPs, external, choice)
        found.removeAll { !seen.insert($0.frontend).inserted }
        rules += found
        guard choice.isAnywhere, choice.local.isEmpty else { continue }
        if service.traffic.internalPolicy == .local { lacksLocalInternally = true }
        if service.traffic.externalPolicy == .local, Self.isExternal(service) {
          lacksLocalExternally = true
        }
      }
    }
  }

  /// Headless Services and names have no address of their own.
  package static func isProxied(_ service: Service) -> Bool {
    service.type != .externalName && !service.isHeadless && !service.clusterIPs.isEmpty
      && service.metadata.labels["service.kubernetes.io/service-proxy-name"] == nil
  }

  static func isExternal(_ service: Service) -> Bool {
    service.type == .nodePort || service.type == .loadBalancer || !service.externalIPs.isEmpty
  }

  package static func candidates(
    _ port: Service.Port, _ slices: [ProxySlice]
  ) -> [EndpointChoice.Candidate] {
    slices.flatMap { slice -> [EndpointChoice.Candidate] in
      guard
        let found = slice.ports.first(where: {
          $0.name == port.name && $0.transport == port.transport
        })
      else { return [] }
      return slice.endpoints.map { EndpointChoice.Candidate($0, port: found.port) }
    }
  }

  private static func localReady(_ slices: [ProxySlice]) -> Int {
    Set(slices.flatMap(\.endpoints).filter { $0.isLocal && $0.isReady }.map(\.address)).count
  }

  private struct External {
    var address: IPAddress
    /// Whether `loadBalancerSourceRanges` guard it.
    var isLoadBalancer: Bool
  }

  private static func externalAddresses(_ service: Service) -> [External] {
    var found = service.externalIPs.compactMap { IPAddress($0) }
      .map { External(address: $0, isLoadBalancer: false) }
    if service.type == .loadBalancer {
      found += service.traffic.virtualAddresses.compactMap { IPAddress($0) }
        .map { External(address: $0, isLoadBalancer: true) }
    }
    return found.filter { !$0.address.isUnspecified && !$0.address.isLoopback }
  }

  private static func rules(
    _ service: Service, _ port: Service.Port, _ family: IPAddress.Family,
    _ clusterIPs: [IPAddress], _ external: [External], _ choice: EndpointChoice
  ) -> [FrontendRule] {
    var rules: [FrontendRule] = []
    let inner = clusterTreatment(service, choice)
    for address in clusterIPs where address.family == family {
      rules.append(
        FrontendRule(
          Frontend(address: address, transport: port.transport, port: port.port),
          isExternal: false, inner, serving: choice.serving))
    }
    let outer = externalTreatment(service, choice)
    let ranges = allowedSources(service, family)
    // Load balancers first: where the same address is also an external IP, their ranges hold.
    for item in external.filter(\.isLoadBalancer) + external.filter({ !$0.isLoadBalancer })
    where item.address.family == family {
      rules.append(
        FrontendRule(
          Frontend(address: item.address, transport: port.transport, port: port.port),
          isExternal: true, outer,
          allowedSources: item.isLoadBalancer ? ranges : nil, serving: choice.serving))
    }
    if port.nodePort > 0, service.type == .nodePort || service.type == .loadBalancer {
      rules.append(
        FrontendRule(
          Frontend(nodePort: port.nodePort, transport: port.transport, family: family),
          isExternal: true, outer, serving: choice.serving))
    }
    return rules
  }

  private static func clusterTreatment(
    _ service: Service, _ choice: EndpointChoice
  ) -> FrontendRule.Treatment {
    guard choice.isAnywhere else { return .reject }
    let backends = service.traffic.internalPolicy == .local ? choice.local : choice.cluster
    if backends.isEmpty { return service.traffic.internalPolicy == .local ? .drop : .reject }
    return .route(Route(.cluster, backends, affinity: service.traffic.affinityTimeout))
  }

  private static func externalTreatment(
    _ service: Service, _ choice: EndpointChoice
  ) -> FrontendRule.Treatment {
    let affinity = service.traffic.affinityTimeout
    guard choice.isAnywhere else { return .reject }
    if service.traffic.externalPolicy == .cluster {
      return choice.cluster.isEmpty
        ? .reject : .route(Route(.external, choice.cluster, affinity: affinity))
    }
    // Clients inside the cluster follow the internal policy, wherever the endpoints are.
    let inside = service.traffic.internalPolicy == .local ? choice.local : choice.cluster
    if choice.local.isEmpty, inside.isEmpty { return .drop }
    return .route(Route(.local, choice.local, inside: inside, affinity: affinity))
  }

  /// Ranges of one family, none inside another. Nil where no range of the family is given.
  static func allowedSources(_ service: Service, _ family: IPAddress.Family) -> [CIDR]? {
    guard service.type == .loadBalancer else { return nil }
    var texts = service.traffic.sourceRanges
    if texts.isEmpty {
      let annotation = "service.beta.kubernetes.io/load-balancer-source-ranges"
      texts = (service.metadata.annotations[annotation] ?? "").split(separator: ",")
        .map(String.init)
    }
    let ranges = texts.compactMap { CIDR($0.filter { $0 != " " }) }.filter { $0.family == family }
    guard !ranges.isEmpty else { return nil }
    let widest = Set(ranges).sorted { $0.prefixLength < $1.prefixLength }
    let kept = widest.reduce(into: [CIDR]()) { kept, range in
      if !kept.contains(where: { $0.contains(range.network) }) { kept.append(range) }
    }
    return kept.contains { $0.prefixLength == 0 }
      ? nil : kept.sorted { $0.network < $1.network }
  }
}
