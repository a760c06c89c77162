import ClusterDNS
import DNSMessage
import KubernetesAPI

/// A small cluster that has every kind of name: cluster addresses of both families, headless with
/// and without hostnames, aliases in a loop and to outside, ports, and one Service whose answers do
/// not fit UDP.
enum FuzzZone {
  static var configuration: ZoneConfiguration {
    var configuration = ZoneConfiguration(domain: ZoneConfiguration.defaultDomain)
    configuration.serviceRanges = [CIDR("10.96.0.0/12"), CIDR("fd00:10:96::/112")].compactMap { $0 }
    configuration.nameServers = [.v4(0x7F00_0001)]
    return configuration
  }

  static var changes: [ZoneChange] {
    var changes: [ZoneChange] = []
    changes.append(service("web", ["10.96.0.10", "fd00:10:96::10"], ports: ["http"]))
    changes.append(service("db", ["None"], ports: ["sql", "admin"]))
    changes.append(slice("db", (1...3).map { ("10.0.0.\($0)", "db-\($0)") }, ["sql", "admin"]))
    changes.append(service("many", ["None"], ports: ["p"]))
    changes.append(slice("many", (0..<100).map { ("10.0.1.\($0)", nil) }, ["p"]))
    for (name, target) in [
      ("x", "y.a.svc.cluster.local"), ("y", "x.a.svc.cluster.local"), ("out", "example.com"),
      ("in", "db.a.svc.cluster.local"), ("gone", "nothing.a.svc.cluster.local"),
    ] {
      var alias = Service(metadata: ObjectMeta(name: name, namespace: "a"))
      alias.type = .externalName
      alias.externalName = target
      changes.append(.service(alias))
    }
    return changes
  }

  private static func service(_ name: String, _ addresses: [String], ports: [String]) -> ZoneChange
  {
    var service = Service(metadata: ObjectMeta(name: name, namespace: "a"))
    service.clusterIPs = addresses
    service.ports = ports.enumerated().map {
      Service.Port(name: $0.element, transport: .tcp, port: UInt16(80 + $0.offset))
    }
    return .service(service)
  }

  private static func slice(
    _ service: String, _ endpoints: [(address: String, hostname: String?)], _ ports: [String]
  ) -> ZoneChange {
    var slice = EndpointSlice(
      metadata: ObjectMeta(
        name: service, namespace: "a", labels: [EndpointSlice.serviceNameLabel: service]),
      addressType: .ipv4)
    slice.endpoints = endpoints.map {
      var endpoint = EndpointSlice.Endpoint(addresses: [$0.address], ready: true)
      endpoint.hostname = $0.hostname
      return endpoint
    }
    slice.ports = ports.enumerated().map {
      EndpointSlice.Port(name: $0.element, transport: .tcp, port: Int32(80 + $0.offset))
    }
    return .slice(slice)
  }
}
