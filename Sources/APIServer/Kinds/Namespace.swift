package import JSONTree
package import KubernetesAPI

/// `v1` Namespace.
package struct NamespaceKind: KindDefinition {
  package init() {}

  package let resource = Namespace.resource
  package var schema: ObjectSchema { .namespace }
  package var verbs: [String] {
    ["create", "delete", "get", "list", "patch", "update", "watch"]
  }
  package var shortNames: [String] { ["ns"] }
  package var storagePrefix: String { "/registry/namespaces" }
  package var returnsDeletedObject: Bool { true }
  package var subresources: [Subresource] { [.status, .finalize] }

  package var columns: [PrinterColumn] {
    [.name, PrinterColumn("Status", "The status of the namespace"), .age]
  }

  package func cells(of object: JSON, now: Timestamp) -> [JSON] {
    [
      object.nameCell, .string(object.member("status").text("phase")), object.ageCell(now: now),
    ]
  }

  package var selectableFields: [String] { ["status.phase"] }
  package func selectableField(_ field: String, of object: JSON) -> String {
    object.member("status").text("phase")
  }

  // MARK: Writing

  package func setDefaults(_ object: inout JSON) { setNameLabel(&object) }

  package func prepareForCreate(_ object: inout JSON) {
    object["status"] = ["phase": "Active"]
    var spec = object["spec"] ?? .object([:])
    if !spec.items("finalizers").contains("kubernetes") {
      spec["finalizers"] = .array(spec.items("finalizers") + ["kubernetes"])
    }
    object["spec"] = spec
    setNameLabel(&object)
  }

  package func prepareForUpdate(_ object: inout JSON, old: JSON, subresource: Subresource?) {
    if subresource != .status, subresource != .finalize {
      var spec = object["spec"] ?? .object([:])
      spec["finalizers"] = old[path: "spec", "finalizers"]
      object["spec"] = spec
    }
    if subresource == .status {
      object["spec"] = old["spec"]
    } else {
      object["status"] = old["status"]
    }
    setNameLabel(&object)
  }

  /// The label by which selectors of namespaces find one by its name.
  private func setNameLabel(_ object: inout JSON) {
    let name = object.member("metadata").text("name")
    let key = "kubernetes.io/metadata.name"
    guard !name.isEmpty, object[path: "metadata", "labels", key]?.string != name else { return }
    var metadata = object["metadata"] ?? .object([:])
    var labels = metadata["labels"] ?? .object([:])
    labels[key] = .string(name)
    metadata["labels"] = labels
    object["metadata"] = metadata
  }

  package func problems(ofName name: String) -> [String] { Format.dns1123Label(name) }

  package func validateCreate(_ object: JSON) -> [FieldError] {
    var checks = FieldChecks()
    checks.coreFinalizers(of: object)
    for finalizer in object.member("spec").items("finalizers") {
      checks.coreFinalizer(finalizer.string ?? "", at: FieldPath("spec.finalizers"))
    }
    return checks.errors
  }

  package func validateUpdate(
    _ object: JSON, old: JSON, subresource: Subresource?
  ) -> [FieldError] {
    var checks = FieldChecks()
    switch subresource {
    case .status?: checks.namespacePhase(of: object)
    case .finalize?:
      for (index, finalizer) in object.member("spec").items("finalizers").enumerated() {
        checks.coreFinalizer(
          finalizer.string ?? "", at: FieldPath("spec.finalizers").index(index))
      }
    default: return validateCreate(object)
    }
    return checks.errors
  }

  /// Marked first; it leaves when nothing of it is left and its finalizers are gone.
  package func deletionPolicy(_ object: JSON) -> DeletionPolicy { .whenFinalized }
}

extension Subresource {
  /// `namespaces/finalize`, through which `spec.finalizers` are changed.
  package static let finalize = Subresource("finalize", verbs: ["update"])
}

extension FieldChecks {
  fileprivate mutating func namespacePhase(of object: JSON) {
    let phase = object.member("status").text("phase")
    // The capital letter is Kubernetes' own.
    let path = FieldPath("status.Phase")
    if object[path: "metadata", "deletionTimestamp"] == nil {
      if phase != "Active" {
        invalid(path, .string(phase), "may only be 'Active' if `deletionTimestamp` is empty")
      }
    } else if phase != "Terminating" {
      invalid(
        path, .string(phase), "may only be 'Terminating' if `deletionTimestamp` is not empty")
    }
  }
}

extension ObjectSchema {
  static let namespace = kind(
    "io.k8s.api.core.v1.Namespace",
    "A scope for names, within which most objects live."
  ) {
    Field("spec", .object(.namespaceSpec), "Desired state of the namespace.", default: [:])
    Field("status", .object(.namespaceStatus), "Observed state of the namespace.", default: [:])
  }

  static let namespaceSpec = ObjectSchema(
    "io.k8s.api.core.v1.NamespaceSpec",
    "Desired state of a Namespace."
  ) {
    Field(
      "finalizers", .strings,
      "Parties that must empty the namespace before it leaves; kubernetes stands for "
        + "the content itself.", goType: "[]v1.FinalizerName")
  }

  static let namespaceStatus = ObjectSchema(
    "io.k8s.api.core.v1.NamespaceStatus",
    "Observed state of a Namespace."
  ) {
    Field(
      "conditions", .list(.object(.namespaceCondition), .map("type")),
      "What holds up the end of a terminating namespace.")
    Field(
      "phase", .string, "Active, or Terminating once it is being deleted.", default: "Active",
      enum: ["Active", "Terminating"], goType: "v1.NamespacePhase")
  }

  static let namespaceCondition = ObjectSchema(
    "io.k8s.api.core.v1.NamespaceCondition",
    "One aspect of a Namespace's state."
  ) {
    Field("lastTransitionTime", .time, "When the status last changed.")
    Field("message", .string, "Details for people.")
    Field("reason", .string, "Why the status last changed, as one CamelCase word.")
    Field(
      "status", .string, "True, False or Unknown.", required: true, default: "",
      goType: "v1.ConditionStatus")
    Field(
      "type", .string, "Which aspect it is, such as NamespaceContentRemaining.", required: true,
      default: "", goType: "v1.NamespaceConditionType")
  }
}
