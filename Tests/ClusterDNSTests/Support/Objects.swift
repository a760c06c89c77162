import KubernetesAPI

@testable import ClusterDNS

/// Objects as the API server would have them, briefly.
enum Objects {
  static func service(
    _ namespace: String, _ name: String, clusterIPs: [String] = ["None"],
    ports: [Service.Port] = [], change: (inout Service) -> Void = { _ in }
  ) -> ZoneChange {
    var service = Service(metadata: ObjectMeta(name: name, namespace: namespace))
    service.clusterIPs = clusterIPs
    service.ports = ports
    change(&service)
    return .service(service)
  }

  static func externalName(_ namespace: String, _ name: String, _ target: String) -> ZoneChange {
    service(namespace, name, clusterIPs: []) {
      $0.type = .externalName
      $0.externalName = target
    }
  }

  static func port(
    _ name: String, _ number: UInt16, _ transport: TransportProtocol = .tcp
  ) -> Service.Port {
    Service.Port(name: name, transport: transport, port: number)
  }

  /// `web-0=10.0.0.1` is an endpoint with a hostname; `!` before it says that it is not ready.
  static func slice(
    _ namespace: String, _ name: String, of service: String, _ endpoints: [String],
    ports: [(String, Int32)] = [], type: EndpointSlice.AddressType = .ipv4,
    change: (inout EndpointSlice) -> Void = { _ in }
  ) -> ZoneChange {
    var slice = EndpointSlice(
      metadata: ObjectMeta(
        name: name, namespace: namespace,
        labels: [EndpointSlice.serviceNameLabel: service]),
      addressType: type)
    slice.endpoints = endpoints.map { text in
      let isReady = !text.hasPrefix("!")
      let parts = text.drop { $0 == "!" }.split(separator: "=")
      var endpoint = EndpointSlice.Endpoint(
        addresses: [String(parts[parts.count - 1])], ready: isReady)
      if parts.count > 1 { endpoint.hostname = String(parts[0]) }
      return endpoint
    }
    slice.ports = ports.map { EndpointSlice.Port(name: $0.0, transport: .tcp, port: $0.1) }
    change(&slice)
    return .slice(slice)
  }

  static func key(_ namespace: String, _ name: String) -> ObjectKey {
    ObjectKey(namespace: namespace, name: name)
  }
}
