package import JSONTree

extension ServiceKind {
  package func prepareForCreate(_ object: inout JSON) {
    object["status"] = ["loadBalancer": [:]]
  }

  /// An update of the object leaves the status as it was, one of the status leaves the spec; both
  /// may change the metadata, so that the last finalizer can be taken through either.
  package func prepareForUpdate(_ object: inout JSON, old: JSON, subresource: Subresource?) {
    if subresource == .status {
      object["spec"] = old["spec"]
      return
    }
    object["status"] = old["status"]
    var service = ServiceFields(object)
    Self.dropWhatTheTypeHasNot(from: &service, old: ServiceFields(old))
    service.write(to: &object)
  }

  /// Clears members that no longer apply after a change of type, where the server may have filled
  /// them in and the client did not change them as well (that fails validation instead).
  private static func dropWhatTheTypeHasNot(
    from service: inout ServiceFields, old: ServiceFields
  ) {
    if !old.isExternalName, service.isExternalName {
      if old.clusterIP == service.clusterIP, old.clusterIPs == service.clusterIPs {
        service.clusterIP = ""
        service.clusterIPs = []
      }
      if old.ipFamilies == service.ipFamilies { service.ipFamilies = [] }
      if old.ipFamilyPolicy == service.ipFamilyPolicy { service.ipFamilyPolicy = nil }
    }
    if old.mayHaveNodePorts, !service.mayHaveNodePorts,
      Set(service.nodePorts).subtracting([0]).isSubset(of: old.nodePorts)
    {
      for index in service.ports.indices { service.setNodePort(0, at: index) }
    }
    if old.needsHealthCheckNodePort, !service.needsHealthCheckNodePort,
      old.healthCheckNodePort == service.healthCheckNodePort
    {
      service.healthCheckNodePort = 0
    }
    if old.isLoadBalancer, !service.isLoadBalancer {
      if old.allocatesLoadBalancerNodePorts == service.allocatesLoadBalancerNodePorts {
        service.spec["allocateLoadBalancerNodePorts"] = nil
      }
      if old.loadBalancerClass == service.loadBalancerClass {
        service.spec["loadBalancerClass"] = nil
      }
    }
    if old.isExternallyAccessible, !service.isExternallyAccessible,
      old.externalTrafficPolicy == service.externalTrafficPolicy
    {
      service.spec["externalTrafficPolicy"] = nil
    }
    if !service.isLoadBalancer { service.status["loadBalancer"] = [:] }
  }
}
