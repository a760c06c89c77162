import JSONTree

extension FieldChecks {
  /// The name of a finalizer of the core group: one Kubernetes defines, or one with a domain.
  mutating func coreFinalizer(_ name: String, at path: FieldPath) {
    format(name, at: path, Format.qualifiedName)
    if !name.contains("/"), !["kubernetes", "orphan", "foregroundDeletion"].contains(name) {
      invalid(
        path, .string(name),
        "name is neither a standard finalizer name nor is it fully qualified")
    }
  }
}
