package import JSONTree

extension ServiceKind {
  package func validateCreate(_ object: JSON) -> [FieldError] {
    var validation = ServiceValidation(ServiceFields(object), old: nil)
    validation.checkService()
    return validation.checks.errors
  }

  package func validateUpdate(
    _ object: JSON, old: JSON, subresource: Subresource?
  ) -> [FieldError] {
    var validation = ServiceValidation(ServiceFields(object), old: ServiceFields(old))
    if subresource == .status {
      validation.checkStatus()
    } else {
      validation.checkChanges()
      validation.checkService()
    }
    return validation.checks.errors
  }
}

/// What is wrong with a Service whose addresses and node ports have been allocated, in the order
/// and the words of Kubernetes.
struct ServiceValidation {
  static let spec = FieldPath("spec")
  /// As long as a day, in seconds.
  static let maximumAffinityTimeout: Int64 = 86400

  let service: ServiceFields
  /// The Service as it stands, nil for a new one.
  let old: ServiceFields?
  var checks = FieldChecks()

  init(_ service: ServiceFields, old: ServiceFields?) {
    self.service = service
    self.old = old
  }

  mutating func checkService() {
    checkTopologyAnnotations()
    if service.ports.isEmpty, !service.isHeadless, !service.isExternalName {
      checks.required(Self.spec.child("ports"))
    }
    checkType()
    checkPorts()
    checks.labels(service.spec.members("selector"), at: Self.spec.child("selector"))
    checkSessionAffinity()
    checkAddresses()
    checkExternalIPs()
    if service.type.isEmpty {
      checks.required(Self.spec.child("type"))
    } else {
      checks.oneOf(
        ["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"], service.type,
        at: Self.spec.child("type"))
    }
    checkPortsTogether()
    checkSourceRanges()
    checkLoadBalancer()
    checkLoadBalancerClass(against: nil)
    checkExternalTrafficPolicy()
    checkInternalTrafficPolicy()
    checkTrafficDistribution()
  }

  /// Problems that lie in the difference to the old Service.
  mutating func checkChanges() {
    guard let old else { return }
    checkChangedAddresses(old)
    checkChangedFamilies(old)
    checkLoadBalancerClass(against: old)
    if old.needsHealthCheckNodePort, service.needsHealthCheckNodePort,
      old.healthCheckNodePort != service.healthCheckNodePort
    {
      checks.forbidden(Self.spec.child("healthCheckNodePort"), "field is immutable")
    }
  }

  // MARK: Type

  private mutating func checkTopologyAnnotations() {
    guard let mode = service.annotation(ServiceAnnotation.topologyMode),
      let hints = service.annotation(ServiceAnnotation.topologyAwareHints), mode != hints
    else { return }
    checks.invalid(
      FieldPath("metadata").child("annotations").key(ServiceAnnotation.topologyMode),
      .string(mode),
      "must match annotations[\(ServiceAnnotation.topologyAwareHints)] when both are specified")
  }

  private mutating func checkType() {
    switch service.type {
    case "LoadBalancer", "NodePort":
      if service.isHeadless {
        checks.invalid(
          Self.spec.child("clusterIPs").index(0), .string(ServiceFields.headless),
          "may not be set to 'None' for \(service.type) services")
      }
    case "ExternalName":
      let problem = "may not be set for ExternalName services"
      if !service.clusterIPs.isEmpty { checks.forbidden(Self.spec.child("clusterIPs"), problem) }
      if !service.ipFamilies.isEmpty { checks.forbidden(Self.spec.child("ipFamilies"), problem) }
      if service.ipFamilyPolicy != nil {
        checks.forbidden(Self.spec.child("ipFamilyPolicy"), problem)
      }
      var name = service.spec.text("externalName")
      if name.hasSuffix(".") { name.removeLast() }
      if name.isEmpty {
        checks.required(Self.spec.child("externalName"))
      } else {
        checks.format(name, at: Self.spec.child("externalName"), Format.dns1123Subdomain)
      }
    default: break
    }
  }

  // MARK: Ports

