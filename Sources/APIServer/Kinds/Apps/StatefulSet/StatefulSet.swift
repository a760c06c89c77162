package import JSONTree
package import KubernetesAPI

/// `apps/v1` StatefulSet.
package struct StatefulSetKind: KindDefinition {
  package init() {}

  package let resource = ResourceType(
    group: "apps", version: "v1", kind: "StatefulSet", plural: "statefulsets", isNamespaced: true)
  package var schema: ObjectSchema { .statefulSet }
  package var shortNames: [String] { ["sts"] }
  package var categories: [String] { ["all"] }
  package var storagePrefix: String { "/registry/statefulsets" }
  package var countsGenerations: Bool { true }
  package var subresources: [Subresource] { [.scale, .status] }

  package func schema(of subresource: Subresource) -> ObjectSchema {
    subresource == .scale ? .scale : schema
  }

  package var columns: [PrinterColumn] {
    [
      .name, PrinterColumn("Ready", "Pods that are ready, of all that should be."), .age,
      .containers, .images,
    ]
  }

  package func cells(of object: JSON, now: Timestamp) -> [JSON] {
    let ready = object.member("status").number("readyReplicas")
    let wanted = object.member("spec").number("replicas")
    return [object.nameCell, .string("\(ready)/\(wanted)"), object.ageCell(now: now)]
      + object.templateCells
  }

  // MARK: Writing

  package func setDefaults(_ object: inout JSON) {
    object.updateSpec { spec in
      PodTemplateDefaults.apply(to: &spec)
      var strategy = spec.member("updateStrategy")
      if strategy.text("type").isEmpty { strategy["type"] = "RollingUpdate" }
      if strategy.text("type") == "RollingUpdate" {
        var rolling = strategy["rollingUpdate"] ?? [:]
        rolling.setDefault("partition", 0)
        strategy["rollingUpdate"] = rolling
      }
      spec["updateStrategy"] = strategy
      var policy = spec.member("persistentVolumeClaimRetentionPolicy")
      if policy == .null { policy = [:] }
      for member in ["whenDeleted", "whenScaled"] where policy.text(member).isEmpty {
        policy[member] = "Retain"
      }
      spec["persistentVolumeClaimRetentionPolicy"] = policy
      spec.updateEach("volumeClaimTemplates") { claim in
        claim["apiVersion"] = "v1"
        claim["kind"] = "PersistentVolumeClaim"
        PersistentVolumeClaimKind().setDefaults(&claim)
      }
    }
  }

  package func prepareForCreate(_ object: inout JSON) {
    object["status"] = ["availableReplicas": 0, "replicas": 0]
    dropUnavailable(&object, old: .null)
  }

  package func prepareForUpdate(_ object: inout JSON, old: JSON, subresource: Subresource?) {
    keepParts(&object, old: old, subresource: subresource)
    if subresource != .status { dropUnavailable(&object, old: old) }
  }

  /// `maxUnavailable` belongs to a feature that is off unless asked for.
  private func dropUnavailable(_ object: inout JSON, old: JSON) {
    let path = ["updateStrategy", "rollingUpdate"]
    let before = old.member("spec").member(path[0]).member(path[1])
    guard before["maxUnavailable"] == nil else { return }
    object.updateSpec { spec in
      guard var strategy = spec[path[0]], var rolling = strategy[path[1]],
        rolling["maxUnavailable"] != nil
      else { return }
      rolling["maxUnavailable"] = nil
      strategy[path[1]] = rolling
      spec[path[0]] = strategy
    }
  }

  /// A set's Pods are named after it, and their names are host names.
  package func problems(ofName name: String) -> [String] { Format.dns1123Label(name) }

  package func validateCreate(_ object: JSON) -> [FieldError] {
    var checks = FieldChecks()
    checks.statefulSetSpec(object.member("spec"), at: FieldPath("spec"))
    return checks.errors
  }

  package func validateUpdate(
    _ object: JSON, old: JSON, subresource: Subresource?
  ) -> [FieldError] {
    var checks = FieldChecks()
    if subresource == .status {
      checks.statefulSetStatus(object.member("status"), at: FieldPath("status"))
      checks.notDecremented(
        "collisionCount", object.member("status"), old: old.member("status"),
        at: FieldPath("status"))
    } else {
      checks.statefulSetSpec(object.member("spec"), at: FieldPath("spec"))
      checks.statefulSetSpecUpdate(object.member("spec"), old: old.member("spec"))
    }
    return checks.errors
  }
}

extension KindDefinition {
  /// What the default `prepareForUpdate` does, for kinds that do more.
  func keepParts(_ object: inout JSON, old: JSON, subresource: Subresource?) {
    if subresource == .status {
      let status = object["status"]
      var metadata = old["metadata"] ?? [:]
      metadata["resourceVersion"] = object[path: "metadata", "resourceVersion"]
      metadata["managedFields"] = object[path: "metadata", "managedFields"]
      object = old
      object["metadata"] = metadata
      object["status"] = status
    } else {
      object["status"] = old["status"]
    }
  }
}
