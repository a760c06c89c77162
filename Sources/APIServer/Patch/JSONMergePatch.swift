package import JSONTree
package import KubernetesAPI

/// JSON Merge Patch (RFC 7386).
package enum JSONMergePatch {
  /// Members of the patch replace those of the document, objects recursively; null removes.
  ///
  /// - Parameter schema: not needed, and here so that all patches are applied alike.
  /// - Throws: 400 for a patch that is neither object nor array.
  package static func apply(
    _ patch: JSON, to current: JSON, schema: ObjectSchema
  ) throws(APIStatus) -> JSON {
    switch patch {
    case .object(let members): .object(merged(current.object ?? [:], members))
    case .array: patch.withoutNullMembers
    default: throw .badRequest("Invalid JSON Patch")
    }
  }

  private static func merged(_ document: JSONObject, _ patch: JSONObject) -> JSONObject {
    var document = document
    for member in patch {
      switch (member.value, document[member.key]) {
      case (.null, _):
        document[member.key] = nil
      case (.object(let changes), .object(let present)?):
        document[member.key] = .object(merged(present, changes))
      case (let value, .object?):
        document[member.key] = value
      case (let value, _):
        document[member.key] = value.withoutNullMembers
      }
    }
    return document
  }
}

extension JSON {
  /// Null elements stay.
  var withoutNullMembers: JSON {
    switch self {
    case .object(let members):
      .object(
        JSONObject(
          sorted: members.compactMap { member in
            member.value.isNull
              ? nil : .init(key: member.key, value: member.value.withoutNullMembers)
          }))
    case .array(let elements): .array(elements.map(\.withoutNullMembers))
    default: self
    }
  }
}
