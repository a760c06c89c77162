import KubernetesAPI

/// Which objects of a kind a list or a watch is about.
struct Selection: Sendable {
  /// A condition on one field of an object.
  struct FieldRequirement: Sendable, Equatable {
    enum Field: Sendable, Equatable {
      case name
      case namespace
      /// An index into the kind's selectable fields.
      case selectable(Int)
    }

    var field: Field
    var value: String
    var isEqual: Bool

    func matches(_ object: CachedObject) -> Bool {
      let actual =
        switch field {
        case .name: object.name
        case .namespace: object.namespace
        case .selectable(let index): object.fields[index]
        }
      return (actual == value) == isEqual
    }
  }

  /// Empty for all.
  var namespace = ""
  var labels = LabelSelector()
  var fields: [FieldRequirement] = []

  /// Whether nothing but the namespace selects.
  var selectsAll: Bool { labels.isEmpty && fields.isEmpty }

  /// What the keys of all selected objects begin with.
  var keyPrefix: String { namespace.isEmpty ? "" : namespace + "/" }

  func matches(_ object: CachedObject) -> Bool {
    if !namespace.isEmpty, object.namespace != namespace { return false }
    for requirement in fields where !requirement.matches(object) { return false }
    return labels.isEmpty || labels.matches(object.labels)
  }
}
