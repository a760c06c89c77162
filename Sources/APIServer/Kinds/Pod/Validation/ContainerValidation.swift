import JSONTree
import KubernetesAPI

extension FieldChecks {
  /// All containers of a PodSpec.
  mutating func containers(_ context: PodContext, at path: FieldPath) {
    let spec = context.spec
    let containers = spec.items("containers")
    var names: Set<String> = []
    if containers.isEmpty { required(path.child("containers")) }
    for (index, container) in containers.enumerated() {
      let path = path.child("containers").index(index)
      self.container(container, context, at: path)
      if !names.insert(container.text("name")).inserted {
        duplicate(path.child("name"), .string(container.text("name")))
      }
      lifecycle(container, context, at: path)
      restartRules(container, at: path)
    }
    hostPortConflicts(containers, at: path.child("containers"))
    for (index, container) in spec.items("initContainers").enumerated() {
      let list = path.child("initContainers")
      initContainer(container, context, at: list.index(index))
      let name = container.text("name")
      if !name.isEmpty, !names.insert(name).inserted {
        duplicate(list.index(index).child("name"), .string(name))
      }
      // They run one by one, so that only ports of one container can collide.
      hostPortConflicts([container], at: list)
    }
    ephemeralContainers(context, names: names, at: path.child("ephemeralContainers"))
  }

  /// What holds for containers of all sorts.
  private mutating func container(_ container: JSON, _ context: PodContext, at path: FieldPath) {
    let name = container.text("name")
    if name.isEmpty {
      required(path.child("name"))
    } else {
      format(name, at: path.child("name"), Format.dns1123Label)
    }
    if container.text("image").isEmpty { required(path.child("image")) }
    oneOfRequired(
      ["FallbackToLogsOnError", "File"], container.text("terminationMessagePolicy"),
      at: path.child("terminationMessagePolicy"))
    containerPorts(container.items("ports"), at: path.child("ports"))
    environment(container, at: path)
    volumeMounts(container, context, at: path)
    volumeDevices(container, context, at: path.child("volumeDevices"))
    pullPolicy(container.text("imagePullPolicy"), at: path.child("imagePullPolicy"))
    resourceRequirements(container.member("resources"), at: path.child("resources")) {
      $0.containerResourceName($1, at: $2)
    }
    claimUses(
      container.member("resources").items("claims"), context.claims,
      at: path.child("resources", "claims"))
    resizePolicy(container, context, at: path.child("resizePolicy"))
    security(
      container.member("securityContext"), context, at: path.child("securityContext"))
  }

  mutating func pullPolicy(_ policy: String, at path: FieldPath) {
    oneOfRequired(["Always", "IfNotPresent", "Never"], policy, at: path)
  }

  mutating func imageWithoutPadding(_ container: JSON, at path: FieldPath) {
    let image = container.text("image")
    if image.first?.isWhitespace == true || image.last?.isWhitespace == true {
      invalid(
        path.child("image"), .string(image), "must not have leading or trailing whitespace")
    }
  }

  // MARK: Ports

  private mutating func containerPorts(_ ports: [JSON], at path: FieldPath) {
    var names: Set<String> = []
    for (index, port) in ports.enumerated() {
      let path = path.index(index)
      let name = port.text("name")
      if !name.isEmpty {
        let problems = Format.portName(name)
        if !problems.isEmpty {
          format(name, at: path.child("name"), Format.portName)
        } else if !names.insert(name).inserted {
          duplicate(path.child("name"), .string(name))
        }
      }
      let number = port.number("containerPort")
      if number == 0 {
        required(path.child("containerPort"))
      } else {
        format(number, at: path.child("containerPort"), Format.port)
      }
      let hostPort = port.number("hostPort")
      if hostPort != 0 { format(hostPort, at: path.child("hostPort"), Format.port) }
      oneOfRequired(["SCTP", "TCP", "UDP"], port.text("protocol"), at: path.child("protocol"))
    }
  }

  private mutating func hostPortConflicts(_ containers: [JSON], at path: FieldPath) {
    var seen: Set<String> = []
    for (index, container) in containers.enumerated() {
      for (position, port) in container.items("ports").enumerated()
      where port.number("hostPort") != 0 {
        let key = "\(port.text("protocol"))/\(port.text("hostIP"))/\(port.number("hostPort"))"
        if !seen.insert(key).inserted {
          duplicate(
            path.index(index).child("ports").index(position).child("hostPort"), .string(key))
        }
      }
    }
  }

  // MARK: Init containers

  private mutating func initContainer(
    _ container: JSON, _ context: PodContext, at path: FieldPath
  ) {
    self.container(container, context, at: path)
    restartRules(container, at: path)
    let isSidecar = container.text("restartPolicy") == "Always"
    if isSidecar {
      lifecycle(container, context, at: path)
    } else {
      for field in ["lifecycle", "livenessProbe", "readinessProbe", "startupProbe"]
      where container[field] != nil {
        forbidden(
          path.child(field), "may not be set for init containers without restartPolicy=Always")
      }
      for (index, policy) in container.items("resizePolicy").enumerated()
      where policy.text("restartPolicy") == "RestartContainer" {
        invalid(
          path.child("resizePolicy").index(index).child("restartPolicy"),
          policy["restartPolicy"],
          "must not be set to 'RestartContainer' for non-sidecar initContainers")
      }
    }
  }

