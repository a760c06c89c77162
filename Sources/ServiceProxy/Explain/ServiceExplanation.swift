package import KubernetesAPI

/// Says, from objects alone, what one node does with traffic to a Service: which rule decides,
/// which endpoints are in and why, and what becomes of a packet.
package struct ServiceExplanation: Sendable {
  package var service: Service
  package var slices: [EndpointSlice]
  package var node: ProxyNode
  /// Of the node; they decide about node ports and whose source is the node's.
  package var nodeAddresses: Set<IPAddress>
  package var settings: TableSettings

  package init(
    service: Service, slices: [EndpointSlice], node: ProxyNode, nodeAddresses: Set<IPAddress>,
    settings: TableSettings = TableSettings()
  ) {
    self.service = service
    self.slices = slices
    self.node = node
    self.nodeAddresses = nodeAddresses
    self.settings = settings
  }

  /// - Parameters:
  ///   - port: the number or name of a port; nil for all.
  ///   - source: where packets would come from; nil leaves them out.
  /// - Returns: lines to print; nil if the Service has no such port.
  package func lines(port: String? = nil, from source: IPAddress? = nil) -> [String]? {
    let name = "\(service.metadata.namespace)/\(service.metadata.name)"
    guard ServiceRules.isProxied(service) else {
      return [unproxied(name)]
    }
    let ports = service.ports.filter {
      port == nil || $0.name == port || String($0.port) == port
    }
    guard !ports.isEmpty else { return nil }
    let compact = slices.compactMap { ProxySlice($0, node: node.name) }
    let rules = ServiceRules(service, compact, node: node)
    var lines = ["Service \(name), as node \(node.name) serves it"]
    for port in ports {
      let title = port.name.isEmpty ? "" : " (\(port.name))"
      lines.append("port \(port.port)/\(port.transport.rawValue)\(title)")
      let frontends = rules.rules.filter { isFor(port, $0.frontend) }
      for rule in frontends {
        lines.append("  \(rule.frontend): \(Self.sentence(rule))")
        if let source { lines += arrival(rule.frontend, source, compact).map { "    " + $0 } }
      }
      lines += endpoints(port, compact)
    }
    return lines
  }

  private func unproxied(_ name: String) -> String {
    if service.type == .externalName {
      return "Service \(name) is a name for \(service.externalName): DNS alone answers for it"
    }
    if service.isHeadless {
      return "Service \(name) is headless: its names lead to its Pods, and no proxy is involved"
    }
    return "Service \(name) has no cluster IP, or is left to another proxy"
  }

  private func isFor(_ port: Service.Port, _ frontend: Frontend) -> Bool {
    frontend.transport == port.transport
      && frontend.port == (frontend.address == nil ? port.nodePort : port.port)
  }

  private static func sentence(_ rule: FrontendRule) -> String {
    var sentence: String
    switch rule.treatment {
    case .reject: sentence = "refused at once: no endpoint is ready"
    case .drop: sentence = "dropped: the policy is Local and no endpoint is on this node"
    case .route(let route):
      switch route.scope {
      case .cluster: sentence = "\(count(route.backends)), the source stays inside the cluster"
      case .external: sentence = "\(count(route.backends)), the source becomes the node's address"
      case .local:
        sentence =
          route.backends.isEmpty
          ? "dropped from outside: no endpoint is on this node"
          : "\(count(route.backends)) of this node, the source stays"
        if !route.inside.isEmpty { sentence += "; from inside \(count(route.inside))" }
      }
      if let affinity = route.affinity { sentence += "; clients stay for \(affinity) s" }
    }
    if let ranges = rule.allowedSources {
      sentence += "; only from " + ranges.map(\.description).joined(separator: ", ")
    }
    return sentence
  }

  private static func count(_ backends: [Backend]) -> String {
    backends.count == 1 ? "1 endpoint" : "\(backends.count) endpoints"
  }

  private func endpoints(_ port: Service.Port, _ compact: [ProxySlice]) -> [String] {
    let candidates = ServiceRules.candidates(port, compact)
    if candidates.isEmpty {
      return [
        compact.isEmpty
          ? "  no EndpointSlice carries the Service's label"
          : "  no EndpointSlice has this port, or any endpoint"
      ]
    }
    var lines: [String] = []
    for family in IPAddress.Family.allCases {
      let some = candidates.filter { $0.endpoint.address.family == family }
      let reasons = EndpointChoice.reasons(
        some, distribution: service.trafficDistribution, node: node)
      for (candidate, reason) in zip(some, reasons) {
        let place = candidate.endpoint.isLocal ? ", on this node" : ""
        let backend = Backend(candidate.endpoint.address, candidate.port)
        lines.append("  \(reason.isIn ? "in " : "out") \(backend): \(reason.rawValue)\(place)")
      }
    }
    return lines
  }

  /// What the tables would do with a packet.
  private func arrival(
    _ frontend: Frontend, _ source: IPAddress, _ compact: [ProxySlice]
  ) -> [String] {
    guard source.family == frontend.family,
      let destination = frontend.address
        ?? nodeAddresses.sorted().first(where: { $0.family == frontend.family })
    else { return [] }
    let tables = FakeTables()
    var model = ProxyModel(node: node)
    model.set(service.key, service)
    for slice in slices { model.set(slice.key, slice) }
    var program = TableProgram(settings: settings)
    do {
      try tables.commit(program.adopt([:]))
      try tables.commit(program.plan(nodePortAddresses: nodeAddresses))
      try tables.commit(program.plan(model.takeChanges()).transaction)
    } catch {
      return ["\(error)"]
    }
    let packet = PacketTracer.Packet(
      from: source, to: destination, frontend.port, frontend.transport)
    let outcomes = PacketTracer(tables, nodeAddresses: nodeAddresses).outcomes(packet)
    return outcomes.map { Self.sentence($0, source) }.sorted()
  }

  private static func sentence(
    _ outcome: PacketTracer.Outcome, _ source: IPAddress
  ) -> String {
    switch outcome {
    case .untouched: "from \(source): not for the proxy"
    case .rejected(let chain): "from \(source): refused in chain \(chain)"
    case .dropped(let chain): "from \(source): dropped in chain \(chain)"
    case .delivered(let backend, let masqueraded):
      "from \(source): may reach \(backend), which sees "
        + (masqueraded ? "an address of the node" : "\(source)")
    }
  }
}
