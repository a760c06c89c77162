package import KubernetesAPI
package import Netlink

/// The sets and maps of our tables. Looking up one costs the same however many Services there are.
package enum ProxySet: String, Sendable, Hashable, CaseIterable {
  /// Frontends by address, and the chain that picks an endpoint.
  case services
  /// Node ports, and the chain that picks an endpoint.
  case nodePorts = "nodeports"
  /// Frontend and slot: the endpoint.
  case endpoints
  case nodePortEndpoints = "nodeport-endpoints"
  /// The same, for clients inside the cluster of frontends that serve outsiders locally.
  case insideEndpoints = "inside-endpoints"
  case nodePortInsideEndpoints = "nodeport-inside-endpoints"
  /// Frontends whose clients stay with their endpoint, and the chain that notes it.
  case sticky
  case stickyNodePorts = "sticky-nodeports"
  /// Client and frontend: the endpoint the client stays with. The kernel fills it.
  case affinity
  /// Frontends without an endpoint for (some) traffic.
  case unserved
  case unservedNodePorts = "unserved-nodeports"
  /// Cluster IPs: nothing but Services lives there.
  case clusterAddresses = "cluster-addresses"
  /// Addresses of the node that node ports are answered on.
  case nodePortAddresses = "nodeport-addresses"
  /// Frontends outside the cluster's own range, and node ports.
  case externals
  case knownNodePorts = "known-nodeports"
  /// Every endpoint's address and port.
  case backends
  /// Endpoints of this node, paired with themselves.
  case hairpins
  /// Frontends with source ranges, and the sources they admit.
  case guarded
  case admitted

  package enum Field: Sendable, Hashable {
    case address, transport, port, slot

    /// Bytes in a key: each field is padded to whole 32-bit registers.
    package func width(_ family: IPAddress.Family) -> Int {
      self == .address && family == .v6 ? 16 : 4
    }

    /// Bytes that carry the value.
    package func size(_ family: IPAddress.Family) -> Int {
      switch self {
      case .address: family == .v6 ? 16 : 4
      case .transport: 1
      case .port: 2
      case .slot: 4
      }
    }
  }

  package enum Content: Sendable, Hashable {
    case members
    case verdicts
    /// An address and a port.
    case backends
  }

  package var key: [Field] {
    switch self {
    case .services, .unserved, .sticky, .guarded, .externals, .backends:
      [.address, .transport, .port]
    case .nodePorts, .unservedNodePorts, .stickyNodePorts, .knownNodePorts: [.transport, .port]
    case .endpoints, .insideEndpoints: [.address, .transport, .port, .slot]
    case .nodePortEndpoints, .nodePortInsideEndpoints: [.transport, .port, .slot]
    case .affinity: [.address, .address, .transport, .port]
    case .clusterAddresses, .nodePortAddresses: [.address]
    case .hairpins: [.address, .address]
    case .admitted: [.address, .transport, .port, .address]
    }
  }

  package var content: Content {
    switch self {
    case .services, .nodePorts, .unserved, .unservedNodePorts, .sticky, .stickyNodePorts: .verdicts
    case .endpoints, .nodePortEndpoints, .insideEndpoints, .nodePortInsideEndpoints, .affinity:
      .backends
    default: .members
    }
  }

  /// Whether the last field of a key is a range.
  package var hasRanges: Bool { self == .admitted }
  /// Whether the kernel adds elements itself, which expire.
  package var isDynamic: Bool { self == .affinity }

  /// How many clients with affinity are remembered; those beyond are served without.
  package static let affinityCapacity: UInt32 = 1 << 20

  package func keyWidth(_ family: IPAddress.Family) -> Int {
    key.reduce(0) { $0 + $1.width(family) }
  }
}

/// An element of a set, as the kernel keeps it: fields in network order, each padded to 32 bits
/// (a slot, which the kernel counts itself, in the machine's order).
package struct SetElement: Sendable, Hashable {
  package enum Value: Sendable, Hashable {
    case member
    case verdict(Verdict)
    case backend([UInt8])
  }

  package var key: [UInt8]
  /// The upper end of the range the key begins; nil for sets without ranges.
  package var keyEnd: [UInt8]?
  package var value: Value

  package init(_ key: [UInt8], end: [UInt8]? = nil, value: Value = .member) {
    self.key = key
    keyEnd = end
    self.value = value
  }
}

/// Builds keys and values.
package enum SetKey {
  package static func append(_ address: IPAddress, to key: inout [UInt8]) {
    switch address {
    case .v4(let value): append32(value, to: &key)
    case .v6(let high, let low):
      append32(UInt32(truncatingIfNeeded: high >> 32), to: &key)
      append32(UInt32(truncatingIfNeeded: high), to: &key)
      append32(UInt32(truncatingIfNeeded: low >> 32), to: &key)
      append32(UInt32(truncatingIfNeeded: low), to: &key)
    }
  }

  package static func append(_ transport: TransportProtocol, to key: inout [UInt8]) {
    key.append(transport.number)
    key.append(0)
    key.append(0)
    key.append(0)
  }

  package static func append(port: UInt16, to key: inout [UInt8]) {
    key.append(UInt8(port >> 8))
    key.append(UInt8(truncatingIfNeeded: port))
    key.append(0)
    key.append(0)
  }

  package static func append(slot: Int, to key: inout [UInt8]) {
    withUnsafeBytes(of: UInt32(truncatingIfNeeded: slot)) { key.append(contentsOf: $0) }
  }

  private static func append32(_ value: UInt32, to key: inout [UInt8]) {
    key.append(UInt8(truncatingIfNeeded: value >> 24))
    key.append(UInt8(truncatingIfNeeded: value >> 16))
    key.append(UInt8(truncatingIfNeeded: value >> 8))
    key.append(UInt8(truncatingIfNeeded: value))
  }

  /// Address (unless it is a node port), protocol and port.
  package static func frontend(_ frontend: Frontend, reserving more: Int = 0) -> [UInt8] {
    var key: [UInt8] = []
    key.reserveCapacity(24 + more)
    if let address = frontend.address { append(address, to: &key) }
    append(frontend.transport, to: &key)
    append(port: frontend.port, to: &key)
    return key
  }

  package static func backend(_ backend: Backend) -> [UInt8] {
    var value: [UInt8] = []
    value.reserveCapacity(20)
    append(backend.address, to: &value)
    append(port: backend.port, to: &value)
    return value
  }

  /// The address and port of a value; nil if it is none.
  package static func backend(_ value: some Collection<UInt8>) -> Backend? {
    guard value.count == 8 || value.count == 20, let address = IPAddress(bytes: value.dropLast(4))
    else { return nil }
    let port = value.suffix(4).prefix(2).reduce(0 as UInt16) { $0 << 8 | UInt16($1) }
    return Backend(address, port)
  }
}
