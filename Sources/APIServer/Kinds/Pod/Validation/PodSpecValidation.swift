import JSONTree

/// What checks of one part of a PodSpec must know of the others.
struct PodContext {
  /// Whether the PodSpec is a Pod's own and not a template's.
  var isPod: Bool
  /// Of the Pod itself; null for a template.
  var metadata: JSON
  var spec: JSON
  /// Volumes without problems, by name.
  var volumes: [String: JSON] = [:]

  init(spec: JSON, metadata: JSON?) {
    self.spec = spec
    self.metadata = metadata ?? .null
    isPod = metadata != nil
  }

  var gracePeriod: Int64? { spec["terminationGracePeriodSeconds"]?.integer }
  var sharesUserNamespace: Bool { spec["hostUsers"]?.bool ?? true }
  var claims: Set<String> { Set(spec.items("resourceClaims").map { $0.text("name") }) }
}

extension FieldChecks {
  /// What must hold of every Pod, new or changed.
  mutating func pod(_ pod: JSON) {
    let spec = pod.member("spec")
    let metadata = pod.member("metadata")
    coreFinalizers(of: pod)
    podAnnotations(
      metadata.members("annotations"), spec: spec, at: FieldPath("metadata.annotations"))
    podSpec(spec, metadata: metadata, at: FieldPath("spec"))
    for list in ["containers", "initContainers"] {
      for (index, container) in spec.items(list).enumerated() {
        imageWithoutPadding(container, at: FieldPath("spec").child(list).index(index))
      }
    }
  }

  /// What must hold of a Pod when it is made.
  mutating func newPod(_ pod: JSON) {
    let spec = pod.member("spec")
    if !spec.items("ephemeralContainers").isEmpty {
      forbidden(FieldPath("spec.ephemeralContainers"), "cannot be set on create")
    }
    if !spec.text("nodeName").isEmpty, !spec.items("schedulingGates").isEmpty {
      forbidden(
        FieldPath("spec.nodeName"), "cannot be set until all schedulingGates have been cleared")
    }
  }

  /// Annotations that say something about a Pod, of a Pod or of a template.
  mutating func podAnnotations(_ annotations: JSONObject, spec: JSON, at path: FieldPath) {
    let mirror = "kubernetes.io/config.mirror"
    if let value = annotations[mirror], spec.text("nodeName").isEmpty {
      invalid(
        path.key(mirror), value, "must set spec.nodeName if mirror pod annotation is set")
    }
    let cost = "controller.kubernetes.io/pod-deletion-cost"
    if let value = annotations[cost]?.string, !value.isEmpty,
      Int32(value) == nil || value.hasPrefix("+") || (value.hasPrefix("0") && value != "0")
    {
      invalid(path.key(cost), .string(value), "must be a 32bit integer")
    }
  }

  /// A PodSpec, of a Pod or of a template (`metadata` nil).
  mutating func podSpec(_ spec: JSON, metadata: JSON?, at path: FieldPath) {
    var context = PodContext(spec: spec, metadata: metadata)
    if spec["terminationGracePeriodSeconds"] == nil {
      required(path.child("terminationGracePeriodSeconds"))
    }
    volumes(&context, at: path.child("volumes"))
    resourceClaims(context, at: path.child("resourceClaims"))
    containers(context, at: path)
    podLevelResources(spec, at: path.child("resources"))
    hostNetworkPorts(context, at: path)
    oneOfRequired(
      ["Always", "Never", "OnFailure"], spec.text("restartPolicy"),
      at: path.child("restartPolicy"))
    oneOfRequired(
      ["ClusterFirst", "ClusterFirstWithHostNet", "Default", "None"], spec.text("dnsPolicy"),
      at: path.child("dnsPolicy"))
    labels(spec.members("nodeSelector"), at: path.child("nodeSelector"))
    podSecurity(spec, at: path)
    affinity(spec.member("affinity"), at: path.child("affinity"))
    dnsConfig(spec, at: path.child("dnsConfig"))
    gates(spec, at: path)
    spreadConstraints(
      spec.items("topologySpreadConstraints"), at: path.child("topologySpreadConstraints"))
    hostUsers(spec, at: path)
    podNames(spec, at: path)
    tolerations(spec.items("tolerations"), at: path.child("tolerations"))
    podEnvironment(spec, at: path)
    variableFiles(spec, at: path)
  }