  private mutating func checkPorts() {
    var names: Set<String> = []
    let ports = service.ports
    for (index, port) in ports.enumerated() {
      let path = Self.spec.child("ports").index(index)
      let name = port.text("name")
      if name.isEmpty {
        if ports.count > 1 { checks.required(path.child("name")) }
      } else {
        checks.format(name, at: path.child("name"), Format.dns1123Label)
        if !names.insert(name).inserted { checks.duplicate(path.child("name"), .string(name)) }
      }
      checks.format(port.number("port"), at: path.child("port"), Format.port)
      checks.transportProtocol(port.text("protocol"), at: path.child("protocol"))
      switch port["targetPort"] {
      case .string(let name)?:
        checks.format(name, at: path.child("targetPort"), Format.portName)
      case let number:
        checks.format(number?.integer ?? 0, at: path.child("targetPort"), Format.port)
      }
      if let name = port["appProtocol"]?.string {
        checks.format(name, at: path.child("appProtocol"), Format.qualifiedName)
      }
    }
  }

  /// What the ports may not have in common, and node ports where there are none.
  private mutating func checkPortsTogether() {
    struct Binding: Hashable {
      var transport: String
      var number: Int64
    }
    let ports = service.ports
    let path = Self.spec.child("ports")
    if service.type == ServiceFields.ServiceType.clusterIP {
      for (index, port) in ports.enumerated() where port.number("nodePort") != 0 {
        checks.forbidden(
          path.index(index).child("nodePort"), "may not be used when `type` is 'ClusterIP'")
      }
    }
    var seen: Set<Binding> = []
    for (index, port) in ports.enumerated() where port.number("nodePort") != 0 {
      let number = port.number("nodePort")
      if !seen.insert(Binding(transport: port.text("protocol"), number: number)).inserted {
        checks.duplicate(path.index(index).child("nodePort"), .integer(number))
      }
    }
    seen = []
    for (index, port) in ports.enumerated() {
      let binding = Binding(transport: port.text("protocol"), number: port.number("port"))
      if !seen.insert(binding).inserted {
        // Kubernetes shows the two members as its internal type spells them, all others at zero.
        checks.add(
          FieldError(
            kind: .duplicate, path: path.index(index),
            value: "{\"Name\":\"\",\"Protocol\":\(JSON.string(binding.transport).text),"
              + "\"AppProtocol\":null,\"Port\":\(binding.number),\"TargetPort\":0,\"NodePort\":0}",
            detail: ""))
      }
    }
  }

  // MARK: Session affinity

  private mutating func checkSessionAffinity() {
    let affinity = service.sessionAffinity
    if affinity.isEmpty {
      checks.required(Self.spec.child("sessionAffinity"))
    } else {
      checks.oneOf(["ClientIP", "None"], affinity, at: Self.spec.child("sessionAffinity"))
    }
    let path = Self.spec.child("sessionAffinityConfig")
    let config = service.spec["sessionAffinityConfig"]
    if affinity == "None", config != nil {
      checks.forbidden(path, "must not be set when session affinity is None")
    }
    guard affinity == "ClientIP" else { return }
    let problem = "when session affinity type is ClientIP"
    guard let config else { return checks.required(path, problem) }
    guard let client = config["clientIP"] else {
      return checks.required(path.child("clientIP"), problem)
    }
    let timeoutPath = path.child("clientIP", "timeoutSeconds")
    guard let timeout = client["timeoutSeconds"]?.integer else {
      return checks.required(timeoutPath, problem)
    }
    if !(1...Self.maximumAffinityTimeout).contains(timeout) {
      checks.invalid(
        timeoutPath, .integer(timeout),
        "must be greater than 0 and less than \(Self.maximumAffinityTimeout)")
    }
  }
}

/// Annotations that steer a Service.
enum ServiceAnnotation {
  static let topologyMode = "service.kubernetes.io/topology-mode"
  static let topologyAwareHints = "service.kubernetes.io/topology-aware-hints"
  static let sourceRanges = "service.beta.kubernetes.io/load-balancer-source-ranges"
}

extension FieldChecks {
  /// That a port names one of the transport protocols.
  mutating func transportProtocol(_ name: String, at path: FieldPath) {
    if name.isEmpty { return required(path) }
    oneOf(["SCTP", "TCP", "UDP"], name, at: path)
  }
}
