package import KubernetesAPI

/// One connection as conntrack keeps it, as far as a proxy looks.
package struct Flow: Sendable, Hashable {
  /// Where the client sent to.
  package var destination: IPAddress
  package var destinationPort: UInt16
  /// Who answers.
  package var replier: Backend
  /// What names the connection to the kernel: its original tuple, and its zone.
  package var identity: [UInt8]

  package init(
    to destination: IPAddress, _ port: UInt16, answeredBy replier: Backend, identity: [UInt8] = []
  ) {
    self.destination = destination
    destinationPort = port
    self.replier = replier
    self.identity = identity
  }
}

/// The kernel's connections, or a fake's.
package protocol FlowTable: Sendable {
  /// All of one protocol.
  func flows(
    _ family: IPAddress.Family, _ transport: TransportProtocol
  ) throws(TableError) -> [Flow]
  /// Ends a connection; one that has ended is no error.
  func delete(_ flow: Flow, _ family: IPAddress.Family) throws(TableError)
}

/// Finds the flows that break the invariant: no flow of a Service address may go to what does not
/// serve it, nor past the proxy to the address itself.
package enum StaleFlows {
  package static func find(
    in flows: [Flow], _ rules: [TableProgram.FlowRule], nodeAddresses: Set<IPAddress>
  ) -> [Flow] {
    var allowed: [Frontend: Set<Backend>] = [:]
    // A frontend that passed from one Service to another occurs twice, once without endpoints.
    for rule in rules { allowed[rule.frontend, default: []].formUnion(rule.backends) }
    return flows.filter { flow in
      var serving = allowed[
        Frontend(address: flow.destination, transport: .udp, port: flow.destinationPort)]
      if serving == nil, nodeAddresses.contains(flow.destination) {
        serving =
          allowed[
            Frontend(
              nodePort: flow.destinationPort, transport: .udp, family: flow.destination.family)]
      }
      guard let serving else { return false }
      return !serving.contains(flow.replier)
    }
  }
}
