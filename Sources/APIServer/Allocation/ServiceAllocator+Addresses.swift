import JSONTree
import KubernetesAPI

extension ServiceAllocator {
  /// An address of each family of a Service that has not got it, in the order of the families.
  func allocateAddresses(
    _ service: inout ServiceFields, in plan: inout AllocationPlan
  ) async throws(APIStatus) {
    if service.isExternalName || service.clusterIPs.first == ServiceFields.headless { return }
    try await allocateAddresses(
      &service, at: Array(service.ipFamilies.indices), in: &plan)
  }

  /// What an update of a Service, whose families have been filled in, takes and gives up.
  func updateAddresses(
    _ service: inout ServiceFields, old: ServiceFields, in plan: inout AllocationPlan
  ) async throws(APIStatus) {
    if staysAsPreferred(service, old: old) { return }
    if old.isExternalName {
      if !service.isExternalName { try await allocateAddresses(&service, in: &plan) }
      return
    }
    if old.clusterIPs.first == ServiceFields.headless { return }
    if service.isExternalName {
      for address in old.allocatedAddresses { plan.release(.address(address)) }
      return
    }
    switch (old.ipFamilies.count, service.ipFamilies.count) {
    case (1, 2): try await allocateAddresses(&service, at: [1], in: &plan)
    case (2, 1):
      if let second = old.allocatedAddresses.dropFirst().first { plan.release(.address(second)) }
    default: break
    }
  }

  private func allocateAddresses(
    _ service: inout ServiceFields, at positions: [Int], in plan: inout AllocationPlan
  ) async throws(APIStatus) {
    let families = service.ipFamilies
    var addresses = service.clusterIPs
    while addresses.count < families.count { addresses.append("") }
    for position in positions {
      guard let range = IPAddress.Family(rawValue: families[position]).flatMap(network.range(of:))
      else { continue }
      let wanted = addresses[position]
      if wanted.isEmpty {
        guard let address = try await takeAddress(of: range.family) else {
          throw .internalError(
            "failed to allocate a serviceIP for Service \"\(service.name)\": range is full")
        }
        plan.take(.address(address))
        addresses[position] = address.description
      } else if let problem = try await take(wanted, of: range, in: &plan) {
        throw .invalid(
          Service.resource, name: service.name,
          [
            .invalid(
              FieldPath("spec").child("clusterIPs"), .array(addresses.map { .string($0) }),
              "failed to allocate IP \(wanted): \(problem)")
          ])
      }
    }
    service.clusterIPs = addresses
    service.clusterIP = addresses.first ?? ""
  }

  /// Takes the address a client asked for.
  ///
  /// - Returns: why it cannot be had, nil where it can.
  private func take(
    _ text: String, of range: AddressRange, in plan: inout AllocationPlan
  ) async throws(APIStatus) -> String? {
    guard let address = IPAddress(spelling: text) else { return "invalid address" }
    guard range.number(of: address) != nil else {
      return "the provided IP (\(address)) is not in the valid range. "
        + "The range of valid IPs is \(range.cidr)"
    }
    let key = AllocationKey.address(address)
    if try await isTaken(key) { return "provided IP is already allocated" }
    plan.take(key)
    return nil
  }
}