  /// Like `oneOf`, with an error of its own for a value that is missing.
  mutating func oneOfRequired(_ supported: [String], _ value: String, at path: FieldPath) {
    if value.isEmpty { required(path) } else { oneOf(supported, value, at: path) }
  }

  // MARK: Names

  private mutating func podNames(_ spec: JSON, at path: FieldPath) {
    if let name = spec["hostnameOverride"]?.string {
      let path = path.child("hostnameOverride")
      if spec.flag("setHostnameAsFQDN") {
        forbidden(path, "may not be specified when setHostnameAsFQDN is true")
      }
      if spec.flag("hostNetwork") {
        forbidden(path, "may not be specified when hostNetwork is true")
      }
      if name.utf8.count > 64 { add(.tooLong(path, maximum: 64)) }
      format(name, at: path, Format.dns1123Subdomain)
    }
    let rules: [(String, Format.Rule)] = [
      ("serviceAccountName", Format.dns1123Subdomain), ("nodeName", Format.dns1123Subdomain),
      ("hostname", Format.dns1123Label), ("subdomain", Format.dns1123Label),
      ("priorityClassName", Format.dns1123Subdomain),
      ("runtimeClassName", Format.dns1123Subdomain),
    ]
    for (field, rule) in rules {
      let value = spec.text(field)
      if !value.isEmpty { format(value, at: path.child(field), rule) }
    }
    if let seconds = spec["activeDeadlineSeconds"]?.integer {
      format(seconds, at: path.child("activeDeadlineSeconds")) {
        Format.range($0, 1...Int64(Int32.max))
      }
    }
  }

  private mutating func podEnvironment(_ spec: JSON, at path: FieldPath) {
    for (index, alias) in spec.items("hostAliases").enumerated() {
      let path = path.child("hostAliases").index(index)
      format(alias.text("ip"), at: path.child("ip"), Format.legacyIP)
      for (position, name) in alias.items("hostnames").enumerated() {
        format(
          name.string ?? "", at: path.child("hostnames").index(position), Format.dns1123Subdomain)
      }
    }
    if let policy = spec["preemptionPolicy"]?.string {
      oneOfRequired(
        ["Never", "PreemptLowerPriority"], policy, at: path.child("preemptionPolicy"))
    }
    if let overhead = spec["overhead"] {
      resourceRequirements(["limits": overhead], at: path.child("overhead")) {
        $0.containerResourceName($1, at: $2)
      }
    }
    if let os = spec["os"] {
      oneOfRequired(["linux", "windows"], os.text("name"), at: path.child("os", "name"))
    }
  }

  // MARK: Name resolution

  private mutating func dnsConfig(_ spec: JSON, at path: FieldPath) {
    let config = spec.member("dnsConfig")
    let servers = config.items("nameservers")
    if spec.text("dnsPolicy") == "None" {
      if spec["dnsConfig"] == nil {
        return required(path, "must provide `dnsConfig` when `dnsPolicy` is None")
      }
      if servers.isEmpty {
        return required(
          path.child("nameservers"),
          "must provide at least one DNS nameserver when `dnsPolicy` is None")
      }
    }
    if servers.count > 3 {
      invalid(
        path.child("nameservers"), .array(servers), "must not have more than 3 nameservers")
    }
    for (index, server) in servers.enumerated() {
      format(server.string ?? "", at: path.child("nameservers").index(index), Format.legacyIP)
    }
    searchDomains(config.items("searches"), at: path.child("searches"))
    for (index, option) in config.items("options").enumerated() where option.text("name").isEmpty {
      required(path.child("options").index(index), "must not be empty")
    }
  }

  private mutating func searchDomains(_ domains: [JSON], at path: FieldPath) {
    if domains.count > 32 {
      invalid(path, .array(domains), "must not have more than 32 search paths")
    }
    let names = domains.map { $0.string ?? "" }
    if names.joined(separator: " ").utf8.count > 2048 {
      invalid(
        path, .array(domains),
        "must not have more than 2048 characters (including spaces) in the search list")
    }
    for (index, name) in names.enumerated() where name != "." {
      let domain = name.hasSuffix(".") ? String(name.dropLast()) : name
      format(domain, at: path.index(index), Format.dns1123SubdomainWithUnderscore)
    }
  }

