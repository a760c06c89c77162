import JSONTree
import KubernetesAPI

/// Cluster IPs and their families.
extension ServiceValidation {
  /// What `clusterIP`, `clusterIPs`, `ipFamilies` and `ipFamilyPolicy` must agree on. Also asked
  /// before allocation, which relies on it.
  mutating func checkAddresses() {
    // Of an ExternalName all of them must be absent, which `checkType` sees to.
    if service.isExternalName { return }
    let path = Self.spec.child("clusterIPs")
    let addresses = service.clusterIPs
    checkSingularAndPlural()
    checkFamilies()
    if let policy = service.ipFamilyPolicy {
      checks.oneOf(
        ["PreferDualStack", "RequireDualStack", "SingleStack"], policy,
        at: Self.spec.child("ipFamilyPolicy"))
    }
    var areValid = true
    for (index, address) in addresses.enumerated() {
      if index == 0, address == ServiceFields.headless {
        if addresses.count > 1 {
          areValid = false
          checks.invalid(path, shown(addresses), "'None' must be the first and only value")
        }
        continue
      }
      if old?.clusterIPs.contains(address) == true { continue }
      let problems = Format.legacyIP(address)
      if !problems.isEmpty { areValid = false }
      checks.format(address, at: path.index(index)) { _ in problems }
    }
    if addresses.count > 2 {
      checks.invalid(path, shown(addresses), "may only hold up to 2 values")
    }
    // More about addresses that are none would only confuse.
    guard areValid else { return }
    let families = addresses.map { IPAddress.family(ofSpelling: $0) }
    if addresses.count > 1, Set(families).count < 2 {
      checks.invalid(
        path, shown(addresses), "may specify no more than one IP for each IP family")
    }
    guard !service.isHeadless else { return }
    for (index, (family, expected)) in zip(families, service.ipFamilies).enumerated()
    where IPAddress.Family(rawValue: expected) != nil && family?.rawValue != expected {
      checks.invalid(
        path.index(index), .string(addresses[index]),
        "expected an \(expected) value as indicated by `ipFamilies[\(index)]`")
    }
  }

  private mutating func checkSingularAndPlural() {
    let path = Self.spec.child("clusterIPs")
    let addresses = service.clusterIPs
    if service.clusterIP.isEmpty {
      if !addresses.isEmpty {
        checks.invalid(
          path, shown(addresses), "must be empty when `clusterIP` is not specified")
      }
    } else if addresses.isEmpty {
      checks.required(path)
    } else if addresses[0] != service.clusterIP {
      checks.invalid(path, shown(addresses), "first value must match `clusterIP`")
    }
  }

  private mutating func checkFamilies() {
    var seen: Set<String> = []
    for (index, family) in service.ipFamilies.enumerated() {
      let path = Self.spec.child("ipFamilies").index(index)
      checks.oneOf(["IPv4", "IPv6"], family, at: path)
      if !seen.insert(family).inserted { checks.duplicate(path, .string(family)) }
    }
  }

  // MARK: Changes

  mutating func checkChangedAddresses(_ old: ServiceFields) {
    if service.isExternalName || old.isExternalName { return }
    if service.isHeadless, old.isHeadless { return }
    let before = old.clusterIPs
    let after = service.clusterIPs
    let path = Self.spec.child("clusterIPs")
    let shown = after.isEmpty ? .null : shown(after)
    if before.count == after.count {
      for (index, address) in before.enumerated() where address != after[index] {
        checks.invalid(path.index(index), shown, "may not change once set")
      }
      return
    }
    if before.count > after.count, after.isEmpty {
      checks.invalid(path.index(0), shown, "primary clusterIP can not be unset")
    }
    if let first = before.first, let kept = after.first, first != kept {
      checks.invalid(path.index(0), shown, "may not change once set")
    }
    if before.count > after.count, after.count == 1, service.ipFamilyPolicy != "SingleStack" {
      checks.invalid(
        Self.spec.child("ipFamilyPolicy"), service.ipFamilyPolicy.map { .string($0) },
        "must be set to 'SingleStack' when releasing the secondary clusterIP")
    }
  }

  mutating func checkChangedFamilies(_ old: ServiceFields) {
    if service.isExternalName || old.isExternalName { return }
    // Without addresses the families may change, and with the addresses they come and go.
    if service.isHeadless || old.isHeadless { return }
    let before = old.ipFamilies
    let after = service.ipFamilies
    let path = Self.spec.child("ipFamilies")
    if before.count == after.count {
      for (index, family) in before.enumerated() where family != after[index] {
        checks.invalid(path.index(0), shown(after), "may not change once set")
      }
      return
    }
    if before.count > after.count, service.clusterIPs.isEmpty {
      checks.invalid(
        path.index(0), after.isEmpty ? .null : shown(after), "primary ipFamily can not be unset")
    }
    if let first = before.first, let kept = after.first, first != kept {
      // Kubernetes shows the addresses here, not the families.
      checks.invalid(path.index(0), shown(service.clusterIPs), "may not change once set")
    }
    if before.count > after.count, after.count == 1, service.ipFamilyPolicy != "SingleStack" {
      checks.invalid(
        Self.spec.child("ipFamilyPolicy"), service.ipFamilyPolicy.map { .string($0) },
        "must be set to 'SingleStack' when releasing the secondary ipFamily")
    }
  }

  private func shown(_ values: [String]) -> JSON { .array(values.map { .string($0) }) }
}
