import JSONTree
import KubernetesAPI

/// How traffic comes in and where it goes.
extension ServiceValidation {
  mutating func checkExternalIPs() {
    for (index, address) in service.externalIPs.enumerated() {
      let path = Self.spec.child("externalIPs").index(index)
      let problems =
        old?.externalIPs.contains(address) == true ? [] : Format.legacyIP(address)
      if problems.isEmpty {
        checks.format(address, at: path, Format.endpointIP)
      } else {
        checks.format(address, at: path) { _ in problems }
      }
    }
  }

  /// Ranges of client addresses that a load balancer lets in, as a list or as an annotation.
  mutating func checkSourceRanges() {
    let problem = "may only be used when `type` is 'LoadBalancer'"
    let ranges = service.loadBalancerSourceRanges
    if !ranges.isEmpty {
      // Kubernetes spells the member with a capital here.
      let path = Self.spec.child("LoadBalancerSourceRanges")
      if !service.isLoadBalancer { checks.forbidden(path, problem) }
      let known = Set(old?.loadBalancerSourceRanges.map(\.withoutOuterSpace) ?? [])
      for (index, range) in ranges.enumerated() {
        let range = range.withoutOuterSpace
        if known.contains(range) { continue }
        checks.format(range, at: path.index(index), Format.legacyCIDR)
      }
    } else if let text = service.annotation(ServiceAnnotation.sourceRanges) {
      let path = FieldPath("metadata").child("annotations").key(ServiceAnnotation.sourceRanges)
      if !service.isLoadBalancer { checks.forbidden(path, problem) }
      let list = text.withoutOuterSpace
      if list.isEmpty || old?.annotation(ServiceAnnotation.sourceRanges) == text { return }
      for range in list.split(separator: ",", omittingEmptySubsequences: false) {
        checks.format(String(range).withoutOuterSpace, at: path, Format.legacyCIDR)
      }
    }
  }

  mutating func checkLoadBalancer() {
    let allocates = service.allocatesLoadBalancerNodePorts
    if allocates != nil, !service.isLoadBalancer {
      checks.forbidden(
        Self.spec.child("allocateLoadBalancerNodePorts"),
        "may only be used when `type` is 'LoadBalancer'")
    }
    if allocates == nil, service.isLoadBalancer {
      checks.required(FieldPath("allocateLoadBalancerNodePorts"))
    }
  }

  mutating func checkLoadBalancerClass(against old: ServiceFields?) {
    let path = Self.spec.child("loadBalancerClass")
    let name = service.loadBalancerClass
    if let old, old.isLoadBalancer, service.isLoadBalancer, old.loadBalancerClass != name {
      checks.invalid(path, name.map { .string($0) }, "may not change once set")
    }
    guard let name else { return }
    if service.isLoadBalancer {
      checks.format(name, at: path, Format.qualifiedName)
    } else {
      checks.forbidden(path, "may only be used when `type` is 'LoadBalancer'")
    }
  }

  mutating func checkExternalTrafficPolicy() {
    let path = Self.spec.child("externalTrafficPolicy")
    let policy = service.externalTrafficPolicy
    if !service.isExternallyAccessible {
      if !policy.isEmpty {
        checks.invalid(
          path, .string(policy), "may only be set for externally-accessible services")
      }
    } else if policy.isEmpty {
      checks.required(path)
    } else {
      checks.oneOf(["Cluster", "Local"], policy, at: path)
    }
    let portPath = Self.spec.child("healthCheckNodePort")
    let port = service.healthCheckNodePort
    if !service.needsHealthCheckNodePort {
      if port != 0 {
        checks.invalid(
          portPath, .integer(port),
          "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'")
      }
    } else if port == 0 {
      checks.required(portPath)
    } else {
      checks.format(port, at: portPath, Format.port)
    }
  }

  mutating func checkInternalTrafficPolicy() {
    let path = Self.spec.child("internalTrafficPolicy")
    if let policy = service.spec["internalTrafficPolicy"]?.string {
      checks.oneOf(["Cluster", "Local"], policy, at: path)
    } else if ["ClusterIP", "LoadBalancer", "NodePort"].contains(service.type) {
      checks.required(path)
    }
  }

  mutating func checkTrafficDistribution() {
    guard let value = service.spec["trafficDistribution"]?.string else { return }
    let supported = ["PreferClose", "PreferSameZone", "PreferSameNode"]
    if supported.contains(value) { return }
    // Not by `oneOf`: Kubernetes lists these in this order, not sorted.
    let list = supported.map { "\"\($0)\"" }.joined(separator: ", ")
    checks.add(
      FieldError(
        kind: .notSupported, path: Self.spec.child("trafficDistribution"),
        value: JSON.string(value).text, detail: "supported values: " + list))
  }

  // MARK: Status

  mutating func checkStatus() {
    let path = FieldPath("status").child("loadBalancer", "ingress")
    let entries = service.status.member("loadBalancer").items("ingress")
    if !service.isLoadBalancer, !entries.isEmpty {
      return checks.forbidden(path, "may only be used when `spec.type` is 'LoadBalancer'")
    }
    let known = Set(
      old?.status.member("loadBalancer").items("ingress").map { $0.text("ip") } ?? [])
    for (index, entry) in entries.enumerated() {
      checkIngress(entry, known: known, at: path.index(index))
    }
  }

  private mutating func checkIngress(_ entry: JSON, known: Set<String>, at path: FieldPath) {
    let address = entry.text("ip")
    if !address.isEmpty, !known.contains(address) {
      checks.format(address, at: path.child("ip"), Format.legacyIP)
    }
    switch (entry["ipMode"]?.string, address.isEmpty) {
    case (_?, true):
      checks.forbidden(path.child("ipMode"), "may not be specified when `ip` is not set")
    case (let mode?, false): checks.oneOf(["Proxy", "VIP"], mode, at: path.child("ipMode"))
    case (nil, false):
      checks.required(path.child("ipMode"), "must be specified when `ip` is set")
    case (nil, true): break
    }
    let hostname = entry.text("hostname")
    if hostname.isEmpty { return }
    checks.format(hostname, at: path.child("hostname"), Format.dns1123Subdomain)
    if IPAddress(spelling: hostname) != nil {
      checks.invalid(
        path.child("hostname"), .string(hostname), "must be a DNS name, not an IP address")
    }
  }
}

extension String {
  /// Without white space at either end.
  fileprivate var withoutOuterSpace: String {
    guard let first = firstIndex(where: { !$0.isWhitespace }),
      let last = lastIndex(where: { !$0.isWhitespace })
    else { return "" }
    return String(self[first...last])
  }
}
