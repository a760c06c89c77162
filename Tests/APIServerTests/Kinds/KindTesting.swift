import APIServer
import JSONTree
import KubernetesAPI

extension KindDefinition {
  /// What a creation stores.
  func created(_ object: JSON) -> JSON {
    var object = defaulted(object)
    prepareForCreate(&object)
    return object
  }

  /// What an update stores.
  func updated(_ object: JSON, old: JSON, through subresource: Subresource? = nil) -> JSON {
    var object = defaulted(object)
    prepareForUpdate(&object, old: old, subresource: subresource)
    return object
  }

  func defaulted(_ object: JSON) -> JSON {
    var object = object
    schema.applyDefaults(to: &object)
    setDefaults(&object)
    return object
  }

  func creationErrors(_ object: JSON) -> [String] {
    validateCreate(created(object)).map(\.description)
  }

  func updateErrors(
    _ object: JSON, old: JSON, through subresource: Subresource? = nil
  ) -> [String] {
    validateUpdate(
      updated(object, old: old, through: subresource), old: old, subresource: subresource
    ).map(\.description)
  }

  /// The cells of the columns that are always shown, or of all.
  func row(_ object: JSON, wide: Bool = false) -> [String] {
    zip(columns, cells(of: object, now: .testing)).filter { wide || $0.0.priority == 0 }
      .map { $0.1.string ?? $0.1.text }
  }
}

extension Timestamp {
  /// 2026-01-01T00:00:00Z, the present of all tests.
  static let testing = Timestamp(seconds: 1_767_225_600)
}

extension JSON {
  /// A copy with one more member, or without it.
  func with(_ key: String, _ value: JSON?) -> JSON {
    var copy = self
    copy[key] = value
    return copy
  }
}
