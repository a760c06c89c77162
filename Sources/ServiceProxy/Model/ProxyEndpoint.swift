package import KubernetesAPI

/// What the proxy keeps of one endpoint of a slice.
package struct ProxyEndpoint: Sendable, Hashable {
  package struct Conditions: OptionSet, Sendable, Hashable {
    package let rawValue: UInt8
    package init(rawValue: UInt8) { self.rawValue = rawValue }

    package static let ready = Conditions(rawValue: 1)
    package static let serving = Conditions(rawValue: 2)
    package static let terminating = Conditions(rawValue: 4)
    /// Runs on the proxy's own node.
    package static let local = Conditions(rawValue: 8)
    /// Nobody says where it runs.
    package static let placeless = Conditions(rawValue: 16)
  }

  package var address: IPAddress
  package var conditions: Conditions
  package var hintedZones: [String]
  package var hintedNodes: [String]

  package var isReady: Bool { conditions.contains(.ready) }
  package var isServing: Bool { !conditions.isDisjoint(with: [.ready, .serving]) }
  package var isLocal: Bool { conditions.contains(.local) }
  /// Still answers, though on its way out (KEP-1669).
  package var isFallback: Bool { conditions.isSuperset(of: [.serving, .terminating]) }
  package var isNear: Bool { !conditions.isDisjoint(with: [.local, .placeless]) }

  /// Nil where the address is none of the family, or one no endpoint can have.
  package init?(
    _ endpoint: EndpointSlice.Endpoint, family: IPAddress.Family, node: String
  ) {
    // The proxy uses the first address only, as the API says.
    guard let text = endpoint.addresses.first, let address = IPAddress(text),
      address.family == family, !address.isUnspecified, !address.isMulticast
    else { return nil }
    self.address = address
    var conditions: Conditions = []
    if endpoint.isReady { conditions.insert(.ready) }
    if endpoint.serving ?? endpoint.isReady { conditions.insert(.serving) }
    if endpoint.terminating ?? false { conditions.insert(.terminating) }
    if let place = endpoint.nodeName, !place.isEmpty {
      if place == node { conditions.insert(.local) }
    } else {
      conditions.insert(.placeless)
    }
    self.conditions = conditions
    hintedZones = endpoint.hintedZones
    hintedNodes = endpoint.hintedNodes
  }
}

/// What the proxy keeps of one EndpointSlice.
package struct ProxySlice: Sendable, Hashable {
  package struct Port: Sendable, Hashable {
    package var name: String
    package var transport: TransportProtocol
    package var port: UInt16
  }

  package var family: IPAddress.Family
  package var endpoints: [ProxyEndpoint]
  package var ports: [Port]

  /// Nil for slices of names (addressType FQDN), which no packet can be sent to.
  package init?(_ slice: EndpointSlice, node: String) {
    switch slice.addressType {
    case .ipv4: family = .v4
    case .ipv6: family = .v6
    case .fqdn: return nil
    }
    let family = family
    endpoints = slice.endpoints.compactMap { ProxyEndpoint($0, family: family, node: node) }
    // A port without a number stands for all, which only a load balancer could use.
    ports = slice.ports.compactMap { port in
      guard let number = port.port.flatMap({ UInt16(exactly: $0) }), number > 0 else { return nil }
      return Port(name: port.name ?? "", transport: port.transport ?? .tcp, port: number)
    }
  }
}
