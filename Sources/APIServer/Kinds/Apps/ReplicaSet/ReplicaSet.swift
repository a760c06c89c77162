package import JSONTree
package import KubernetesAPI

/// `apps/v1` ReplicaSet.
package struct ReplicaSetKind: KindDefinition {
  package init() {}

  package let resource = ResourceType(
    group: "apps", version: "v1", kind: "ReplicaSet", plural: "replicasets", isNamespaced: true)
  package var schema: ObjectSchema { .replicaSet }
  package var shortNames: [String] { ["rs"] }
  package var categories: [String] { ["all"] }
  package var storagePrefix: String { "/registry/replicasets" }
  package var countsGenerations: Bool { true }
  package var subresources: [Subresource] { [.scale, .status] }

  package func schema(of subresource: Subresource) -> ObjectSchema {
    subresource == .scale ? .scale : schema
  }

  package var selectableFields: [String] { ["status.replicas"] }
  package func selectableField(_ field: String, of object: JSON) -> String {
    String(object.member("status").number("replicas"))
  }

  package var columns: [PrinterColumn] {
    [
      .name, PrinterColumn("Desired", "Number of Pods that should be.", type: "integer"),
      PrinterColumn("Current", "Number of Pods there are.", type: "integer"),
      PrinterColumn("Ready", "Number of Pods that are ready.", type: "integer"), .age,
      .containers, .images, .selector,
    ]
  }

  package func cells(of object: JSON, now: Timestamp) -> [JSON] {
    let status = object.member("status")
    return [
      object.nameCell, .integer(object.member("spec").number("replicas")),
      .integer(status.number("replicas")), .integer(status.number("readyReplicas")),
      object.ageCell(now: now),
    ] + object.templateCells + [object.selectorCell]
  }

  // MARK: Writing

  package func setDefaults(_ object: inout JSON) {
    object.updateSpec { PodTemplateDefaults.apply(to: &$0) }
  }

  package func prepareForCreate(_ object: inout JSON) { object["status"] = ["replicas": 0] }

  package func problems(ofName name: String) -> [String] { Format.dns1123Subdomain(name) }

  package func validateCreate(_ object: JSON) -> [FieldError] {
    var checks = FieldChecks()
    let spec = object.member("spec")
    let path = FieldPath("spec")
    checks.counters(spec, ["replicas", "minReadySeconds"], at: path)
    checks.replicatedTemplate(spec, at: path)
    return checks.errors
  }

  package func validateUpdate(
    _ object: JSON, old: JSON, subresource: Subresource?
  ) -> [FieldError] {
    guard subresource == .status else {
      var checks = FieldChecks()
      checks.add(validateCreate(object))
      checks.immutable(
        object.member("spec").member("selector"), old: old.member("spec").member("selector"),
        at: FieldPath("spec.selector"))
      return checks.errors
    }
    var checks = FieldChecks()
    let status = object.member("status")
    let path = FieldPath("status")
    checks.counters(
      status,
      [
        "replicas", "fullyLabeledReplicas", "readyReplicas", "availableReplicas",
        "observedGeneration",
      ], at: path)
    for name in ["fullyLabeledReplicas", "readyReplicas", "availableReplicas"] {
      checks.counter(name, of: status, atMost: "replicas", named: "status.replicas", at: path)
    }
    checks.counter(
      "availableReplicas", of: status, atMost: "readyReplicas", named: "readyReplicas", at: path)
    return checks.errors
  }
}

extension FieldChecks {
  /// Selector and template of a ReplicaSet or a Deployment.
  mutating func replicatedTemplate(_ spec: JSON, at path: FieldPath) {
    // Kubernetes says deployment of both.
    let isReadable = workloadSelector(
      spec, kind: "deployment", unusable: "invalid label selector", at: path)
    guard isReadable else { return }
    templateLabels(spec, at: path)
    podTemplate(spec.member("template"), at: path.child("template"))
    runsForEver(
      spec.member("template").member("spec"), kind: "ReplicaSet",
      at: path.child("template", "spec"))
  }
}

extension ObjectSchema {
  static let replicaSet = kind(
    "io.k8s.api.apps.v1.ReplicaSet",
    "A number of Pods that are all alike.", requiresMetadata: false
  ) {
    Field("spec", .object(.replicaSetSpec), "Desired state of the set.", default: [:])
    Field("status", .object(.replicaSetStatus), "Observed state of the set.", default: [:])
  }

  static let replicaSetSpec = ObjectSchema(
    "io.k8s.api.apps.v1.ReplicaSetSpec", "Desired state of a ReplicaSet."
  ) {
    Field(
      "minReadySeconds", .int32,
      "Seconds a Pod must have been ready without a break to count as available. Default is 0.",
      empty: .dropped)
    Field("replicas", .int32, "Number of Pods. Default is 1.", default: 1)
    Field(
      "selector", .object(.labelSelector),
      "Which Pods belong to the set. Must choose the template's labels; cannot be changed.",
      required: true)
    Field("template", .object(.podTemplateSpec), "What the Pods are made from.", default: [:])
  }

  static let replicaSetStatus = ObjectSchema(
    "io.k8s.api.apps.v1.ReplicaSetStatus", "Observed state of a ReplicaSet."
  ) {
    Field(
      "availableReplicas", .int32, "Pods that have been ready for minReadySeconds.",
      empty: .dropped)
    Field(
      "conditions", .list(.object(.replicaSetCondition), .map("type")), "Aspects of the state.")
    Field(
      "fullyLabeledReplicas", .int32, "Pods that carry all labels of the template.",
      empty: .dropped)
    Field(
      "observedGeneration", .int64, "Generation of the set this status is about.",
      empty: .dropped)
    Field("readyReplicas", .int32, "Pods that are ready.", empty: .dropped)
    Field("replicas", .int32, "Pods that exist.", required: true, default: 0)
    Field("terminatingReplicas", .int32, "Pods that are being deleted.")
  }

  static let replicaSetCondition = workloadCondition(
    "io.k8s.api.apps.v1.ReplicaSetCondition", "One aspect of a ReplicaSet's state.")
}
