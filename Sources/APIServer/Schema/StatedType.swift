import JSONTree
import KubernetesAPI

/// What an object says of its own type, with what it leaves out taken from the type expected.
struct StatedType: Equatable {
  var group: String
  var version: String
  var kind: String

  var apiVersion: String { group.isEmpty ? version : "\(group)/\(version)" }

  /// The group of the internal type that Kubernetes converts all versions of a kind to.
  var hub: String {
    if group.isEmpty || group == "events.k8s.io" { return "core" }
    return group.split(separator: ".").first.map(String.init) ?? group
  }
}

/// Why an object's type is not the one expected.
enum StatedTypeProblem: Error {
  /// There is no telling what it is.
  case unreadable(String)
  /// It is something else.
  case unsuitable(StatedType, String)
  /// It is the same kind in another group or version.
  case otherVersion(String)

  var message: String {
    switch self {
    case .unreadable(let message), .unsuitable(_, let message), .otherVersion(let message): message
    }
  }
}

extension KindCatalogue {
  /// Reads `apiVersion` and `kind` of an object that should be of a certain type.
  func checkType(
    of value: JSON, against expected: ResourceType
  ) throws(StatedTypeProblem) -> StatedType {
    let stated = try statedType(of: value, expected)
    let wanted = StatedType(group: expected.group, version: expected.version, kind: expected.kind)
    guard stated != wanted else { return stated }
    guard isRegistered(stated) else {
      throw .unsuitable(
        stated,
        "no kind \"\(stated.kind)\" is registered for version \"\(stated.apiVersion)\" in scheme "
          + "\"k8s.io/kubernetes/pkg/api/legacyscheme/scheme.go:30\"")
    }
    guard stated.kind == wanted.kind, stated.hub == wanted.hub else {
      throw .unsuitable(
        stated,
        "converting (\(stated.version).\(stated.kind)) to (\(wanted.hub).\(wanted.kind)): "
          + "unknown conversion")
    }
    throw .otherVersion(
      "the API version in the data (\(stated.apiVersion)) does not match the expected API version "
        + "(\(wanted.apiVersion))")
  }

  private func statedType(
    of value: JSON, _ expected: ResourceType
  ) throws(StatedTypeProblem) -> StatedType {
    let complaint = "couldn't get version/kind; json parse error: json: cannot unmarshal "
    guard case .object(let members) = value else {
      throw .unreadable(
        complaint + value.typeName + " into Go value of type struct { "
          + #"APIVersion string "json:\"apiVersion,omitempty\""; "#
          + #"Kind string "json:\"kind,omitempty\"" }"#)
    }
    var texts: [String: String] = [:]
    for name in ["apiVersion", "kind"] {
      switch members[name] {
      case nil, .null?: break
      case .string(let text)?: texts[name] = text
      case let other?:
        throw .unreadable(
          complaint + other.typeName + " into Go struct field .\(name) of type string")
      }
    }
    let apiVersion = texts["apiVersion"] ?? ""
    let parts = apiVersion.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    guard parts.count <= 2 else {
      throw .unreadable("unexpected GroupVersion string: \(apiVersion)")
    }
    var stated = StatedType(
      group: parts.count == 2 ? parts[0] : "", version: parts.last ?? "",
      kind: texts["kind"] ?? "")
    if stated.kind.isEmpty { stated.kind = expected.kind }
    if stated.version.isEmpty, stated.group.isEmpty || stated.group == expected.group {
      stated.group = expected.group
      stated.version = expected.version
    }
    return stated
  }

  private func isRegistered(_ type: StatedType) -> Bool {
    kinds.contains { kind in
      let resource = kind.resource
      return resource.group == type.group && resource.version == type.version
        && (resource.kind == type.kind || resource.kind + "List" == type.kind)
    }
  }
}