  // MARK: Gates and claims

  private mutating func gates(_ spec: JSON, at path: FieldPath) {
    for (index, gate) in spec.items("readinessGates").enumerated() {
      format(
        gate.text("conditionType"),
        at: path.child("readinessGates").index(index).child("conditionType"),
        Format.qualifiedName)
    }
    var seen: Set<String> = []
    for (index, gate) in spec.items("schedulingGates").enumerated() {
      let path = path.child("schedulingGates").index(index)
      let name = gate.text("name")
      format(name, at: path, Format.qualifiedName)
      if !seen.insert(name).inserted { duplicate(path, .string(name)) }
    }
  }

  private mutating func resourceClaims(_ context: PodContext, at path: FieldPath) {
    var seen: Set<String> = []
    for (index, claim) in context.spec.items("resourceClaims").enumerated() {
      let path = path.index(index)
      let name = claim.text("name")
      if name.isEmpty {
        required(path.child("name"))
      } else if !seen.insert(name).inserted {
        duplicate(path.child("name"), .string(name))
      } else {
        format(name, at: path.child("name"), Format.dns1123Label)
      }
      let references = ["resourceClaimName", "resourceClaimTemplateName"]
      let stated = references.filter { claim[$0] != nil }
      if stated.count == 2 {
        invalid(
          path, claim,
          "at most one of `resourceClaimName` or `resourceClaimTemplateName` may be specified")
      } else if stated.isEmpty {
        invalid(
          path, claim,
          "must specify one of: `resourceClaimName`, `resourceClaimTemplateName`")
      }
      for reference in stated {
        format(claim.text(reference), at: path.child(reference), Format.dns1123Subdomain)
      }
    }
  }

  // MARK: Sharing with the host

  private mutating func hostNetworkPorts(_ context: PodContext, at path: FieldPath) {
    guard context.spec.flag("hostNetwork") else { return }
    for (index, container) in context.spec.items("containers").enumerated() {
      for (position, port) in container.items("ports").enumerated() {
        let number = port.number("hostPort")
        guard context.isPod || number != 0, number != port.number("containerPort") else { continue }
        invalid(
          path.child("containers").index(index).child("ports").index(position).child("hostPort"),
          .integer(number), "must match `containerPort` when `hostNetwork` is true")
      }
    }
  }

  private mutating func hostUsers(_ spec: JSON, at path: FieldPath) {
    guard spec["hostUsers"]?.bool == false else { return }
    let detail = "when `hostUsers` is false"
    if spec.flag("hostNetwork") { forbidden(path.child("hostNetwork"), detail) }
    // The capital letters are Kubernetes' own.
    if spec.flag("hostPID") { forbidden(path.child("HostPID"), detail) }
    if spec.flag("hostIPC") { forbidden(path.child("HostIPC"), detail) }
    for (container, path) in allContainers(of: spec, at: path)
    where !container.items("volumeDevices").isEmpty {
      forbidden(path.child("volumeDevices"), detail)
    }
  }

  /// Variables from files can come from an emptyDir only.
  private mutating func variableFiles(_ spec: JSON, at path: FieldPath) {
    for (container, path) in allContainers(of: spec, at: path) {
      for (index, variable) in container.items("env").enumerated() {
        guard let reference = variable[path: "valueFrom", "fileKeyRef"] else { continue }
        let name = reference.text("volumeName")
        let path = path.child("env").index(index).child("valueFrom", "fileKeyRef", "volumeName")
        let volume = spec.items("volumes").last { $0.text("name") == name }
        if volume == nil {
          add(.notFound(path, .string(name)))
        } else if volume?["emptyDir"] == nil {
          invalid(path, .string(name), "referenced volume must be of type emptyDir")
        }
      }
    }
  }

  /// Containers of all sorts with their paths, in the order of Kubernetes' own visits.
  func allContainers(of spec: JSON, at path: FieldPath) -> [(JSON, FieldPath)] {
    ["initContainers", "containers", "ephemeralContainers"].flatMap { list in
      spec.items(list).enumerated().map { ($1, path.child(list).index($0)) }
    }
  }
}
