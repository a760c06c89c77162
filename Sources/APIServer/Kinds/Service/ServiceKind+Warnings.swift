package import JSONTree

extension ServiceKind {
  package func warnings(_ object: JSON, old: JSON?, subresource: Subresource?) -> [String] {
    guard subresource == .status else { return warnings(object, old: old) }
    let path = FieldPath("status").child("loadBalancer", "ingress")
    let entries = ServiceFields(object).status.member("loadBalancer").items("ingress")
    return entries.enumerated().flatMap { index, entry in
      addressWarnings(entry.text("ip"), at: path.index(index))
    }
  }

  package func warnings(_ object: JSON, old: JSON?) -> [String] {
    let service = ServiceFields(object)
    let spec = FieldPath("spec")
    var warnings: [String] = []
    if service.annotation(ServiceAnnotation.topologyAwareHints) != nil {
      warnings.append(
        "annotation \(ServiceAnnotation.topologyAwareHints) is deprecated, please use "
          + "\(ServiceAnnotation.topologyMode) instead")
    }
    if !service.clusterIP.isEmpty, service.clusterIP != ServiceFields.headless {
      for (index, address) in service.clusterIPs.enumerated() {
        warnings += addressWarnings(address, at: spec.child("clusterIPs").index(index))
      }
    }
    let isHeadless =
      service.type == ServiceFields.ServiceType.clusterIP
      && service.clusterIP == ServiceFields.headless
    warnings += Self.ignoredMembers(of: service, isHeadless: isHeadless)
    for (index, address) in service.externalIPs.enumerated() {
      warnings += addressWarnings(address, at: spec.child("externalIPs").index(index))
    }
    if !service.externalIPs.isEmpty, !isHeadless, !service.isExternalName {
      warnings.append(
        "spec.externalIPs is deprecated and may no longer be implemented in some clusters")
    }
    let balancerAddress = service.spec.text("loadBalancerIP")
    if !balancerAddress.isEmpty {
      warnings += addressWarnings(balancerAddress, at: spec.child("loadBalancerIP"))
    }
    for (index, range) in service.loadBalancerSourceRanges.enumerated() {
      warnings += rangeWarnings(range, at: spec.child("loadBalancerSourceRanges").index(index))
    }
    if service.isExternalName, !service.externalIPs.isEmpty {
      warnings.append("spec.externalIPs is ignored when spec.type is \"ExternalName\"")
    }
    if !service.isExternalName, !service.spec.text("externalName").isEmpty {
      warnings.append("spec.externalName is ignored when spec.type is not \"ExternalName\"")
    }
    if service.spec.text("trafficDistribution") == "PreferClose" {
      warnings.append(
        "spec.trafficDistribution: \"PreferClose\" is deprecated; use \"PreferSameZone\"")
    }
    return warnings
  }

  private static func ignoredMembers(of service: ServiceFields, isHeadless: Bool) -> [String] {
    guard isHeadless else { return [] }
    var warnings: [String] = []
    if !service.spec.text("loadBalancerIP").isEmpty {
      warnings.append("spec.loadBalancerIP is ignored for headless services")
    }
    if !service.externalIPs.isEmpty {
      warnings.append("spec.externalIPs is ignored for headless services")
    }
    if service.sessionAffinity != "None" {
      // Kubernetes spells the member with a capital here.
      warnings.append("spec.SessionAffinity is ignored for headless services")
    }
    return warnings
  }
}
