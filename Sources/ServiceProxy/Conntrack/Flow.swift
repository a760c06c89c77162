package import KubernetesAPI

/// One connection as conntrack keeps it, as far as a proxy looks.
package struct Flow: Sendable, Hashable {
  package var transport: TransportProtocol
  /// Where the client sent to.
  package var destination: IPAddress
  package var destinationPort: UInt16
  /// Who answers.
  package var replier: Backend
  /// Whether anything has come back.
  package var isAnswered: Bool
  /// What names the connection to the kernel: its original tuple, and its zone.
  package var identity: [UInt8]

  package init(
    _ transport: TransportProtocol = .udp, to destination: IPAddress, _ port: UInt16,
    answeredBy replier: Backend, isAnswered: Bool = true, identity: [UInt8] = []
  ) {
    self.transport = transport
    self.destination = destination
    destinationPort = port
    self.replier = replier
    self.isAnswered = isAnswered
    self.identity = identity
  }

  /// Whether it goes to where the client sent to, past any proxy.
  package var isUntranslated: Bool {
    replier.address == destination && replier.port == destinationPort
  }
}

/// The kernel's connections, or a fake's.
package protocol FlowTable: Sendable {
  /// Those of one protocol.
  ///
  /// - Parameter unanswered: only those nothing has come back on.
  func flows(
    _ family: IPAddress.Family, _ transport: TransportProtocol, unanswered: Bool
  ) throws(TableError) -> [Flow]
  /// Ends a connection; one that has ended is no error.
  func delete(_ flow: Flow, _ family: IPAddress.Family) throws(TableError)
}

/// Finds the flows that break the invariant: no flow of a Service address may go to what does not
/// serve it, nor past the proxy to the address itself.
package enum StaleFlows {
  /// - Parameter flows: all that a demand may be about, or more.
  package static func find(
    in flows: [Flow], _ demands: [Frontend: FlowRule.Demand], nodeAddresses: Set<IPAddress>
  ) -> [Flow] {
    flows.filter { flow in
      var demand = demands[
        Frontend(
          address: flow.destination, transport: flow.transport, port: flow.destinationPort)]
      if demand == nil, nodeAddresses.contains(flow.destination) {
        demand =
          demands[
            Frontend(
              nodePort: flow.destinationPort, transport: flow.transport,
              family: flow.destination.family)]
      }
      switch demand {
      case .leadsTo(let places): return !places.contains(flow.replier)
      case .leadsToUnlessAnswered(let places):
        return !flow.isAnswered && !places.contains(flow.replier)
      case .isTranslated: return !flow.isAnswered && flow.isUntranslated
      case nil: return false
      }
    }
  }
}
