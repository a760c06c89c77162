package import JSONTree
package import KubernetesAPI

/// `v1` PersistentVolumeClaim.
package struct PersistentVolumeClaimKind: KindDefinition {
  package init() {}

  package let resource = ResourceType(
    group: "", version: "v1", kind: "PersistentVolumeClaim", plural: "persistentvolumeclaims",
    isNamespaced: true)
  package var schema: ObjectSchema { .persistentVolumeClaim }
  package var shortNames: [String] { ["pvc"] }
  package var storagePrefix: String { "/registry/persistentvolumeclaims" }
  package var subresources: [Subresource] { [.status] }
  package var returnsDeletedObject: Bool { true }

  /// Keeps a claim until no Pod uses it any more.
  static let protection = "kubernetes.io/pvc-protection"

  package var columns: [PrinterColumn] {
    [
      .name, PrinterColumn("Status", "Pending, Bound or Lost."),
      PrinterColumn("Volume", "PersistentVolume the claim is bound to."),
      PrinterColumn("Capacity", "Size of the volume."),
      PrinterColumn("Access Modes", "How the volume can be used."),
      PrinterColumn("StorageClass", "StorageClass of the claim."),
      PrinterColumn("VolumeAttributesClass", "VolumeAttributesClass of the claim."), .age,
      PrinterColumn("VolumeMode", "Filesystem or Block.", priority: 1),
    ]
  }

  package func cells(of object: JSON, now: Timestamp) -> [JSON] {
    let spec = object.member("spec")
    let status = object.member("status")
    var phase = status.text("phase")
    if object[path: "metadata", "deletionTimestamp"] != nil { phase = "Terminating" }
    let isBound = !spec.text("volumeName").isEmpty
    let old = object.member("metadata").member("annotations")
      .text("volume.beta.kubernetes.io/storage-class")
    return [
      object.nameCell, .string(phase), .string(spec.text("volumeName")),
      .string(isBound ? status.member("capacity").text("storage").orIfEmpty("0") : ""),
      .string(isBound ? AccessModes.short(status.items("accessModes")) : ""),
      .string(old.orIfEmpty(spec.text("storageClassName"))),
      .string(spec.text("volumeAttributesClassName").orIfEmpty("<unset>")),
      object.ageCell(now: now), .string(spec.text("volumeMode").orIfEmpty("<unset>")),
    ]
  }

  // MARK: Writing

  package func setDefaults(_ object: inout JSON) {
    var status = object["status"] ?? [:]
    if status.text("phase").isEmpty { status["phase"] = "Pending" }
    object["status"] = status
  }

  package func prepareForCreate(_ object: inout JSON) {
    object["status"] = ["phase": "Pending"]
    object.addFinalizer(Self.protection)
  }

  package func problems(ofName name: String) -> [String] { Format.dns1123Subdomain(name) }

  package func validateCreate(_ object: JSON) -> [FieldError] {
    var checks = FieldChecks()
    checks.coreFinalizers(of: object)
    checks.claimSpec(object.member("spec"), at: FieldPath("spec"))
    return checks.errors
  }

  package func validateUpdate(
    _ object: JSON, old: JSON, subresource: Subresource?
  ) -> [FieldError] {
    var checks = FieldChecks()
    guard subresource != .status else {
      let status = object.member("status")
      let capacity = status.members("capacity")
      for amount in capacity {
        checks.resourceAmount(
          amount.value, of: amount.key, at: FieldPath("status.capacity").key(amount.key))
      }
      return checks.errors
    }
    checks.coreFinalizers(of: object)
    checks.claimSpec(object.member("spec"), at: FieldPath("spec"))
    checks.claimUpdate(object, old: old)
    return checks.errors
  }
}

/// How volumes can be used, in the short form of tables.
enum AccessModes {
  static func short(_ modes: [JSON]) -> String {
    let names = [
      ("ReadWriteOnce", "RWO"), ("ReadOnlyMany", "ROX"), ("ReadWriteMany", "RWX"),
      ("ReadWriteOncePod", "RWOP"),
    ]
    return names.filter { modes.contains(.string($0.0)) }.map(\.1).joined(separator: ",")
  }
}

