import JSONTree
import KubernetesAPI

extension Resource {
  /// Assigns a Pod to a Node (`pods/binding`): what schedulers do.
  ///
  /// - Throws: 400 for a Binding of another Pod, 409 for a Pod that has a Node, is leaving, or is
  ///   held back.
  func bind(
    _ binding: JSON, namespace: String, name: String, isDryRun: Bool
  ) async throws(APIStatus) {
    guard binding[path: "metadata", "name"]?.string == name else {
      throw .badRequest("name in URL does not match name in Binding object")
    }
    let node = binding[path: "target", "name"]?.string ?? ""
    let kindOfTarget = binding[path: "target", "kind"]?.string ?? ""
    guard kindOfTarget.isEmpty || kindOfTarget == "Node" else {
      throw .unreasoned(
        FieldError.notSupported(
          FieldPath("target.kind"), .string(kindOfTarget), supported: ["Node", "<empty>"]))
    }
    guard !node.isEmpty else { throw .unreasoned(.required(FieldPath("target.name"))) }
    let uid = binding[path: "metadata", "uid"]?.string ?? ""
    let annotations = binding[path: "metadata", "annotations"]?.object ?? [:]
    var resource = kind.resource
    resource.plural += "/binding"
    let refused = { @Sendable [resource] (problem: String) -> APIStatus in
      .conflict(resource, name: name, problem)
    }
    let now = core.environment.now()
    try await rewrite(namespace: namespace, name: name, isDryRun: isDryRun) {
      old throws(APIStatus) in
      let metadata = old["metadata"] ?? [:]
      if !uid.isEmpty, metadata["uid"]?.string != uid {
        throw refused("uid mismatch: the Pod has another one than the Binding")
      }
      if metadata["deletionTimestamp"] != nil {
        throw refused("pod \(name) is being deleted, cannot be assigned to a host")
      }
      if let present = old[path: "spec", "nodeName"]?.string, !present.isEmpty {
        throw refused("pod \(name) is already assigned to node \"\(present)\"")
      }
      if !(old[path: "spec", "schedulingGates"]?.array ?? []).isEmpty {
        throw refused("pod \(name) has non-empty .spec.schedulingGates")
      }
      return Self.assigned(old, to: node, annotations: annotations, now: now)
    }
  }

  private static func assigned(
    _ pod: JSON, to node: String, annotations: JSONObject, now: Timestamp
  ) -> JSON {
    var pod = pod
    var spec = pod["spec"] ?? [:]
    spec["nodeName"] = .string(node)
    pod["spec"] = spec
    if !annotations.isEmpty {
      var metadata = pod["metadata"] ?? [:]
      var merged = metadata["annotations"]?.object ?? [:]
      for member in annotations { merged[member.key] = member.value }
      metadata["annotations"] = .object(merged)
      pod["metadata"] = metadata
    }
    var status = pod["status"] ?? [:]
    var conditions = status["conditions"]?.array ?? []
    let index = conditions.firstIndex { $0["type"] == "PodScheduled" }
    var condition = index.map { conditions[$0] } ?? ["type": "PodScheduled"]
    if condition["status"] != "True" {
      condition["lastTransitionTime"] = .string(now.description)
    }
    condition["status"] = "True"
    condition["reason"] = nil
    condition["message"] = nil
    if let index { conditions[index] = condition } else { conditions.append(condition) }
    status["conditions"] = .array(conditions)
    pod["status"] = status
    return pod
  }
}

extension APIStatus {
  /// A kube-apiserver answers some mistakes with an error of its own, without a reason.
  fileprivate static func unreasoned(_ error: FieldError) -> APIStatus {
    APIStatus(code: 500, reason: .unknown, message: error.description)
  }
}
