package import JSONTree
package import KubernetesAPI

/// `v1` PersistentVolume.
package struct PersistentVolumeKind: KindDefinition {
  package init() {}

  package let resource = ResourceType(
    group: "", version: "v1", kind: "PersistentVolume", plural: "persistentvolumes",
    isNamespaced: false)
  package var schema: ObjectSchema { .persistentVolume }
  package var shortNames: [String] { ["pv"] }
  package var storagePrefix: String { "/registry/persistentvolumes" }
  package var subresources: [Subresource] { [.status] }
  package var returnsDeletedObject: Bool { true }

  /// Keeps a volume until no claim is bound to it any more.
  static let protection = "kubernetes.io/pv-protection"

  package var columns: [PrinterColumn] {
    [
      .name, PrinterColumn("Capacity", "Size of the volume."),
      PrinterColumn("Access Modes", "How the volume can be used."),
      PrinterColumn("Reclaim Policy", "What becomes of the volume when its claim is gone."),
      PrinterColumn("Status", "Pending, Available, Bound, Released or Failed."),
      PrinterColumn("Claim", "Claim the volume is bound to."),
      PrinterColumn("StorageClass", "StorageClass of the volume."),
      PrinterColumn("VolumeAttributesClass", "VolumeAttributesClass of the volume."),
      PrinterColumn("Reason", "Why the volume is in its state."), .age,
      PrinterColumn("VolumeMode", "Filesystem or Block.", priority: 1),
    ]
  }

  package func cells(of object: JSON, now: Timestamp) -> [JSON] {
    let spec = object.member("spec")
    var phase = object.member("status").text("phase")
    if object[path: "metadata", "deletionTimestamp"] != nil { phase = "Terminating" }
    let claim = spec["claimRef"].map { "\($0.text("namespace"))/\($0.text("name"))" } ?? ""
    return [
      object.nameCell, .string(spec.member("capacity").text("storage").orIfEmpty("0")),
      .string(AccessModes.short(spec.items("accessModes"))),
      .string(spec.text("persistentVolumeReclaimPolicy")), .string(phase), .string(claim),
      .string(spec.text("storageClassName")),
      .string(spec.text("volumeAttributesClassName").orIfEmpty("<unset>")),
      .string(object.member("status").text("reason")), object.ageCell(now: now),
      .string(spec.text("volumeMode").orIfEmpty("<unset>")),
    ]
  }

  // MARK: Writing

  package func setDefaults(_ object: inout JSON) {
    var status = object["status"] ?? [:]
    if status.text("phase").isEmpty { status["phase"] = "Pending" }
    object["status"] = status
    object.updateSpec { spec in
      if var hostPath = spec["hostPath"] {
        hostPath.setDefault("type", "")
        spec["hostPath"] = hostPath
      }
    }
  }

  package func prepareForCreate(_ object: inout JSON) {
    var status: JSON = ["phase": "Pending"]
    status["lastPhaseTransitionTime"] = object[path: "metadata", "creationTimestamp"]
    object["status"] = status
    object.addFinalizer(Self.protection)
  }

  package func problems(ofName name: String) -> [String] { Format.dns1123Subdomain(name) }

  package func validateCreate(_ object: JSON) -> [FieldError] {
    var checks = FieldChecks()
    checks.coreFinalizers(of: object)
    checks.persistentVolumeSpec(object.member("spec"), at: FieldPath("spec"))
    return checks.errors
  }

  package func validateUpdate(
    _ object: JSON, old: JSON, subresource: Subresource?
  ) -> [FieldError] {
    guard subresource != .status else { return [] }
    var checks = FieldChecks()
    checks.add(validateCreate(object))
    checks.persistentVolumeUpdate(object.member("spec"), old: old.member("spec"))
    return checks.errors
  }
}
