package import JSONTree
package import KubernetesAPI

/// A port of the Node that a Pod takes for one of its containers' ports.
package struct HostPortClaim: Sendable, Hashable {
  package var port: PodScheduling.HostPort
  package var containerPort: UInt16

  package init(port: PodScheduling.HostPort, containerPort: UInt16) {
    self.port = port
    self.containerPort = containerPort
  }

  /// The address the claim is bound to; nil for all of its families.
  var address: IPAddress? {
    IPAddress(port.address).flatMap { $0.isUnspecified ? nil : $0 }
  }

  /// Whether packets to the Node's addresses of a family are meant.
  func covers(_ family: IPAddress.Family) -> Bool {
    IPAddress(port.address).map { $0.family == family } ?? true
  }
}

/// Which ports of the Node are taken, and by which Pod. A Pod on the Node's own network takes
/// ports, too; nothing is sent on for it.
package struct HostPorts: Sendable, Equatable {
  package private(set) var claims: [String: [HostPortClaim]] = [:]

  package init() {}

  /// Takes the ports for a Pod, in place of those it has.
  ///
  /// - Returns: false if another Pod has one of them; then nothing is taken.
  package mutating func claim(_ holder: String, _ wanted: [HostPortClaim]) -> Bool {
    let isFree = !claims.contains { other, taken in
      other != holder
        && taken.contains { one in wanted.contains { $0.port.conflicts(with: one.port) } }
    }
    if isFree { claims[holder] = wanted.isEmpty ? nil : wanted }
    return isFree
  }

  package mutating func release(_ holder: String) { claims[holder] = nil }

  // MARK: On disk

  package var json: JSON {
    var object = JSONObject()
    for (holder, taken) in claims {
      object[holder] = .array(
        taken.map { claim in
          [
            "hostIP": .string(claim.port.address),
            "protocol": .string(claim.port.transport.rawValue),
            "hostPort": .integer(Int64(claim.port.port)),
            "containerPort": .integer(Int64(claim.containerPort)),
          ]
        })
    }
    return .object(object)
  }

  package mutating func restore(_ json: JSON) {
    for member in json.object ?? [:] {
      let taken = Self.claims(ports: member.value.array ?? [])
      if !taken.isEmpty { claims[member.key] = taken }
    }
  }

  // MARK: Of a Pod

  /// What a Pod's containers ask for.
  package static func claims(of pod: AgentPod) -> [HostPortClaim] {
    claims(ports: pod.containers.flatMap { $0.json["ports"]?.array ?? [] })
  }

  /// - Parameter ports: as `containers[].ports` has them.
  private static func claims(ports: [JSON]) -> [HostPortClaim] {
    ports.compactMap { port in
      guard let host = port["hostPort"]?.integer.flatMap({ UInt16(exactly: $0) }), host > 0,
        let container = port["containerPort"]?.integer.flatMap({ UInt16(exactly: $0) }),
        let transport = TransportProtocol(rawValue: port["protocol"]?.string ?? "TCP")
      else { return nil }
      return HostPortClaim(
        port: PodScheduling.HostPort(
          address: port["hostIP"]?.string ?? "", transport: transport, port: host),
        containerPort: container)
    }
  }
}
