package import JSONTree
package import KubernetesAPI

/// `storage.k8s.io/v1` StorageClass.
package struct StorageClassKind: KindDefinition {
  package init() {}

  package let resource = ResourceType(
    group: "storage.k8s.io", version: "v1", kind: "StorageClass", plural: "storageclasses",
    isNamespaced: false)
  package var schema: ObjectSchema { .storageClass }
  package var shortNames: [String] { ["sc"] }
  package var storagePrefix: String { "/registry/storageclasses" }

  package var columns: [PrinterColumn] {
    [
      .name, PrinterColumn("Provisioner", "Who makes the volumes."),
      PrinterColumn("ReclaimPolicy", "What becomes of a volume whose claim is gone."),
      PrinterColumn("VolumeBindingMode", "When claims are bound."),
      PrinterColumn("AllowVolumeExpansion", "Whether claims may grow."), .age,
    ]
  }

  package func cells(of object: JSON, now: Timestamp) -> [JSON] {
    let metadata = object.member("metadata")
    let isDefault =
      metadata.member("annotations").text("storageclass.kubernetes.io/is-default-class") == "true"
    return [
      .string(metadata.text("name") + (isDefault ? " (default)" : "")),
      .string(object.text("provisioner")),
      .string(object.text("reclaimPolicy").orIfEmpty("Delete")),
      .string(object.text("volumeBindingMode").orIfEmpty("<unset>")),
      .string(object.flag("allowVolumeExpansion") ? "true" : "false"), object.ageCell(now: now),
    ]
  }

  package func problems(ofName name: String) -> [String] { Format.dns1123Subdomain(name) }

  package func validateCreate(_ object: JSON) -> [FieldError] {
    var checks = FieldChecks()
    let provisioner = object.text("provisioner")
    if provisioner.isEmpty {
      checks.required(FieldPath("provisioner"))
    } else {
      checks.format(
        provisioner.lowercased(), at: FieldPath("provisioner"), Format.qualifiedName)
    }
    for parameter in object.members("parameters") where parameter.key.isEmpty {
      checks.invalid(FieldPath("parameters"), "", "field can not be empty.")
    }
    let policy = object.text("reclaimPolicy")
    if !policy.isEmpty {
      checks.oneOf(["Delete", "Retain"], policy, at: FieldPath("reclaimPolicy"))
    }
    let mode = object.text("volumeBindingMode")
    if mode.isEmpty {
      checks.required(FieldPath("volumeBindingMode"))
    } else {
      checks.oneOf(["Immediate", "WaitForFirstConsumer"], mode, at: FieldPath("volumeBindingMode"))
    }
    return checks.errors
  }

  package func validateUpdate(
    _ object: JSON, old: JSON, subresource: Subresource?
  ) -> [FieldError] {
    var checks = FieldChecks()
    for field in ["parameters", "provisioner", "reclaimPolicy"]
    where !object.member(field).says(theSameAs: old.member(field)) {
      checks.forbidden(FieldPath(field), "updates to \(field) are forbidden.")
    }
    checks.immutable(
      object.member("volumeBindingMode"), old: old.member("volumeBindingMode"),
      at: FieldPath("volumeBindingMode"))
    checks.add(validateCreate(object))
    return checks.errors
  }
}

extension ObjectSchema {
  static let storageClass = kind(
    "io.k8s.api.storage.v1.StorageClass",
    "A sort of storage, and how volumes of it are made."
  ) {
    Field("allowVolumeExpansion", .boolean, "Whether claims may grow.")
    Field(
      "allowedTopologies", .list(.object(.topologySelectorTerm)),
      "Where volumes may be made; anywhere if left out.")
    Field("mountOptions", .strings, "Options volumes are mounted with.")
    Field("parameters", .stringMap, "What the provisioner is to know.")
    Field("provisioner", .string, "Who makes the volumes.", required: true, default: "")
    Field(
      "reclaimPolicy", .string,
      "What becomes of a volume whose claim is gone: Delete (default) or Retain.",
      default: "Delete", empty: .kept, goType: "v1.PersistentVolumeReclaimPolicy")
    Field(
      "volumeBindingMode", .string,
      "When a claim is bound: Immediate (default), or WaitForFirstConsumer once a Pod uses it.",
      default: "Immediate", empty: .kept, goType: "v1.VolumeBindingMode")
  }

  static let topologySelectorTerm = ObjectSchema(
    "io.k8s.api.core.v1.TopologySelectorTerm", "Labels of Nodes, all of which must hold.",
    isAtomic: true
  ) {
    Field(
      "matchLabelExpressions", .list(.object(.topologySelectorLabelRequirement)),
      "The labels.")
  }

  static let topologySelectorLabelRequirement = ObjectSchema(
    "io.k8s.api.core.v1.TopologySelectorLabelRequirement", "A label of a Node and its values."
  ) {
    Field("key", .string, "Key of the label.", required: true, default: "")
    Field("values", .strings, "Values, one of which the label must have.", required: true)
  }
}