extension JSON {
  /// Adds a finalizer that is not there.
  mutating func addFinalizer(_ name: String) {
    var metadata = member("metadata")
    let finalizers = metadata.items("finalizers")
    guard !finalizers.contains(.string(name)) else { return }
    metadata["finalizers"] = .array(finalizers + [.string(name)])
    self["metadata"] = metadata
  }
}

extension FieldChecks {
  fileprivate mutating func claimUpdate(_ claim: JSON, old: JSON) {
    var spec = claim.member("spec")
    let before = old.member("spec")
    // Binding fills the volume in, and a claim without a class gets the default one later.
    if before.text("volumeName").isEmpty { spec["volumeName"] = before["volumeName"] }
    if before["storageClassName"] == nil { spec["storageClassName"] = nil }
    let size = Self.size(of: claim)
    if old.member("status").text("phase") == "Bound" {
      var resources = spec.member("resources")
      resources["requests"] = before[path: "resources", "requests"]
      spec["resources"] = resources
      spec["volumeAttributesClassName"] = before["volumeAttributesClassName"]
    }
    if !spec.says(theSameAs: before) {
      forbidden(
        FieldPath("spec"),
        "spec is immutable after creation except resources.requests and "
          + "volumeAttributesClassName for bound claims")
    }
    let capacity = old.member("status").member("capacity")["storage"]?.quantity
    if let size, let oldSize = Self.size(of: old), size < oldSize,
      capacity.map({ !($0 < size) }) ?? true
    {
      forbidden(
        FieldPath("spec.resources.requests.storage"),
        "field can not be less than status.capacity")
    }
    immutable(
      claim.member("spec").member("volumeMode"), old: before.member("volumeMode"),
      at: FieldPath("volumeMode"))
  }

  private static func size(of claim: JSON) -> Quantity? {
    claim.member("spec").member("resources").member("requests")["storage"]?.quantity
  }
}

extension ObjectSchema {
  static let persistentVolumeClaim = kind(
    "io.k8s.api.core.v1.PersistentVolumeClaim", "A claim to storage of some size and sort."
  ) {
    Field(
      "spec", .object(.persistentVolumeClaimSpec), "What is claimed.", default: [:])
    Field(
      "status", .object(.persistentVolumeClaimStatus), "What the claim has got.", default: [:])
  }

  static let persistentVolumeClaimStatus = ObjectSchema(
    "io.k8s.api.core.v1.PersistentVolumeClaimStatus", "What a claim has got."
  ) {
    Field(
      "accessModes", .strings, "How the volume can be used.",
      goType: "[]v1.PersistentVolumeAccessMode")
    Field(
      "allocatedResourceStatuses", .stringMap, "How far a change of size is, by resource.",
      atomicMap: true)
    Field(
      "allocatedResources", .map(.quantity), "What the volume will have after a change of size.",
      goType: "v1.ResourceList")
    Field("capacity", .map(.quantity), "What the volume has.", goType: "v1.ResourceList")
    Field(
      "conditions", .list(.object(.persistentVolumeClaimCondition), .map("type")),
      "Aspects of the state.")
    Field(
      "currentVolumeAttributesClassName", .string, "VolumeAttributesClass in force.",
      empty: .kept)
    Field(
      "modifyVolumeStatus", .object(.modifyVolumeStatus),
      "How far a change of the VolumeAttributesClass is.")
    Field(
      "phase", .string, "Pending, Bound or Lost.", enum: ["Bound", "Lost", "Pending"],
      goType: "v1.PersistentVolumeClaimPhase")
  }

  static let persistentVolumeClaimCondition = workloadCondition(
    "io.k8s.api.core.v1.PersistentVolumeClaimCondition", "One aspect of a claim's state."
  ) {
    Field("lastProbeTime", .time, "When the condition was last looked at.")
  }

  static let modifyVolumeStatus = ObjectSchema(
    "io.k8s.api.core.v1.ModifyVolumeStatus",
    "How far a change of a volume's VolumeAttributesClass is."
  ) {
    Field(
      "status", .string, "Pending, InProgress or Infeasible.", required: true, default: "",
      goType: "v1.PersistentVolumeClaimModifyVolumeStatus")
    Field(
      "targetVolumeAttributesClassName", .string, "VolumeAttributesClass the volume is to have.")
  }
}
