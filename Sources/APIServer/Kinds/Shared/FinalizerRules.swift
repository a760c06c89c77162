import JSONTree

extension FieldChecks {
  /// The name of a finalizer of the core group: one Kubernetes defines, or one with a domain.
  mutating func coreFinalizer(_ name: String, at path: FieldPath) {
    format(name, at: path, Format.qualifiedName)
    undomainedFinalizer(name, at: path)
  }

  /// Finalizers in the metadata of an object of the core group, beyond the rules that hold in all
  /// groups.
  mutating func coreFinalizers(of object: JSON) {
    for (index, finalizer) in object.member("metadata").items("finalizers").enumerated() {
      undomainedFinalizer(
        finalizer.string ?? "", at: FieldPath("metadata.finalizers").index(index))
    }
  }

  private mutating func undomainedFinalizer(_ name: String, at path: FieldPath) {
    if !name.contains("/"), !["kubernetes", "orphan", "foregroundDeletion"].contains(name) {
      invalid(
        path, .string(name),
        "name is neither a standard finalizer name nor is it fully qualified")
    }
  }
}