  private mutating func restartRules(_ container: JSON, at path: FieldPath) {
    let rules = container.items("restartPolicyRules")
    if let policy = container["restartPolicy"]?.string {
      oneOf(["Always", "Never", "OnFailure"], policy, at: path.child("restartPolicy"))
    } else if !rules.isEmpty {
      required(
        path.child("restartPolicy"), "must specify restartPolicy when restart rules are used")
    }
    if rules.count > 20 {
      add(.tooMany(path.child("restartPolicyRules"), count: rules.count, maximum: 20))
    }
    for (index, rule) in rules.enumerated() {
      let path = path.child("restartPolicyRules").index(index)
      oneOf(["Restart", "RestartAllContainers"], rule.text("action"), at: path.child("action"))
      guard let codes = rule["exitCodes"] else {
        required(path.child("exitCodes"), "must be specified")
        continue
      }
      oneOf(["In", "NotIn"], codes.text("operator"), at: path.child("exitCodes", "operator"))
      let count = codes.items("values").count
      if count > 255 {
        add(.tooMany(path.child("exitCodes", "values"), count: count, maximum: 255))
      }
    }
  }

  // MARK: Ephemeral containers

  /// Fields an ephemeral container may not have.
  private static let lasting = [
    "ports", "resources", "resizePolicy", "restartPolicy", "restartPolicyRules", "livenessProbe",
    "readinessProbe", "startupProbe", "lifecycle",
  ]

  private mutating func ephemeralContainers(
    _ context: PodContext, names: Set<String>, at path: FieldPath
  ) {
    var allNames = names
    let detail = "cannot be set for an Ephemeral Container"
    for (index, container) in context.spec.items("ephemeralContainers").enumerated() {
      let path = path.index(index)
      self.container(container, context, at: path)
      imageWithoutPadding(container, at: path)
      let name = container.text("name")
      if !allNames.insert(name).inserted { duplicate(path.child("name"), .string(name)) }
      let target = container.text("targetContainerName")
      if !target.isEmpty, !names.contains(target) {
        add(.notFound(path.child("targetContainerName"), .string(target)))
      }
      for field in Self.lasting where !container.member(field).says(theSameAs: .null) {
        forbidden(path.child(field), detail)
      }
      for (position, mount) in container.items("volumeMounts").enumerated() {
        for field in ["subPath", "subPathExpr"] where !mount.text(field).isEmpty {
          forbidden(path.child("volumeMounts").index(position).child(field), detail)
        }
      }
    }
  }

  // MARK: Resources

  private mutating func resizePolicy(
    _ container: JSON, _ context: PodContext, at path: FieldPath
  ) {
    var names: Set<String> = []
    for (index, policy) in container.items("resizePolicy").enumerated() {
      let name = policy.text("resourceName")
      let restart = policy.text("restartPolicy")
      if !names.insert(name).inserted { duplicate(path.index(index), .string(name)) }
      oneOfRequired(["cpu", "memory"], name, at: path)
      oneOfRequired(["NotRequired", "RestartContainer"], restart, at: path)
      if context.spec.text("restartPolicy") == "Never", restart != "NotRequired" {
        invalid(
          path, .string(restart), "must be 'NotRequired' when pod `restartPolicy` is 'Never'")
      }
    }
  }

  private mutating func claimUses(_ uses: [JSON], _ claims: Set<String>, at path: FieldPath) {
    var seen: Set<[String]> = []
    for (index, use) in uses.enumerated() {
      let path = path.index(index)
      let name = use.text("name")
      let request = use.text("request")
      if name.isEmpty {
        required(path)
        continue
      }
      if !request.isEmpty { format(request, at: path.child("request"), Format.dns1123Label) }
      let overlaps = request.isEmpty ? seen.contains { $0[0] == name } : seen.contains([name, ""])
      if overlaps || !seen.insert([name, request]).inserted {
        duplicate(path, .string(request.isEmpty ? name : name + "/" + request))
      }
      if !claims.contains(name) { add(.notFound(path, .string(name))) }
    }
  }

  /// Resources of the Pod as a whole, and how they fit those of the containers.
  mutating func podLevelResources(_ spec: JSON, at path: FieldPath) {
    guard let resources = spec["resources"] else { return }
    if spec.member("os").text("name") == "windows" {
      return forbidden(path, "may not be set for a windows pod")
    }
    if resources["claims"] != nil {
      forbidden(path.child("claims"), "claims may not be set for Resources at pod-level")
    }
    resourceRequirements(resources, at: path) { $0.podResourceName($1, at: $2) }
    let total = PodResources(spec)
    for (name, amount) in total.aggregate("requests").sorted(by: { $0.key < $1.key }) {
      guard let stated = resources.members("requests")[name], let own = stated.quantity,
        amount > own
      else { continue }
      invalid(
        path.child("requests").key(name), stated,
        "must be greater than or equal to aggregate container requests of \(amount)")
    }
    let limits = resources.members("limits")
    for (index, container) in spec.items("containers").enumerated() {
      for limit in container.member("resources").members("limits") {
        guard let own = limits[limit.key]?.quantity, let amount = limit.value.quantity,
          amount > own
        else { continue }
        invalid(
          path.child("containers").index(index).key(limit.key).child("limits"), limit.value,
          "must be less than or equal to pod limits of \(own)")
      }
    }
  }
}
