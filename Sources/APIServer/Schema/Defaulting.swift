package import JSONTree

/// Fills in the defaults that a schema states: a member that is absent from a present object gets
/// its field's default value. Objects that are themselves absent stay absent, unless a default
/// makes them.
///
/// Applying it twice changes nothing more.
extension ObjectSchema {
  package func applyDefaults(to object: inout JSON) {
    if hasDefaults, let result = defaulted(object) { object = result }
  }

  /// The object with its defaults, or nil if it has them already. Nothing is copied for an object
  /// that is complete, which is the common case of an update.
  private func defaulted(_ value: JSON) -> JSON? {
    guard case .object(var object) = value else { return nil }
    var isChanged = false
    for field in fields where field.defaultValue != nil || field.schema.hasDefaults {
      if let present = object[field.name] {
        guard let value = field.schema.defaulted(present) else { continue }
        object[field.name] = value
      } else if let value = field.defaultValue {
        object[field.name] = field.schema.defaulted(value) ?? value
      } else {
        continue
      }
      isChanged = true
    }
    guard isChanged else { return nil }
    return .object(object)
  }

  fileprivate func defaultedIfNeeded(_ value: JSON) -> JSON? {
    hasDefaults ? defaulted(value) : nil
  }
}

extension Schema {
  fileprivate func defaulted(_ value: JSON) -> JSON? {
    switch (self, value) {
    case (.object(let schema), _):
      return schema.defaultedIfNeeded(value)
    case (.list(let element, _), .array(var elements)) where element.hasDefaults:
      var isChanged = false
      for index in elements.indices {
        guard let value = element.defaulted(elements[index]) else { continue }
        elements[index] = value
        isChanged = true
      }
      guard isChanged else { return nil }
      return .array(elements)
    case (.map(let element), .object(let members)) where element.hasDefaults:
      var object = members
      var isChanged = false
      for member in members {
        guard let value = element.defaulted(member.value) else { continue }
        object[member.key] = value
        isChanged = true
      }
      guard isChanged else { return nil }
      return .object(object)
    default: return nil
    }
  }
}
