package import KubernetesAPI

/// Where clients send: an address and port of a Service, or a node port on the node's addresses.
package struct Frontend: Sendable, Hashable, Comparable, CustomStringConvertible {
  package var family: IPAddress.Family
  /// Nil for a node port.
  package var address: IPAddress?
  package var transport: TransportProtocol
  package var port: UInt16

  package init(address: IPAddress, transport: TransportProtocol, port: UInt16) {
    self.family = address.family
    self.address = address
    self.transport = transport
    self.port = port
  }

  package init(nodePort port: UInt16, transport: TransportProtocol, family: IPAddress.Family) {
    self.family = family
    self.transport = transport
    self.port = port
  }

  package var description: String {
    let place = address.map { $0.family == .v6 ? "[\($0)]" : "\($0)" } ?? "node"
    return "\(place):\(port)/\(transport.rawValue)"
  }

  package static func < (left: Frontend, right: Frontend) -> Bool {
    if left.family != right.family { return left.family == .v4 }
    if left.address != right.address {
      guard let first = left.address else { return true }
      guard let second = right.address else { return false }
      return first < second
    }
    if left.transport != right.transport { return left.transport.number < right.transport.number }
    return left.port < right.port
  }
}

extension TransportProtocol {
  /// The protocol's number in IP headers (IANA).
  package var number: UInt8 {
    switch self {
    case .tcp: 6
    case .udp: 17
    case .sctp: 132
    }
  }

  package init?(number: UInt8) {
    guard let found = Self.allCases.first(where: { $0.number == number }) else { return nil }
    self = found
  }
}

/// Where traffic is sent on to: an endpoint's address and port.
package struct Backend: Sendable, Hashable, Comparable, CustomStringConvertible {
  package var address: IPAddress
  package var port: UInt16
  /// Whether the endpoint may run on this node (or nobody says where it runs), so that its own
  /// packets to its Service can come back to it.
  package var isNear: Bool

  package init(_ address: IPAddress, _ port: UInt16, isNear: Bool = false) {
    self.address = address
    self.port = port
    self.isNear = isNear
  }

  package var description: String {
    address.family == .v6 ? "[\(address)]:\(port)" : "\(address):\(port)"
  }

  package static func < (left: Backend, right: Backend) -> Bool {
    (left.address, left.port) < (right.address, right.port)
  }
}
