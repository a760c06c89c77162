package import JSONTree

/// Problems of a new object's `metadata`, its name generated already
/// (apimachinery ValidateObjectMeta).
///
/// - Parameters:
///   - problems: the kind's rule for names; see `KindDefinition.problems(ofName:)`.
///   - path: where the metadata is; a Pod template's is not at the root.
package func validateObjectMeta(
  _ metadata: JSON, isNamespaced: Bool, problemsOfName problems: (String) -> [String],
  at path: FieldPath = FieldPath("metadata")
) -> [FieldError] {
  var checks = FieldChecks()
  let prefix = metadata.text("generateName")
  if !prefix.isEmpty {
    for problem in problems(maskingTrailingHyphen(prefix)) {
      checks.invalid(path.child("generateName"), .string(prefix), problem)
    }
  }
  let name = metadata.text("name")
  if name.isEmpty {
    checks.required(path.child("name"), "name or generateName is required")
  } else {
    checks.format(name, at: path.child("name"), problems)
  }
  let namespace = metadata.text("namespace")
  if isNamespaced, namespace.isEmpty {
    checks.required(path.child("namespace"))
  } else if isNamespaced {
    checks.format(namespace, at: path.child("namespace"), Format.dns1123Label)
  } else if !namespace.isEmpty {
    checks.forbidden(path.child("namespace"), "not allowed on this type")
  }
  checks.notNegative(metadata.number("generation"), at: path.child("generation"))
  checks.freeMetadata(metadata, at: path)
  checks.finalizers(metadata.items("finalizers"), at: path.child("finalizers"))
  checks.managedFields(metadata.items("managedFields"), at: path.child("managedFields"))
  return checks.errors
}

/// Problems of an updated object's `metadata` (apimachinery ValidateObjectMetaUpdate).
///
/// - Parameter metadata: with the `resourceVersion` the update is to replace.
package func validateObjectMetaUpdate(
  _ metadata: JSON, old: JSON, at path: FieldPath = FieldPath("metadata")
) -> [FieldError] {
  var checks = FieldChecks()
  if old["deletionTimestamp"] != nil {
    let known = Set(old.items("finalizers"))
    let added = Set(metadata.items("finalizers")).subtracting(known).compactMap(\.string).sorted()
    if !added.isEmpty {
      let list = added.map { JSON.string($0).text }.joined(separator: ", ")
      checks.forbidden(
        path.child("finalizers"),
        "no new finalizers can be added if the object is being deleted, found new finalizers "
          + "[]string{\(list)}")
    }
  }
  if metadata.text("resourceVersion").isEmpty {
    checks.invalid(path.child("resourceVersion"), "", "must be specified for an update")
  }
  let generation = metadata.number("generation")
  if generation < old.number("generation") {
    checks.invalid(path.child("generation"), .integer(generation), "must not be decremented")
  }
  for member in ["name", "namespace", "uid"] {
    checks.immutable(
      .string(metadata.text(member)), old: .string(old.text(member)), at: path.child(member))
  }
  for member in ["creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds"] {
    checks.immutable(metadata.member(member), old: old.member(member), at: path.child(member))
  }
  checks.freeMetadata(metadata, at: path)
  checks.managedFields(metadata.items("managedFields"), at: path.child("managedFields"))
  return checks.errors
}

/// A prefix to which characters will be added may end with a hyphen.
private func maskingTrailingHyphen(_ prefix: String) -> String {
  prefix.count > 1 && prefix.hasSuffix("-") ? prefix.dropLast(2) + "a" : prefix
}

extension FieldChecks {
  /// What clients may choose and change: labels, annotations, owners.
  fileprivate mutating func freeMetadata(_ metadata: JSON, at path: FieldPath) {
    labels(metadata.members("labels"), at: path.child("labels"))
    annotations(metadata.members("annotations"), at: path.child("annotations"))
    ownerReferences(metadata.items("ownerReferences"), at: path.child("ownerReferences"))
  }

  private mutating func ownerReferences(_ owners: [JSON], at path: FieldPath) {
    var controller: String?
    for owner in owners {
      let parts = owner.text("apiVersion").split(separator: "/", omittingEmptySubsequences: false)
      if parts.count > 2 || parts.last?.isEmpty != false {
        invalid(
          path.child("apiVersion"), .string(owner.text("apiVersion")), "version must not be empty")
      }
      for member in ["kind", "name", "uid"] where owner.text(member).isEmpty {
        invalid(path.child(member), "", "must not be empty")
      }
      if owner.text("apiVersion") == "v1", owner.text("kind") == "Event" {
        invalid(path, owner, "/v1, Kind=Event is disallowed from being an owner")
      }
      guard owner.flag("controller") else { continue }
      let name = owner.text("kind") + "/" + owner.text("name")
      if let controller {
        invalid(
          path, .array(owners),
          "Only one reference can have Controller set to true. Found \"true\" in references for "
            + "\(controller) and \(name)")
      } else {
        controller = name
      }
    }
  }

  fileprivate mutating func finalizers(_ finalizers: [JSON], at path: FieldPath) {
    for finalizer in finalizers {
      format(finalizer.string ?? "", at: path, Format.qualifiedName)
    }
    if finalizers.contains("orphan"), finalizers.contains("foregroundDeletion") {
      invalid(
        path, .array(finalizers), "finalizer orphan and foregroundDeletion cannot be both set")
    }
  }

  fileprivate mutating func managedFields(_ entries: [JSON], at path: FieldPath) {
    for (index, entry) in entries.enumerated() {
      let path = path.index(index)
      let operation = entry.text("operation")
      if operation != "Apply", operation != "Update" {
        invalid(path.child("operation"), .string(operation), "must be `Apply` or `Update`")
      }
      let fieldsType = entry.text("fieldsType")
      if !fieldsType.isEmpty, fieldsType != "FieldsV1" {
        invalid(path.child("fieldsType"), .string(fieldsType), "must be `FieldsV1`")
      }
      fieldManager(entry.text("manager"), at: path.child("manager"))
      if entry.text("subresource").utf8.count > 256 {
        add(.tooLong(path.child("subresource"), maximum: 256))
      }
    }
  }

  /// The name by which a client's writes are told from others'.
  package mutating func fieldManager(_ name: String, at path: FieldPath) {
    if name.utf8.count > 128 { add(.tooLong(path, maximum: 128)) }
    var position = 0
    for character in name.unicodeScalars {
      if !character.isPrintable {
        let digits = String(character.value, radix: 16, uppercase: true)
        let code = String(repeating: "0", count: max(0, 4 - digits.count)) + digits
        invalid(path, .string(name), "invalid character U+\(code) (at position \(position))")
      }
      position += character.utf8.count
    }
  }
}

extension Unicode.Scalar {
  /// Letters, marks, numbers, punctuation, symbols, and the space, as Go's unicode.IsPrint.
  fileprivate var isPrintable: Bool {
    switch properties.generalCategory {
    case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator,
      .paragraphSeparator:
      false
    case .spaceSeparator: self == " "
    default: true
    }
  }
}
