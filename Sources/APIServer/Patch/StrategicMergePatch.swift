package import JSONTree
package import KubernetesAPI

/// Strategic merge patch: a merge patch that knows from the schema which lists are maps and sets,
/// and takes orders in members whose names begin with a dollar sign.
///
/// - `$patch: replace | delete | merge` in an object, or in an element of a list;
/// - `$retainKeys: [NAME…]` drops the other members of an object;
/// - `$setElementOrder/LIST` gives the order of a merged list;
/// - `$deleteFromPrimitiveList/LIST` removes scalars.
package enum StrategicMergePatch {
  /// - Throws: 400 and 422 for patches that are malformed in the ways a kube-apiserver knows, 500
  ///   (as there) for the others.
  package static func apply(
    _ patch: JSON, to current: JSON, schema: ObjectSchema
  ) throws(APIStatus) -> JSON {
    let changes: JSONObject
    switch patch {
    case .null: changes = [:]
    case .object(let members): changes = members
    default:
      throw .badRequest(
        "json: cannot unmarshal \(patch.typeName) into Go value of type map[string]interface {}")
    }
    return .object(try merge(changes, into: current.object ?? [:], .object(schema)))
  }

  static let directive = "$patch"
  private static let retainKeys = "$retainKeys"
  private static let setElementOrder = "$setElementOrder"
  private static let deleteFromPrimitiveList = "$deleteFromPrimitiveList"

  static func merge(
    _ patch: JSONObject, into original: JSONObject, _ schema: Schema?
  ) throws(APIStatus) -> JSONObject {
    var (patch, original) = (patch, original)
    if let order = patch.removeValue(forKey: directive) {
      switch order {
      case "replace": return patch
      case "delete": return [:]
      default:
        patch[directive] = order
        throw .unclassified(
          "unknown patch type: \(GoFormat.text(of: order)) in map: "
            + GoFormat.text(of: .object(patch)))
      }
    }
    try retainKeys(&original, &patch)
    try setElementOrder(&original, &patch, schema)
    for member in patch {
      try merge(member, into: &original, schema)
    }
    return original
  }

  private static func merge(
    _ member: JSONObject.Member, into original: inout JSONObject, _ schema: Schema?
  ) throws(APIStatus) {
    var key = member.key
    let isDeletion = key.hasPrefix(deleteFromPrimitiveList)
    if isDeletion {
      guard let list = key.after(deleteFromPrimitiveList) else {
        throw .badRequest("invalid patch format of primitive list")
      }
      key = list
    }
    if member.value.isNull {
      original[key] = nil
      return
    }
    guard let present = original[key] else {
      if !isDeletion { original[key] = member.value.withoutNullMembers.withoutDirectives }
      return
    }
    switch (present, member.value) {
    case (.object(let old), .object(let new)):
      original[key] = .object(try merge(new, into: old, try type(of: key, in: schema)))
    case (.array(let old), .array(let new)):
      let type = try type(of: key, in: schema)
      if isDeletion || type?.patchMergeKey != nil {
        original[key] = .array(
          try ListMerge(type, key: type?.patchMergeKey ?? "", isDeletion: isDeletion)
            .merge(new, into: old))
      } else {
        original[key] = member.value
      }
    default:
      if !isDeletion { original[key] = member.value.withoutNullMembers.withoutDirectives }
    }
  }

  /// The type of a member; nil where nothing is known of it, and plain merging will do.
  private static func type(of key: String, in schema: Schema?) throws(APIStatus) -> Schema? {
    switch schema {
    case .object(let object)?:
      guard let field = object.field(key) else {
        throw .unclassified(
          "unable to find api field in struct \(object.goName) for the json field \"\(key)\"")
      }
      return field.schema
    case .map(let element)?: return element
    default: return nil
    }
  }

  // MARK: Directives

  private static func retainKeys(
    _ original: inout JSONObject, _ patch: inout JSONObject
  ) throws(APIStatus) {
    guard let list = patch.removeValue(forKey: retainKeys) else { return }
    guard case .array(let names) = list else {
      throw .badRequest("invalid patch format of retainKeys")
    }
    let retained = Set(names)
    for member in patch where !member.value.isNull {
      if member.key.hasPrefix(deleteFromPrimitiveList) || member.key.hasPrefix(setElementOrder) {
        continue
      }
      guard retained.contains(.string(member.key)) else {
        throw .badRequest("invalid patch format of retainKeys")
      }
    }
    original = JSONObject(sorted: original.filter { retained.contains(.string($0.key)) })
  }

  /// Merges the lists whose order is given, and takes them out of the patch.
  private static func setElementOrder(
    _ original: inout JSONObject, _ patch: inout JSONObject, _ schema: Schema?
  ) throws(APIStatus) {
    for directive in patch where directive.key.hasPrefix(setElementOrder) {
      patch[directive.key] = nil
      let order = try elements(of: directive.value)
      guard let key = directive.key.after(setElementOrder) else {
        throw .badRequest("invalid patch format of setElementOrder list")
      }
      let old = try original[key].map { value throws(APIStatus) in try elements(of: value) }
      let new = try patch[key].map { value throws(APIStatus) in try elements(of: value) }
      let type = try type(of: key, in: schema)
      let merge = ListMerge(type, key: type?.patchMergeKey ?? "", isDeletion: false)
      try merge.check(new ?? [], against: order)
      let merged: [JSON]
      switch (old, new) {
      case (nil, nil): continue
      case (let old?, nil): merged = old
      case (nil, let new?): merged = new.compactMap(\.withoutDirectives)
      case (let old?, let new?):
        merged = type?.patchMergeKey == nil ? new : try merge.merge(new, into: old)
      }
      original[key] = .array(try merge.ordered(merged, by: order, elseBy: old ?? [], new ?? []))
      patch[key] = nil
    }
  }

  private static func elements(of value: JSON) throws(APIStatus) -> [JSON] {
    guard case .array(let elements) = value else {
      throw .unclassified(
        "expected a []interface {}, but received a \(GoFormat.typeName(of: value))")
    }
    return elements
  }
}

extension Schema {
  /// What a strategic merge patch tells a list's elements apart by; nil for anything it replaces.
  fileprivate var patchMergeKey: String? {
    if case .list(_, let semantics) = self { semantics.patchMergeKey } else { nil }
  }
}

extension JSON {
  /// The value less every object that holds `$patch`; nil if it is one itself.
  var withoutDirectives: JSON? {
    switch self {
    case .object(let members):
      guard members[StrategicMergePatch.directive] == nil else { return nil }
      return .object(
        JSONObject(
          sorted: members.compactMap { member in
            member.value.withoutDirectives.map { .init(key: member.key, value: $0) }
          }))
    case .array(let elements): return .array(elements.compactMap(\.withoutDirectives))
    default: return self
    }
  }
}

extension String {
  /// What follows `PREFIX/`.
  fileprivate func after(_ prefix: String) -> String? {
    hasPrefix(prefix + "/") ? String(dropFirst(prefix.count + 1)) : nil
  }
}

extension APIStatus {
  /// An error that a kube-apiserver has no class for: it answers 500 with the message alone.
  static func unclassified(_ message: String) -> APIStatus {
    APIStatus(code: 500, reason: .unknown, message: message)
  }
}
