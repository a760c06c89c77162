package import JSONTree
package import KubernetesAPI

/// `v1` Pod.
package struct PodKind: KindDefinition {
  package init() {}

  package let resource = Pod.resource
  package var schema: ObjectSchema { .pod }
  package var shortNames: [String] { ["po"] }
  package var categories: [String] { ["all"] }
  package var storagePrefix: String { "/registry/pods" }
  package var countsGenerations: Bool { true }
  package var returnsDeletedObject: Bool { true }

  package var subresources: [Subresource] {
    [
      .attach, .binding, .ephemeralContainers, .eviction, .exec, .log, .portForward, .status,
    ]
  }

  package func schema(of subresource: Subresource) -> ObjectSchema {
    switch subresource {
    case .binding: .binding
    case .eviction: .eviction
    default: schema
    }
  }

  // MARK: Selection

  package var selectableFields: [String] {
    [
      "spec.nodeName", "spec.host", "spec.restartPolicy", "spec.schedulerName",
      "spec.serviceAccountName", "spec.hostNetwork", "status.phase", "status.podIP",
      "status.podIPs", "status.nominatedNodeName",
    ]
  }

  package func selectableField(_ field: String, of object: JSON) -> String {
    let spec = object.member("spec")
    let status = object.member("status")
    switch field {
    // What old clients call the node.
    case "spec.nodeName", "spec.host": return spec.text("nodeName")
    case "spec.hostNetwork": return spec.flag("hostNetwork") ? "true" : "false"
    case "status.podIP": return status.items("podIPs").first?.text("ip") ?? ""
    // Kubernetes accepts the label and has no value for it.
    case "status.podIPs": return ""
    default:
      let parts = field.split(separator: ".", maxSplits: 1).map(String.init)
      return parts.count == 2 ? object.member(parts[0]).text(parts[1]) : ""
    }
  }

  // MARK: Writing

  package func prepareForCreate(_ object: inout JSON) {
    PodAdmission.admitNew(&object)
    PodSelectors.mergeLabelKeys(&object)
    object["status"] = [
      "phase": "Pending", "qosClass": .string(PodResources(object.member("spec")).qosClass),
    ]
    if object[path: "spec", "schedulingGates"] != nil { reportGates(&object) }
  }

  private func reportGates(_ object: inout JSON) {
    var condition: JSON = [
      "type": "PodScheduled", "status": "False", "reason": "SchedulingGated",
      "message": "Scheduling is blocked due to non-empty scheduling gates",
    ]
    condition["lastTransitionTime"] = object[path: "metadata", "creationTimestamp"]
    var status = object.member("status")
    status["conditions"] = [condition]
    object["status"] = status
  }

  package func prepareForUpdate(_ object: inout JSON, old: JSON, subresource: Subresource?) {
    switch subresource {
    case .status?: PodStatusRules.prepare(&object, old: old)
    case .ephemeralContainers?:
      var metadata = old.member("metadata")
      metadata["resourceVersion"] = object[path: "metadata", "resourceVersion"]
      metadata["managedFields"] = object[path: "metadata", "managedFields"]
      var spec = old.member("spec")
      spec["ephemeralContainers"] = object[path: "spec", "ephemeralContainers"]
      object = old
      object["metadata"] = metadata
      object["spec"] = spec
    default:
      PodAdmission.admitUpdate(&object, old: old)
      object["status"] = old["status"]
    }
  }

  package func problems(ofName name: String) -> [String] { Format.dns1123Subdomain(name) }

  package func validateCreate(_ object: JSON) -> [FieldError] {
    var checks = FieldChecks()
    checks.pod(object)
    checks.newPod(object)
    return checks.errors
  }

  package func validateUpdate(
    _ object: JSON, old: JSON, subresource: Subresource?
  ) -> [FieldError] {
    var checks = FieldChecks()
    switch subresource {
    case .status?: checks.podStatusUpdate(object, old: old)
    case .ephemeralContainers?:
      checks.pod(object)
      checks.ephemeralContainersUpdate(object, old: old)
    default:
      checks.pod(object)
      checks.podUpdate(object, old: old)
    }
    return checks.errors
  }

  package func warnings(_ object: JSON, old: JSON?) -> [String] {
    old == nil ? PodWarnings.ofNew(object) : []
  }

  /// A Pod that may be running on a Node gets its grace period; others leave at once.
  package func deletionPolicy(_ object: JSON) -> DeletionPolicy {
    let spec = object.member("spec")
    let phase = object.member("status").text("phase")
    if spec.text("nodeName").isEmpty || phase == "Failed" || phase == "Succeeded" {
      return .immediate
    }
    let seconds = spec.number("terminationGracePeriodSeconds")
    return .graceful(defaultSeconds: seconds < 0 ? 1 : seconds)
  }
}

extension Subresource {
  /// `pods/ephemeralcontainers`, through which containers for debugging are added.
  package static let ephemeralContainers = Subresource("ephemeralcontainers")
}
