import KubernetesAPI

/// What must hold of the flows of one frontend after a change.
package struct FlowRule: Sendable, Equatable {
  package enum Demand: Sendable, Hashable {
    /// Every flow leads to one of the endpoints. UDP knows no end of a connection but silence.
    case leadsTo(Set<Backend>)
    /// Every flow somebody has answered is right; the others lead to one of the endpoints, or the
    /// client's next attempt is to find another one.
    case leadsToUnlessAnswered(Set<Backend>)
    /// No flow goes to the frontend's own address unanswered: it was made when nobody knew the
    /// frontend, and each attempt of a client with few source ports would keep it alive.
    case isTranslated
  }

  package var frontend: Frontend
  package var demand: Demand

  package init(_ frontend: Frontend, _ demand: Demand) {
    self.frontend = frontend
    self.demand = demand
  }
}

extension FlowRule.Demand {
  /// Whether it is only made a while after the change: an answer may be on its way.
  package var isPatient: Bool {
    if case .leadsToUnlessAnswered = self { true } else { false }
  }

  /// What holds for a frontend that passes from one Service to another: both name it, one of them
  /// without endpoints.
  package func merged(with other: Self) -> Self {
    switch (self, other) {
    case (.leadsTo(let some), .leadsTo(let others)): .leadsTo(some.union(others))
    case (.leadsToUnlessAnswered(let some), .leadsToUnlessAnswered(let others)):
      .leadsToUnlessAnswered(some.union(others))
    // The endpoints of the Service that is new to it count as right.
    case (.isTranslated, _), (_, .isTranslated): .isTranslated
    default: other
    }
  }
}

extension FlowRule {
  /// What follows from the change of a Service.
  ///
  /// - Parameter wasKnown: whether the kernel knew a frontend already that the old rules lack.
  static func changes(
    _ old: [FrontendRule], _ new: [FrontendRule], wasKnown: (Frontend) -> Bool
  ) -> [FlowRule] {
    var before: [Frontend: FrontendRule] = [:]
    for rule in old { before[rule.frontend] = rule }
    var rules: [FlowRule] = []
    for rule in new {
      let previous = before.removeValue(forKey: rule.frontend)
      if rule.frontend.transport == .udp {
        rules.append(FlowRule(rule.frontend, .leadsTo(places(rule))))
      } else if let previous {
        if previous.serving != rule.serving {
          rules.append(FlowRule(rule.frontend, .leadsToUnlessAnswered(places(rule))))
        }
      } else if !wasKnown(rule.frontend) {
        rules.append(FlowRule(rule.frontend, .isTranslated))
      }
    }
    return rules + before.keys.map(gone)
  }

  /// For frontends that elements of adopted tables name and nothing asks for any more.
  static func gone(
    _ set: ProxySet, _ elements: some Sequence<SetElement>, _ family: IPAddress.Family
  ) -> [FlowRule] {
    guard set == .services || set == .nodePorts else { return [] }
    return elements.compactMap { element in
      let tail = element.key.suffix(8)
      guard let transport = tail.first.flatMap({ TransportProtocol(number: $0) }) else {
        return nil
      }
      let port = tail.dropFirst(4).prefix(2).reduce(0 as UInt16) { $0 << 8 | UInt16($1) }
      let address = IPAddress(bytes: element.key.dropLast(8))
      return gone(
        address.map { Frontend(address: $0, transport: transport, port: port) }
          ?? Frontend(nodePort: port, transport: transport, family: family))
    }
  }

  private static func gone(_ frontend: Frontend) -> FlowRule {
    FlowRule(frontend, frontend.transport == .udp ? .leadsTo([]) : .leadsToUnlessAnswered([]))
  }

  /// Without what does not tell endpoints apart.
  private static func places(_ rule: FrontendRule) -> Set<Backend> {
    Set(rule.serving.map { Backend($0.address, $0.port) })
  }
}
