package import JSONTree
package import KubernetesAPI

/// `v1` Node.
package struct NodeKind: KindDefinition {
  package init() {}

  package let resource = Node.resource
  package var schema: ObjectSchema { .node }
  package var shortNames: [String] { ["no"] }
  /// What Nodes were called first.
  package var storagePrefix: String { "/registry/minions" }
  package var subresources: [Subresource] { [.status] }

  package var selectableFields: [String] { ["spec.unschedulable"] }
  package func selectableField(_ field: String, of object: JSON) -> String {
    object.member("spec").flag("unschedulable") ? "true" : "false"
  }

  // MARK: Writing

  package func setDefaults(_ object: inout JSON) {
    matchPodCIDRs(&object)
    if object[path: "status", "allocatable"] == nil,
      let capacity = object[path: "status", "capacity"]
    {
      var status = object.member("status")
      status["allocatable"] = capacity
      object["status"] = status
    }
  }

  /// Two fields say one thing: `podCIDR` is the first of `podCIDRs`, and wins.
  private func matchPodCIDRs(_ object: inout JSON) {
    var spec = object.member("spec")
    let single = spec.text("podCIDR")
    let first = spec.items("podCIDRs").first?.string ?? ""
    guard single != first else { return }
    if single.isEmpty {
      spec["podCIDR"] = .string(first)
    } else {
      spec["podCIDRs"] = [.string(single)]
    }
    object["spec"] = spec
  }

  /// A kubelet registers its Node with a status, so the status stays.
  package func prepareForCreate(_ object: inout JSON) {
    object.remove("configSource", of: "spec")
    object.remove("config", of: "status")
  }

  package func prepareForUpdate(_ object: inout JSON, old: JSON, subresource: Subresource?) {
    if subresource == .status {
      object["spec"] = old["spec"]
      if old[path: "status", "config"] == nil { object.remove("config", of: "status") }
    } else {
      object["status"] = old["status"]
      if old[path: "spec", "configSource"] == nil { object.remove("configSource", of: "spec") }
    }
  }

  package func problems(ofName name: String) -> [String] { Format.dns1123Subdomain(name) }

  package func warnings(_ object: JSON, old: JSON?) -> [String] {
    var warnings: [String] = []
    let spec = object.member("spec")
    if spec["configSource"] != nil { warnings.append("spec.configSource: the feature is removed") }
    if !spec.text("externalID").isEmpty {
      warnings.append(
        "spec.externalID: this field is deprecated, and is unused by Kubernetes")
    }
    return warnings
  }

  package func validateCreate(_ object: JSON) -> [FieldError] {
    var checks = FieldChecks()
    checks.node(object)
    return checks.errors
  }

  package func validateUpdate(
    _ object: JSON, old: JSON, subresource: Subresource?
  ) -> [FieldError] {
    var checks = FieldChecks()
    if subresource == nil { checks.node(object) }
    checks.nodeUpdate(object, old: old)
    return checks.errors
  }
}

extension JSON {
  /// Removes a member of a member; a parent that is absent stays absent.
  fileprivate mutating func remove(_ key: String, of parent: String) {
    guard var value = self[parent], value[key] != nil else { return }
    value[key] = nil
    self[parent] = value
  }
}
