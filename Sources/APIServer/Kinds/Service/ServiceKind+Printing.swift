package import JSONTree
package import KubernetesAPI

extension ServiceKind {
  package var columns: [PrinterColumn] {
    [
      .name,
      PrinterColumn("Type", "How the Service is exposed."),
      PrinterColumn("Cluster-IP", "The first virtual address, or None."),
      PrinterColumn("External-IP", "Where clients outside of the cluster may reach the Service."),
      PrinterColumn("Port(s)", "Ports with their node ports and protocols."),
      .age,
      PrinterColumn("Selector", "Labels of the Pods behind the Service.", priority: 1),
    ]
  }

  package func cells(of object: JSON, now: Timestamp) -> [JSON] {
    let service = ServiceFields(object)
    let ports = service.ports.map { port in
      let nodePort = port.number("nodePort")
      return "\(port.number("port"))" + (nodePort > 0 ? ":\(nodePort)" : "")
        + "/\(port.text("protocol"))"
    }
    return [
      object.nameCell, .string(service.type), .string(service.clusterIPs.first ?? "<none>"),
      .string(Self.externalAddresses(of: service)),
      .string(ports.isEmpty ? "<none>" : ports.joined(separator: ",")),
      object.ageCell(now: now),
      .string(Self.selector(of: service)),
    ]
  }

  private static func externalAddresses(of service: ServiceFields) -> String {
    let external = service.externalIPs
    switch service.type {
    case "ClusterIP", "NodePort":
      return external.isEmpty ? "<none>" : external.joined(separator: ",")
    case "LoadBalancer":
      let ingress = service.status.member("loadBalancer").items("ingress")
      let balanced = Set(
        ingress.map { $0.text("ip").isEmpty ? $0.text("hostname") : $0.text("ip") })
      let all = balanced.subtracting([""]).sorted() + external
      return all.isEmpty ? "<pending>" : all.joined(separator: ",")
    case "ExternalName": return service.spec.text("externalName")
    default: return "<unknown>"
    }
  }

  private static func selector(of service: ServiceFields) -> String {
    let labels = service.spec.members("selector")
    if labels.isEmpty { return "<none>" }
    return labels.map { "\($0.key)=\($0.value.string ?? "")" }.joined(separator: ",")
  }
}
