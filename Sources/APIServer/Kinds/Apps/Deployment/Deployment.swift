package import JSONTree
package import KubernetesAPI

/// `apps/v1` Deployment.
package struct DeploymentKind: KindDefinition {
  package init() {}

  package let resource = ResourceType(
    group: "apps", version: "v1", kind: "Deployment", plural: "deployments", isNamespaced: true)
  package var schema: ObjectSchema { .deployment }
  package var shortNames: [String] { ["deploy"] }
  package var categories: [String] { ["all"] }
  package var storagePrefix: String { "/registry/deployments" }
  package var countsGenerations: Bool { true }
  package var subresources: [Subresource] { [.scale, .status] }

  package func schema(of subresource: Subresource) -> ObjectSchema {
    subresource == .scale ? .scale : schema
  }

  package var columns: [PrinterColumn] {
    [
      .name, PrinterColumn("Ready", "Pods that are ready, of all that should be."),
      PrinterColumn("Up-to-date", "Pods of the present template.", type: "integer"),
      PrinterColumn("Available", "Pods ready for minReadySeconds.", type: "integer"), .age,
      .containers, .images, .selector,
    ]
  }

  package func cells(of object: JSON, now: Timestamp) -> [JSON] {
    let status = object.member("status")
    let wanted = object.member("spec").number("replicas")
    return [
      object.nameCell, .string("\(status.number("readyReplicas"))/\(wanted)"),
      .integer(status.number("updatedReplicas")), .integer(status.number("availableReplicas")),
      object.ageCell(now: now),
    ] + object.templateCells + [object.selectorCell]
  }

  // MARK: Writing

  package func setDefaults(_ object: inout JSON) {
    object.updateSpec { spec in
      PodTemplateDefaults.apply(to: &spec)
      var strategy = spec.member("strategy")
      if strategy.text("type").isEmpty { strategy["type"] = "RollingUpdate" }
      if strategy.text("type") == "RollingUpdate" {
        var rolling = strategy["rollingUpdate"] ?? [:]
        rolling.setDefault("maxUnavailable", "25%")
        rolling.setDefault("maxSurge", "25%")
        strategy["rollingUpdate"] = rolling
      }
      spec["strategy"] = strategy
    }
  }

  package func prepareForCreate(_ object: inout JSON) { object["status"] = [:] }

  package func prepareForUpdate(_ object: inout JSON, old: JSON, subresource: Subresource?) {
    keepParts(&object, old: old, subresource: subresource)
    guard subresource != .status else { return }
    // Annotations are copied to ReplicaSets, so that a change of them is work too.
    let before = old.member("metadata")
    var metadata = object.member("metadata")
    if !metadata.member("annotations").says(theSameAs: before.member("annotations")) {
      metadata["generation"] = .integer(before.number("generation") + 1)
      object["metadata"] = metadata
    }
  }

  package func problems(ofName name: String) -> [String] { Format.dns1123Subdomain(name) }

  package func validateCreate(_ object: JSON) -> [FieldError] {
    var checks = FieldChecks()
    checks.deploymentSpec(object.member("spec"), at: FieldPath("spec"))
    return checks.errors
  }

  package func validateUpdate(
    _ object: JSON, old: JSON, subresource: Subresource?
  ) -> [FieldError] {
    var checks = FieldChecks()
    let path = FieldPath("status")
    guard subresource == .status else {
      checks.deploymentSpec(object.member("spec"), at: FieldPath("spec"))
      checks.immutable(
        object.member("spec").member("selector"), old: old.member("spec").member("selector"),
        at: FieldPath("spec.selector"))
      return checks.errors
    }
    let status = object.member("status")
    checks.counters(
      status,
      [
        "observedGeneration", "replicas", "updatedReplicas", "readyReplicas", "availableReplicas",
        "unavailableReplicas", "collisionCount",
      ], at: path)
    for name in ["updatedReplicas", "readyReplicas", "availableReplicas"] {
      checks.counter(name, of: status, atMost: "replicas", named: "status.replicas", at: path)
    }
    checks.counter(
      "availableReplicas", of: status, atMost: "readyReplicas", named: "readyReplicas", at: path)
    checks.notDecremented("collisionCount", status, old: old.member("status"), at: path)
    return checks.errors
  }
}

extension FieldChecks {
  fileprivate mutating func deploymentSpec(_ spec: JSON, at path: FieldPath) {
    notNegative(spec.number("replicas"), at: path.child("replicas"))
    replicatedTemplate(spec, at: path)
    deploymentStrategy(spec.member("strategy"), at: path.child("strategy"))
    counters(spec, ["minReadySeconds", "revisionHistoryLimit"], at: path)
    guard let deadline = spec["progressDeadlineSeconds"]?.integer else { return }
    notNegative(deadline, at: path.child("progressDeadlineSeconds"))
    if deadline <= spec.number("minReadySeconds") {
      invalid(
        path.child("progressDeadlineSeconds"), .integer(deadline),
        "must be greater than minReadySeconds")
    }
  }

  private mutating func deploymentStrategy(_ strategy: JSON, at path: FieldPath) {
    switch strategy.text("type") {
    case "Recreate":
      if strategy["rollingUpdate"] != nil {
        forbidden(
          path.child("rollingUpdate"), "may not be specified when strategy `type` is 'Recreate'")
      }
    case "RollingUpdate":
      guard let rolling = strategy["rollingUpdate"] else {
        return required(
          path.child("rollingUpdate"), "this should be defaulted and never be nil")
      }
      let path = path.child("rollingUpdate")
      let unavailable = AmountOrPercent(rolling["maxUnavailable"])
      let surge = AmountOrPercent(rolling["maxSurge"])
      positiveAmount(unavailable, at: path.child("maxUnavailable"))
      positiveAmount(surge, at: path.child("maxSurge"))
      if unavailable.amount == 0, surge.amount == 0 {
        invalid(
          path.child("maxUnavailable"), unavailable.value, "may not be 0 when `maxSurge` is 0")
      }
      atMostAll(unavailable, at: path.child("maxUnavailable"))
    default:
      add(.notSupported(path, strategy, supported: ["Recreate", "RollingUpdate"]))
    }
  }
}
