import JSONTree
import KubernetesAPI

// What the server reads into a Service before it allocates.

extension ServiceFields {
  /// The keys that hold what the Service has been allocated.
  package var allocations: [AllocationKey] {
    var keys = allocatedAddresses.map { AllocationKey.address($0) }
    keys += allocatedNodePorts.map { .nodePort(UInt64($0)) }
    return keys
  }

  /// None for an ExternalName and for a headless Service.
  var allocatedAddresses: [IPAddress] {
    isExternalName ? [] : clusterIPs.compactMap { IPAddress(spelling: $0) }
  }

  /// Each number once, the health check's among them. None where the type has none: an
  /// ExternalName may carry numbers that were never allocated.
  var allocatedNodePorts: [Int64] {
    guard mayHaveNodePorts else { return [] }
    var numbers: [Int64] = []
    for number in nodePorts + [needsHealthCheckNodePort ? healthCheckNodePort : 0]
    where number > 0 && !numbers.contains(number) {
      numbers.append(number)
    }
    return numbers
  }

  /// Makes `clusterIP` and `clusterIPs` agree where a client that knows only the first of them
  /// has changed it. What they cannot mean is left for validation to refuse.
  package mutating func synchronizeAddresses(old: ServiceFields?) {
    guard let old else {
      if !clusterIP.isEmpty, clusterIPs.isEmpty { clusterIPs = [clusterIP] }
      return
    }
    if !old.clusterIPs.isEmpty, clusterIPs.isEmpty, old.clusterIP == clusterIP {
      clusterIPs = old.clusterIPs
    }
    if old.clusterIP != clusterIP, old.clusterIPs == clusterIPs {
      clusterIPs = clusterIP.isEmpty && !old.clusterIP.isEmpty ? [] : [clusterIP]
    }
  }

  /// Keeps what the server chose where the client has not said otherwise, so that applying the
  /// manifest a Service was made from again changes nothing.
  package mutating func keepAllocatedValues(of old: ServiceFields) {
    if !old.isExternalName, !isExternalName {
      if clusterIP.isEmpty { clusterIP = old.clusterIP }
      if clusterIPs.isEmpty { clusterIPs = old.clusterIPs }
    }
    if old.getsNodePorts, getsNodePorts {
      let kept = Set(old.nodePorts).intersection(nodePorts).subtracting([0])
      let byName = Dictionary(
        old.ports.map { ($0.text("name"), $0.number("nodePort")) },
        uniquingKeysWith: { $1 })
      for (index, port) in ports.enumerated() where port.number("nodePort") == 0 {
        let number = byName[port.text("name")] ?? 0
        if !kept.contains(number) { setNodePort(number, at: index) }
      }
    }
    if old.needsHealthCheckNodePort, needsHealthCheckNodePort, healthCheckNodePort == 0 {
      healthCheckNodePort = old.healthCheckNodePort
    }
  }

  /// Fills in members that servers before Kubernetes 1.20 did not store, as current ones show
  /// them when such a Service is read.
  ///
  /// - Returns: whether anything was missing.
  @discardableResult
  package mutating func fillInWhatOldServersLeftOut(_ network: ServiceNetwork) -> Bool {
    let before = spec
    synchronizeAddresses(old: nil)
    if isExternalName { spec["internalTrafficPolicy"] = nil }
    if !isExternalName, ipFamilies.isEmpty {
      let primary = network.primaryFamily
      if clusterIP == Self.headless {
        let other: IPAddress.Family = primary == .v4 ? .v6 : .v4
        ipFamilies = (hasSelector ? [primary] : [primary, other]).map(\.rawValue)
        ipFamilyPolicy = hasSelector ? "SingleStack" : "RequireDualStack"
      } else {
        ipFamilies = clusterIPs.map { (IPAddress.family(ofSpelling: $0) ?? .v4).rawValue }
        if !ipFamilies.isEmpty {
          ipFamilyPolicy = ipFamilies.count == 1 ? "SingleStack" : "RequireDualStack"
        }
      }
    }
    return spec != before
  }
}
