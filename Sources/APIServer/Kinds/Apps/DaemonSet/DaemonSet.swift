package import JSONTree
package import KubernetesAPI

/// `apps/v1` DaemonSet.
package struct DaemonSetKind: KindDefinition {
  package init() {}

  package let resource = ResourceType(
    group: "apps", version: "v1", kind: "DaemonSet", plural: "daemonsets", isNamespaced: true)
  package var schema: ObjectSchema { .daemonSet }
  package var shortNames: [String] { ["ds"] }
  package var categories: [String] { ["all"] }
  package var storagePrefix: String { "/registry/daemonsets" }
  package var countsGenerations: Bool { true }
  package var subresources: [Subresource] { [.status] }

  /// Counts changes of the template; Pods carry it too.
  static let templateGeneration = "deprecated.daemonset.template.generation"

  package var columns: [PrinterColumn] {
    [
      .name, PrinterColumn("Desired", "Nodes that should run a Pod.", type: "integer"),
      PrinterColumn("Current", "Nodes that run a Pod and should.", type: "integer"),
      PrinterColumn("Ready", "Nodes whose Pod is ready.", type: "integer"),
      PrinterColumn("Up-to-date", "Nodes whose Pod is of the present template.", type: "integer"),
      PrinterColumn("Available", "Nodes whose Pod is available.", type: "integer"),
      PrinterColumn("Node Selector", "Labels of the Nodes that should run a Pod."), .age,
      .containers, .images, .selector,
    ]
  }

  package func cells(of object: JSON, now: Timestamp) -> [JSON] {
    let status = object.member("status")
    let selector = object.member("spec").member("template").member("spec")
      .members("nodeSelector")
    let labels = selector.map { "\($0.key)=\($0.value.string ?? "")" }.joined(separator: ",")
    let counters = [
      "desiredNumberScheduled", "currentNumberScheduled", "numberReady", "updatedNumberScheduled",
      "numberAvailable",
    ]
    return [object.nameCell] + counters.map { .integer(status.number($0)) }
      + [.string(labels.orIfEmpty("<none>")), object.ageCell(now: now)] + object.templateCells
      + [object.selectorCell]
  }

  // MARK: Writing

  package func setDefaults(_ object: inout JSON) {
    object.updateSpec { spec in
      PodTemplateDefaults.apply(to: &spec)
      var strategy = spec.member("updateStrategy")
      if strategy.text("type").isEmpty { strategy["type"] = "RollingUpdate" }
      if strategy.text("type") == "RollingUpdate" {
        var rolling = strategy["rollingUpdate"] ?? [:]
        rolling.setDefault("maxUnavailable", 1)
        rolling.setDefault("maxSurge", 0)
        strategy["rollingUpdate"] = rolling
      }
      spec["updateStrategy"] = strategy
    }
  }

  package func prepareForCreate(_ object: inout JSON) {
    object["status"] = [
      "currentNumberScheduled": 0, "desiredNumberScheduled": 0, "numberMisscheduled": 0,
      "numberReady": 0,
    ]
    setTemplateGeneration(&object, to: 1)
  }

  package func prepareForUpdate(_ object: inout JSON, old: JSON, subresource: Subresource?) {
    keepParts(&object, old: old, subresource: subresource)
    guard subresource != .status else { return }
    let before = old.member("metadata").member("annotations").text(Self.templateGeneration)
    let isChanged = !object.member("spec").member("template")
      .says(theSameAs: old.member("spec").member("template"))
    setTemplateGeneration(&object, to: (Int64(before) ?? 0) + (isChanged ? 1 : 0))
  }

  private func setTemplateGeneration(_ object: inout JSON, to generation: Int64) {
    var metadata = object.member("metadata")
    var annotations = metadata.members("annotations")
    annotations[Self.templateGeneration] = .string(String(generation))
    metadata["annotations"] = .object(annotations)
    object["metadata"] = metadata
  }

  package func problems(ofName name: String) -> [String] { Format.dns1123Subdomain(name) }

  package func validateCreate(_ object: JSON) -> [FieldError] {
    var checks = FieldChecks()
    checks.daemonSetSpec(object.member("spec"), at: FieldPath("spec"))
    return checks.errors
  }

  package func validateUpdate(
    _ object: JSON, old: JSON, subresource: Subresource?
  ) -> [FieldError] {
    var checks = FieldChecks()
    guard subresource == .status else {
      checks.daemonSetSpec(object.member("spec"), at: FieldPath("spec"))
      checks.immutable(
        object.member("spec").member("selector"), old: old.member("spec").member("selector"),
        at: FieldPath("spec.selector"))
      return checks.errors
    }
    let status = object.member("status")
    let path = FieldPath("status")
    checks.counters(
      status,
      [
        "currentNumberScheduled", "numberMisscheduled", "desiredNumberScheduled", "numberReady",
        "observedGeneration", "updatedNumberScheduled", "numberAvailable", "numberUnavailable",
        "collisionCount",
      ], at: path)
    checks.notDecremented("collisionCount", status, old: old.member("status"), at: path)
    return checks.errors
  }
}

extension FieldChecks {
  fileprivate mutating func daemonSetSpec(_ spec: JSON, at path: FieldPath) {
    if let selector = spec["selector"] {
      let before = errors.count
      labelSelector(selector, at: path.child("selector"))
      if errors.count == before { templateLabels(spec, at: path) }
      if selector.members("matchLabels").isEmpty, selector.items("matchExpressions").isEmpty {
        invalid(path.child("selector"), selector, "empty selector is invalid for daemonset")
      }
    } else {
      // A selector that is missing chooses nothing.
      let labels = spec.member("template").member("metadata").members("labels")
      invalid(
        path.child("template", "metadata", "labels"), .object(labels),
        "`selector` does not match template `labels`")
    }
    podTemplate(spec.member("template"), at: path.child("template"))
    runsForEver(
      spec.member("template").member("spec"), kind: "DaemonSet",
      at: path.child("template", "spec"))
    notNegative(spec.number("minReadySeconds"), at: path.child("minReadySeconds"))
    daemonStrategy(spec.member("updateStrategy"), at: path.child("updateStrategy"))
    notNegative(spec.number("revisionHistoryLimit"), at: path.child("revisionHistoryLimit"))
  }

  private mutating func daemonStrategy(_ strategy: JSON, at path: FieldPath) {
    switch strategy.text("type") {
    case "OnDelete": break
    case "RollingUpdate":
      let path = path.child("rollingUpdate")
      guard let rolling = strategy["rollingUpdate"] else { return required(path) }
      let unavailable = AmountOrPercent(rolling["maxUnavailable"])
      let surge = AmountOrPercent(rolling["maxSurge"])
      positiveAmount(unavailable, at: path.child("maxUnavailable"))
      positiveAmount(surge, at: path.child("maxSurge"))
      atMostAll(unavailable, at: path.child("maxUnavailable"))
      atMostAll(surge, at: path.child("maxSurge"))
      if unavailable.amount != 0, surge.amount != 0 {
        invalid(
          path.child("maxSurge"), surge.value, "may not be set when maxUnavailable is non-zero")
      } else if unavailable.amount == 0, surge.amount == 0 {
        required(path.child("maxUnavailable"), "cannot be 0 when maxSurge is 0")
      }
    default: add(.notSupported(path, strategy, supported: ["OnDelete", "RollingUpdate"]))
    }
  }
}
