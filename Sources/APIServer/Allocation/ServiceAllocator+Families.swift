import JSONTree
import KubernetesAPI

extension ServiceAllocator {
  private static let familiesPath = FieldPath("spec").child("ipFamilies")
  private static let policyPath = FieldPath("spec").child("ipFamilyPolicy")
  private static let addressesPath = FieldPath("spec").child("clusterIPs")

  /// Fills in `ipFamilyPolicy` and `ipFamilies` from what the client said, what the Service had
  /// and what the cluster has, and refuses what cannot be (KEP-563).
  func fillInFamilies(
    _ service: inout ServiceFields, old: ServiceFields?
  ) throws(APIStatus) {
    if service.isExternalName || staysAsPreferred(service, old: old) { return }
    if service.ipFamilyPolicy == nil {
      if let policy = old?.ipFamilyPolicy {
        service.ipFamilyPolicy = policy
      } else if service.clusterIP == ServiceFields.headless, !service.hasSelector {
        // Whoever makes the endpoints may make them of either family.
        service.ipFamilyPolicy = "RequireDualStack"
      } else {
        service.ipFamilyPolicy = "SingleStack"
      }
    }
    var validation = ServiceValidation(service, old: old)
    validation.checkAddresses()
    try refuse(service, validation.checks)

    var checks = FieldChecks()
    let isSingle = service.ipFamilyPolicy == "SingleStack"
    if let old {
      if isSingle { dropSecond(&service, old: old) } else { checkDropped(service, old, &checks) }
    }
    checkSingleStack(service, &checks)
    inferFamilies(&service, &checks)
    try refuse(service, checks)

    if service.clusterIP == ServiceFields.headless, !service.hasSelector {
      // Any families, whatever the cluster has.
      if service.ipFamilies.isEmpty { service.ipFamilies = [network.primaryFamily.rawValue] }
      if service.ipFamilies.count < 2, !isSingle { appendOtherFamily(&service) }
      return
    }
    try checkCluster(service)
    if service.ipFamilies.isEmpty { service.ipFamilies = [network.primaryFamily.rawValue] }
    if !isSingle, service.ipFamilies.count == 1, network.isDualStack {
      appendOtherFamily(&service)
    }
  }

  /// Whether an update leaves a Service that prefers two families as it is. Such a Service does
  /// not change because the cluster has gained or lost a family.
  func staysAsPreferred(_ service: ServiceFields, old: ServiceFields?) -> Bool {
    guard let old, old.type == service.type, !service.isExternalName else { return false }
    return service.ipFamilyPolicy == "PreferDualStack"
      && (old.ipFamilyPolicy ?? "PreferDualStack") == "PreferDualStack"
      && old.clusterIPs == service.clusterIPs && old.ipFamilies == service.ipFamilies
  }

  /// To ask for a single family is to give the second up.
  private func dropSecond(_ service: inout ServiceFields, old: ServiceFields) {
    if old.clusterIPs == service.clusterIPs, service.clusterIPs.count > 1 {
      service.clusterIPs = [service.clusterIPs[0]]
    }
    if old.ipFamilies == service.ipFamilies, service.ipFamilies.count > 1 {
      service.ipFamilies = [service.ipFamilies[0]]
    }
  }

  /// The second is only given up by asking for a single family.
  private func checkDropped(
    _ service: ServiceFields, _ old: ServiceFields, _ checks: inout FieldChecks
  ) {
    let policy = service.ipFamilyPolicy.map { JSON.string($0) }
    if !service.clusterIPs.isEmpty, service.clusterIPs.count < old.clusterIPs.count {
      checks.invalid(
        Self.policyPath, policy, "must be 'SingleStack' to release the secondary cluster IP")
    }
    if !service.ipFamilies.isEmpty, service.ipFamilies.count < old.ipFamilies.count {
      checks.invalid(
        Self.policyPath, policy, "must be 'SingleStack' to release the secondary IP family")
    }
  }

  private func checkSingleStack(_ service: ServiceFields, _ checks: inout FieldChecks) {
    guard service.ipFamilyPolicy == "SingleStack" else { return }
    let problem = "must be 'RequireDualStack' or 'PreferDualStack' when multiple "
    if service.clusterIPs.count == 2 {
      checks.invalid(Self.policyPath, "SingleStack", problem + "cluster IPs are specified")
    }
    if service.ipFamilies.count == 2 {
      checks.invalid(Self.policyPath, "SingleStack", problem + "IP families are specified")
    }
  }

  /// An address says which family it is of.
  private func inferFamilies(_ service: inout ServiceFields, _ checks: inout FieldChecks) {
    let addresses = service.clusterIPs
    for (index, address) in addresses.enumerated() {
      guard address != ServiceFields.headless else { break }
      guard index >= service.ipFamilies.count, let family = IPAddress.family(ofSpelling: address)
      else { continue }
      if network.range(of: family) == nil {
        checks.invalid(
          Self.addressesPath.index(index), .array(addresses.map { .string($0) }),
          "\(family.rawValue) is not configured on this cluster")
      } else {
        service.ipFamilies.append(family.rawValue)
      }
    }
  }

  /// What is asked for must be there.
  private func checkCluster(_ service: ServiceFields) throws(APIStatus) {
    var checks = FieldChecks()
    if service.ipFamilyPolicy == "RequireDualStack", !network.isDualStack {
      checks.invalid(
        Self.policyPath, "RequireDualStack",
        "this cluster is not configured for dual-stack services")
    }
    for (index, name) in service.ipFamilies.enumerated()
    where IPAddress.Family(rawValue: name).flatMap({ network.range(of: $0) }) == nil {
      checks.invalid(
        Self.familiesPath.index(index), .string(name), "not configured on this cluster")
    }
    try refuse(service, checks)
  }

  private func appendOtherFamily(_ service: inout ServiceFields) {
    let other: IPAddress.Family = service.ipFamilies[0] == "IPv4" ? .v6 : .v4
    service.ipFamilies.append(other.rawValue)
  }

  func refuse(_ service: ServiceFields, _ checks: FieldChecks) throws(APIStatus) {
    if !checks.isEmpty { throw .invalid(Service.resource, name: service.name, checks.errors) }
  }
}
