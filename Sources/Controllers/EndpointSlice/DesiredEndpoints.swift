import KubernetesAPI

/// The ports of a slice whatever their order: what endpoints are grouped by.
struct PortSet: Hashable, Comparable {
  private struct Port: Hashable, Comparable {
    var name: String
    var transport: String
    var port: Int32?
    var appProtocol: String?

    static func < (left: Port, right: Port) -> Bool {
      (left.name, left.transport, left.port ?? -1, left.appProtocol ?? "")
        < (right.name, right.transport, right.port ?? -1, right.appProtocol ?? "")
    }
  }

  private var ports: [Port]

  init(_ ports: [EndpointSlice.Port]) {
    self.ports = ports.map {
      Port(
        name: $0.name ?? "", transport: ($0.transport ?? .tcp).rawValue, port: $0.port,
        appProtocol: $0.appProtocol)
    }.sorted()
  }

  static func < (left: PortSet, right: PortSet) -> Bool {
    left.ports.lexicographicallyPrecedes(right.ports)
  }
}

/// What makes an endpoint the same one: its other fields may change in place.
struct EndpointKey: Hashable, Comparable {
  var addresses: [String]
  var hostname: String
  var namespace: String
  var name: String

  init(_ endpoint: EndpointSlice.Endpoint) {
    addresses = endpoint.addresses.sorted()
    hostname = endpoint.hostname ?? ""
    namespace = endpoint.targetRef?.namespace ?? ""
    name = endpoint.targetRef?.name ?? ""
  }

  static func < (left: EndpointKey, right: EndpointKey) -> Bool {
    if left.name != right.name { return left.name < right.name }
    if left.addresses != right.addresses {
      return left.addresses.lexicographicallyPrecedes(right.addresses)
    }
    return (left.hostname, left.namespace) < (right.hostname, right.namespace)
  }
}

/// The endpoints a Service's Pods make, grouped by the ports they offer it on.
struct DesiredEndpoints {
  struct Group {
    var ports: [EndpointSlice.Port]
    var endpoints: [EndpointKey: EndpointSlice.Endpoint]
  }

  private let service: Service
  private let members: [(pod: Pod, node: Node?)]

  init(service: Service, pods: [Pod], node: (String) -> Node?) {
    self.service = service
    members = pods.sorted { $0.metadata.name < $1.metadata.name }
      .filter { !$0.isTerminal && !$0.podIPs.isEmpty }
      .map { ($0, node($0.nodeName)) }
  }

  /// The groups in an order that depends on nothing but their ports.
  ///
  /// A Pod on a Node that is not known makes its group but no endpoint, unless the Service
  /// publishes whatever there is.
  func groups(of type: EndpointSlice.AddressType) -> [Group] {
    var groups: [PortSet: Group] = [:]
    for (pod, node) in members {
      let ports = Self.ports(service, pod)
      let set = PortSet(ports)
      var group = groups[set] ?? Group(ports: ports, endpoints: [:])
      if node != nil || service.publishesNotReadyAddresses {
        let endpoint = endpoint(pod, node, type)
        if !endpoint.addresses.isEmpty { group.endpoints[EndpointKey(endpoint)] = endpoint }
      }
      groups[set] = group
    }
    return groups.sorted { $0.key < $1.key }.map(\.value)
  }

  private func endpoint(
    _ pod: Pod, _ node: Node?, _ type: EndpointSlice.AddressType
  ) -> EndpointSlice.Endpoint {
    let terminating = pod.metadata.isBeingDeleted
    var endpoint = EndpointSlice.Endpoint(addresses: Self.addresses(pod, type))
    endpoint.ready = service.publishesNotReadyAddresses || (pod.isReady && !terminating)
    endpoint.serving = pod.isReady
    endpoint.terminating = terminating
    endpoint.targetRef = ObjectReference(
      kind: "Pod", namespace: pod.metadata.namespace, name: pod.metadata.name,
      uid: pod.metadata.uid)
    if !pod.nodeName.isEmpty { endpoint.nodeName = pod.nodeName }
    if let zone = node?.zone, !zone.isEmpty { endpoint.zone = zone }
    if Self.setsHostname(pod, service) { endpoint.hostname = pod.hostname }
    return endpoint
  }

  /// Whether the Pod has a name of its own below the Service's.
  static func setsHostname(_ pod: Pod, _ service: Service) -> Bool {
    !pod.hostname.isEmpty && pod.subdomain == service.metadata.name
      && pod.metadata.namespace == service.metadata.namespace
  }

  private static func addresses(_ pod: Pod, _ type: EndpointSlice.AddressType) -> [String] {
    pod.podIPs.compactMap { text in
      guard let address = IPAddress(text) else { return nil }
      switch (type, address.family) {
      case (.ipv4, .v4), (.ipv6, .v6): return address.description
      default: return nil
      }
    }
  }

  private static func ports(_ service: Service, _ pod: Pod) -> [EndpointSlice.Port] {
    service.ports.compactMap { port in
      number(of: port, in: pod).map {
        EndpointSlice.Port(
          name: port.name, transport: port.transport, port: $0, appProtocol: port.appProtocol)
      }
    }
  }

  /// The port on which a Pod offers a Service's port; nil if it has none of the name asked for.
  static func number(of port: Service.Port, in pod: Pod) -> Int32? {
    switch port.targetPort {
    case .integer(let number): number
    case .string(let name):
      pod.ports.first { $0.name == name && $0.transport == port.transport }
        .map { Int32($0.containerPort) }
    case nil: Int32(port.port)
    }
  }
}
