import JSONTree
import KubernetesAPI

extension FieldChecks {
  /// What a change of a Pod's status may do.
  mutating func podStatusUpdate(_ pod: JSON, old: JSON) {
    let path = FieldPath("status")
    let status = pod.member("status")
    let oldStatus = old.member("status")
    coreFinalizers(of: pod)
    podConditions(status.items("conditions"), at: path.child("conditions"))
    nominatedNode(pod, old: old, at: path.child("nominatedNodeName"))
    observedGeneration(status, at: path)
    immutable(
      .string(status.text("qosClass")), old: .string(oldStatus.text("qosClass")),
      at: path.child("qosClass"))
    for (list, containers) in [
      ("containerStatuses", "containers"), ("initContainerStatuses", "initContainers"),
      ("ephemeralContainerStatuses", "ephemeralContainers"),
    ] {
      containerTransitions(
        status.items(list), old: oldStatus.items(list), old.member("spec"), containers,
        at: path.child(list))
    }
    claimStatuses(status, pod.member("spec"), at: path.child("resourceClaimStatuses"))
    addresses(status.items("podIPs"), old: oldStatus.items("podIPs"), at: path.child("podIPs"))
    let hostIPs = status.items("hostIPs")
    if let first = hostIPs.first?.text("ip"), first != status.text("hostIP") {
      invalid(
        path.child("hostIPs").index(0).child("ip"), .string(first), "must be equal to `hostIP`")
    }
    addresses(hostIPs, old: oldStatus.items("hostIPs"), at: path.child("hostIPs"))
  }

  private mutating func podConditions(_ conditions: [JSON], at path: FieldPath) {
    for (index, condition) in conditions.enumerated() {
      observedGeneration(condition, at: path.index(index))
      let type = condition.text("type")
      if !["PodScheduled", "Ready", "Initialized"].contains(type) {
        // The capital letter is Kubernetes' own.
        format(type, at: path.index(index).child("Type"), Format.qualifiedName)
      }
    }
  }

  private mutating func observedGeneration(_ object: JSON, at path: FieldPath) {
    let generation = object.number("observedGeneration")
    if generation < 0 {
      invalid(
        path.child("observedGeneration"), .integer(generation), "must be a non-negative integer")
    }
  }

  private mutating func nominatedNode(_ pod: JSON, old: JSON, at path: FieldPath) {
    let node = pod.member("status").text("nominatedNodeName")
    guard !node.isEmpty, node != old.member("status").text("nominatedNodeName") else { return }
    format(node, at: path, Format.dns1123Subdomain)
    if !old.member("spec").text("nodeName").isEmpty {
      forbidden(path, "may not be set on pods that are already bound to a node")
    }
  }

  /// One address of each family, where an old one may stay as it is.
  private mutating func addresses(_ addresses: [JSON], old: [JSON], at path: FieldPath) {
    let texts = addresses.map { $0.text("ip") }
    let known = Set(old.map { $0.text("ip") })
    for (index, text) in texts.enumerated() where !known.contains(text) {
      format(text, at: path.index(index), Format.legacyIP)
    }
    guard texts.count > 1 else { return }
    let families = Set(texts.compactMap { IPAddress($0)?.family })
    if texts.count > 2 || families.count < 2 {
      invalid(path, .array(addresses), "may specify no more than one IP for each IP family")
    }
  }

  private mutating func claimStatuses(_ status: JSON, _ spec: JSON, at path: FieldPath) {
    let claims = Set(spec.items("resourceClaims").map { $0.text("name") })
    var seen: Set<String> = []
    for (index, claim) in status.items("resourceClaimStatuses").enumerated() {
      let path = path.index(index)
      let name = claim.text("name")
      if !claims.contains(name) {
        invalid(
          path.child("name"), .string(name),
          "must match the name of an entry in `spec.resourceClaims`")
      }
      if !seen.insert(name).inserted { duplicate(path.child("name"), .string(name)) }
      if let object = claim["resourceClaimName"]?.string {
        format(object, at: path.child("resourceClaimName"), Format.dns1123Subdomain)
      }
    }
  }

  // MARK: Ended containers

  /// A container that has ended for good stays ended.
  private mutating func containerTransitions(
    _ statuses: [JSON], old: [JSON], _ spec: JSON, _ list: String, at path: FieldPath
  ) {
    if list != "ephemeralContainers", restartsAll(spec) { return }
    for (index, status) in old.enumerated() {
      let name = status.text("name")
      guard let terminated = status[path: "state", "terminated"],
        let next = statuses.first(where: { $0.text("name") == name }),
        next[path: "state", "terminated"] == nil
      else { continue }
      let container = spec.items(list).first { $0.text("name") == name }
      let exitCode = terminated.number("exitCode")
      let mayRestart =
        list != "ephemeralContainers"
        && container.map { restarts($0, in: spec, after: exitCode) } == true
      if !mayRestart {
        forbidden(
          path.index(index).child("state"), "may not be transitioned to non-terminated state")
      }
    }
  }

  private func restartsAll(_ spec: JSON) -> Bool {
    (spec.items("containers") + spec.items("initContainers")).contains { container in
      container.items("restartPolicyRules").contains {
        $0.text("action") == "RestartAllContainers"
      }
    }
  }

  private func restarts(_ container: JSON, in spec: JSON, after exitCode: Int64) -> Bool {
    for rule in container.items("restartPolicyRules") {
      let codes = rule.member("exitCodes")
      let isListed = codes.items("values").contains(.integer(exitCode))
      if isListed == (codes.text("operator") == "In") { return true }
    }
    let policy = container["restartPolicy"]?.string ?? spec.text("restartPolicy")
    return policy == "Always" || (policy == "OnFailure" && exitCode != 0)
  }
}
