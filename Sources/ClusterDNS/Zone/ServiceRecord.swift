import KubernetesAPI

/// What names need of a Service: kept for each, so stripped to that.
struct ServiceRecord: Sendable, Equatable {
  /// A named port.
  struct Port: Sendable, Hashable {
    var name: String
    var transport: TransportProtocol
    var number: UInt16
  }

  enum Kind: Sendable, Equatable {
    /// Clients reach it at its own addresses.
    case cluster(addresses: [IPAddress])
    /// Clients reach its endpoints.
    case headless
    /// An alias of a name elsewhere, or of an address.
    case external(String)
    /// It has no addresses yet.
    case pending
  }

  var kind: Kind
  /// Without unnamed ports, which have no SRV record.
  var ports: [Port]
  var publishesNotReadyAddresses: Bool

  init(kind: Kind, ports: [Port], publishesNotReadyAddresses: Bool) {
    self.kind = kind
    self.ports = ports
    self.publishesNotReadyAddresses = publishesNotReadyAddresses
  }

  init(_ service: Service) {
    if service.type == .externalName {
      kind = .external(service.externalName)
    } else if service.isHeadless {
      kind = .headless
    } else {
      let addresses = service.clusterIPs.compactMap { IPAddress($0) }
      kind = addresses.isEmpty ? .pending : .cluster(addresses: addresses)
    }
    ports = service.ports.filter { !$0.name.isEmpty }.map {
      Port(name: $0.name, transport: $0.transport, number: $0.port)
    }
    publishesNotReadyAddresses = service.publishesNotReadyAddresses
  }
}

/// What names need of an EndpointSlice.
struct SliceRecord: Sendable, Equatable {
  struct Endpoint: Sendable, Hashable {
    var address: IPAddress
    /// Empty if the endpoint has none of its own.
    var hostname: String
    var isReady: Bool
  }

  /// The Service the slice belongs to.
  var service: ObjectKey
  var endpoints: [Endpoint]
  /// Named ports with a number.
  var ports: [ServiceRecord.Port]

  init(service: ObjectKey, endpoints: [Endpoint], ports: [ServiceRecord.Port]) {
    self.service = service
    self.endpoints = endpoints
    self.ports = ports
  }

  /// Nil for slices without the label of a Service, and for those of domain names: an endpoint's
  /// name would be an alias beside addresses.
  init?(_ slice: EndpointSlice) {
    guard let service = slice.serviceKey, slice.addressType != .fqdn else { return nil }
    self.service = service
    let family: IPAddress.Family = slice.addressType == .ipv4 ? .v4 : .v6
    endpoints = slice.endpoints.flatMap { endpoint in
      endpoint.addresses.compactMap { text in
        guard let address = IPAddress(text), address.family == family else { return nil }
        return Endpoint(
          address: address, hostname: endpoint.hostname ?? "", isReady: endpoint.isReady)
      }
    }
    ports = slice.ports.compactMap { port in
      guard let name = port.name, !name.isEmpty, let number = port.port,
        let number = UInt16(exactly: number)
      else { return nil }
      return ServiceRecord.Port(name: name, transport: port.transport ?? .tcp, number: number)
    }
  }
}
