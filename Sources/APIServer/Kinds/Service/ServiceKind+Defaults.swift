package import JSONTree

extension ServiceKind {
  /// How long a client sticks to an endpoint unless told otherwise: three hours, in seconds.
  static let defaultAffinityTimeout: Int64 = 10800

  package func setDefaults(_ object: inout JSON) {
    var service = ServiceFields(object)
    Self.defaultPlainMembers(of: &service)
    Self.defaultPorts(of: &service)
    Self.defaultStatus(of: &service)
    service.write(to: &object)
  }

  private static func defaultPlainMembers(of service: inout ServiceFields) {
    if service.sessionAffinity.isEmpty { service.spec["sessionAffinity"] = "None" }
    switch service.sessionAffinity {
    case "None": service.spec["sessionAffinityConfig"] = nil
    case "ClientIP":
      let config = service.spec.member("sessionAffinityConfig")
      if config.member("clientIP")["timeoutSeconds"] == nil {
        service.spec["sessionAffinityConfig"] = [
          "clientIP": ["timeoutSeconds": .integer(defaultAffinityTimeout)]
        ]
      }
    default: break
    }
    if service.type.isEmpty { service.spec["type"] = "ClusterIP" }
    if service.isExternallyAccessible, service.externalTrafficPolicy.isEmpty {
      service.spec["externalTrafficPolicy"] = "Cluster"
    }
    if service.spec["internalTrafficPolicy"] == nil,
      ["ClusterIP", "NodePort", "LoadBalancer"].contains(service.type)
    {
      service.spec["internalTrafficPolicy"] = "Cluster"
    }
    if service.isLoadBalancer, service.allocatesLoadBalancerNodePorts == nil {
      service.spec["allocateLoadBalancerNodePorts"] = true
    }
  }

  private static func defaultPorts(of service: inout ServiceFields) {
    service.ports = service.ports.map { port in
      var port = port
      switch port["targetPort"] {
      case nil, .integer(0)?, .string("")?: port["targetPort"] = .integer(port.number("port"))
      default: break
      }
      return port
    }
  }

  private static func defaultStatus(of service: inout ServiceFields) {
    var balancer = service.status["loadBalancer"] ?? [:]
    if let ingress = balancer["ingress"]?.array {
      balancer["ingress"] = .array(
        ingress.map { entry in
          var entry = entry
          if service.isLoadBalancer, entry["ip"] != nil, entry["ipMode"] == nil {
            entry["ipMode"] = "VIP"
          }
          return entry
        })
    }
    service.status["loadBalancer"] = balancer
  }
}
