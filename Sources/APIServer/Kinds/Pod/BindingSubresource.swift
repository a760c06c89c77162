package import JSONTree
package import KubernetesAPI

extension PodKind {
  /// Carries out a POST to `pods/binding`: assigns the Pod to the Node and notes that it is
  /// scheduled.
  ///
  /// - Parameters:
  ///   - binding: the decoded body, a core/v1 Binding.
  ///   - pod: the stored Pod.
  /// - Throws: 400 for another Pod's binding, 422 for a bad one, 409 where the Pod cannot be
  ///   assigned (any more).
  package func bind(
    _ binding: JSON, to pod: inout JSON, now: Timestamp
  ) throws(APIStatus) {
    let name = pod.member("metadata").text("name")
    try check(binding, podName: name)
    try check(preconditionsOf: binding, against: pod)
    var spec = pod.member("spec")
    if pod[path: "metadata", "deletionTimestamp"] != nil {
      throw conflict(name, "pod \(name) is being deleted, cannot be assigned to a host")
    }
    let node = spec.text("nodeName")
    if !node.isEmpty {
      throw conflict(name, "pod \(name) is already assigned to node \"\(node)\"")
    }
    if !spec.items("schedulingGates").isEmpty {
      throw conflict(name, "pod \(name) has non-empty .spec.schedulingGates")
    }
    spec["nodeName"] = binding[path: "target", "name"]
    pod["spec"] = spec
    merge(["annotations", "labels"], of: binding, into: &pod)
    noteScheduled(&pod, now: now)
  }

  private func check(_ binding: JSON, podName: String) throws(APIStatus) {
    let stated = binding.member("metadata").text("name")
    if stated != podName {
      throw .badRequest("name in URL does not match name in Binding object")
    }
    var checks = FieldChecks()
    let target = binding.member("target")
    if !target.text("kind").isEmpty {
      if target.text("kind") != "Node" {
        checks.oneOf(["<empty>", "Node"], target.text("kind"), at: FieldPath("target.kind"))
      }
    }
    if target.text("name").isEmpty { checks.required(FieldPath("target.name")) }
    if let resource = Subresource.binding.kind, !checks.isEmpty {
      throw .invalid(resource, name: podName, checks.errors)
    }
  }

  private func check(preconditionsOf binding: JSON, against pod: JSON) throws(APIStatus) {
    let wanted = binding.member("metadata")
    let actual = pod.member("metadata")
    for (member, word) in [("uid", "UID"), ("resourceVersion", "ResourceVersion")] {
      let value = wanted.text(member)
      guard !value.isEmpty, value != actual.text(member) else { continue }
      throw conflict(
        actual.text("name"),
        "Precondition failed: \(word) in precondition: \(value), \(word) in object meta: "
          + actual.text(member))
    }
  }

  private func conflict(_ name: String, _ problem: String) -> APIStatus {
    var bindings = resource
    bindings.plural = "pods/binding"
    return .conflict(bindings, name: name, problem)
  }

  private func merge(_ maps: [String], of binding: JSON, into pod: inout JSON) {
    var metadata = pod.member("metadata")
    for map in maps {
      let added = binding.member("metadata").members(map)
      guard !added.isEmpty else { continue }
      var members = metadata.members(map)
      for member in added { members[member.key] = member.value }
      metadata[map] = .object(members)
    }
    pod["metadata"] = metadata
  }

  private func noteScheduled(_ pod: inout JSON, now: Timestamp) {
    var status = pod.member("status")
    var condition: JSON = ["type": "PodScheduled", "status": "True"]
    var conditions = status.items("conditions")
    let position = conditions.firstIndex { $0.text("type") == "PodScheduled" }
    condition["lastTransitionTime"] = .string(now.description)
    if let position {
      if conditions[position].text("status") == "True" {
        condition["lastTransitionTime"] = conditions[position]["lastTransitionTime"]
      }
      conditions[position] = condition
    } else {
      conditions.append(condition)
    }
    status["conditions"] = .array(conditions)
    status["nominatedNodeName"] = nil
    pod["status"] = status
  }
}
