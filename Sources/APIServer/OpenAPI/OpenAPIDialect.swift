import JSONTree

/// The two versions of OpenAPI that the server describes itself in. What the schema says is the
/// same in both; where it is written differs.
enum OpenAPIDialect {
  case v2
  case v3

  var referencePrefix: String {
    switch self {
    case .v2: "#/definitions/"
    case .v3: "#/components/schemas/"
    }
  }

  func reference(_ name: String) -> JSONObject { ["$ref": .string(referencePrefix + name)] }

  /// A property that refers to a definition. Version 3.0 ignores whatever stands beside a
  /// reference, so that there the reference moves inwards.
  func referringProperty(_ name: String, _ annotations: JSONObject) -> JSONObject {
    switch self {
    case .v2:
      return annotations.merging(reference(name))
    case .v3:
      var property = annotations
      property["allOf"] = [.object(reference(name))]
      return property
    }
  }
}

extension JSONObject {
  func merging(_ other: JSONObject) -> JSONObject {
    var result = self
    for member in other { result[member.key] = member.value }
    return result
  }
}
