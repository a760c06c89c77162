package import JSONTree
package import KubernetesAPI

/// Reads the body of a request as an object of one kind, with the errors of a kube-apiserver.
package struct BodyDecoder: Sendable {
  package struct Decoded: Sendable {
    /// With `apiVersion` and `kind`, whatever the body said of them.
    package var object: JSON
    /// For `Warning` headers.
    package var warnings: [String]
  }

  private let catalogue: KindCatalogue

  package init(catalogue: KindCatalogue) { self.catalogue = catalogue }

  /// An object of a served kind, with its defaults.
  ///
  /// - Throws: 400 BadRequest.
  package func decode(
    _ body: [UInt8], as kind: any KindDefinition, format: BodyFormat = .json,
    validation: FieldValidation
  ) throws(APIStatus) -> Decoded {
    var decoded = try decode(
      body, as: kind.resource, schema: kind.schema, format: format, validation: validation)
    kind.schema.applyDefaults(to: &decoded.object)
    kind.setDefaults(&decoded.object)
    return decoded
  }

  /// An object of any type (the kind of a subresource, DeleteOptions), without defaults.
  ///
  /// - Parameter resource: the type expected, and assumed where the body does not say.
  /// - Throws: 400 BadRequest.
  package func decode(
    _ body: [UInt8], as resource: ResourceType, schema: ObjectSchema, format: BodyFormat = .json,
    validation: FieldValidation
  ) throws(APIStatus) -> Decoded {
    var notes = JSONParseNotes()
    var value: JSON
    do {
      value = try format.parse(body, notes: &notes)
    } catch {
      throw unrecognized(resource, format.introduce(error.message), body)
    }
    if value == .null { value = [:] }
    let type = try statedType(of: value, expected: resource, body)
    try check(type, against: resource)
    var decoded: SchemaDecoder.Decoded
    do {
      decoded = try SchemaDecoder.decode(value, as: schema)
    } catch {
      throw unhandled(type, resource, error.message)
    }
    let problems =
      validation == .ignore
      ? StrictProblems()
      : StrictProblems(
        unknown: decoded.unknownFields, duplicate: notes.duplicatePaths, in: body)
    if validation == .strict, !problems.isEmpty {
      throw unhandled(type, resource, problems.message)
    }
    decoded.value["apiVersion"] = .string(resource.apiVersion)
    decoded.value["kind"] = .string(resource.kind)
    return Decoded(object: decoded.value, warnings: problems.messages)
  }

  // MARK: apiVersion and kind

  private struct StatedType: Equatable {
    var group: String
    var version: String
    var kind: String

    var apiVersion: String { group.isEmpty ? version : "\(group)/\(version)" }

    /// The group of the internal type that all versions of a kind are converted to.
    var hub: String {
      if group.isEmpty || group == "events.k8s.io" { return "core" }
      return group.split(separator: ".").first.map(String.init) ?? group
    }
  }

  private func statedType(
    of value: JSON, expected: ResourceType, _ body: [UInt8]
  ) throws(APIStatus) -> StatedType {
    let prefix = "couldn't get version/kind; json parse error: json: cannot unmarshal "
    guard case .object(let members) = value else {
      throw unrecognized(
        expected,
        prefix + value.typeName + " into Go value of type struct { "
          + #"APIVersion string "json:\"apiVersion,omitempty\""; "#
          + #"Kind string "json:\"kind,omitempty\"" }"#, body)
    }
    var stated: [String: String] = [:]
    for name in ["apiVersion", "kind"] {
      switch members[name] {
      case nil, .null?: break
      case .string(let text)?: stated[name] = text
      case let other?:
        throw unrecognized(
          expected, prefix + other.typeName + " into Go struct field .\(name) of type string", body)
      }
    }
    let apiVersion = stated["apiVersion"] ?? ""
    let parts = apiVersion.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    guard parts.count <= 2 else {
      throw unrecognized(expected, "unexpected GroupVersion string: \(apiVersion)", body)
    }
    var type = StatedType(
      group: parts.count == 2 ? parts[0] : "", version: parts.last ?? "",
      kind: stated["kind"] ?? "")
    if type.kind.isEmpty { type.kind = expected.kind }
    if type.version.isEmpty, type.group.isEmpty || type.group == expected.group {
      type.group = expected.group
      type.version = expected.version
    }
    return type
  }

  private func check(_ type: StatedType, against expected: ResourceType) throws(APIStatus) {
    let wanted = StatedType(
      group: expected.group, version: expected.version, kind: expected.kind)
    guard type != wanted else { return }
    guard isRegistered(type) else {
      throw unhandled(
        type, expected,
        "no kind \"\(type.kind)\" is registered for version \"\(type.apiVersion)\" in scheme "
          + "\"k8s.io/kubernetes/pkg/api/legacyscheme/scheme.go:30\"")
    }
    guard type.kind == wanted.kind, type.hub == wanted.hub else {
      throw unhandled(
        type, expected,
        "converting (\(type.version).\(type.kind)) to (\(wanted.hub).\(wanted.kind)): "
          + "unknown conversion")
    }
    throw .badRequest(
      "the API version in the data (\(type.apiVersion)) does not match the expected API version "
        + "(\(wanted.apiVersion))")
  }

  private func isRegistered(_ type: StatedType) -> Bool {
    catalogue.kinds.contains { kind in
      let resource = kind.resource
      return resource.group == type.group && resource.version == type.version
        && (resource.kind == type.kind || resource.kind + "List" == type.kind)
    }
  }

  // MARK: Errors

  private func unhandled(
    _ type: StatedType, _ expected: ResourceType, _ problem: String
  ) -> APIStatus {
    .badRequest(
      "\(type.kind) in version \"\(type.version)\" cannot be handled as a \(expected.kind): "
        + problem)
  }

  private func unrecognized(
    _ expected: ResourceType, _ problem: String, _ body: [UInt8]
  ) -> APIStatus {
    .badRequest(
      "the object provided is unrecognized (must be of type \(expected.kind)): \(problem) "
        + "(\(Self.summary(of: body)))")
  }

  /// The first thirty bytes, as text if they look like an object, else in hexadecimal.
  private static func summary(of body: [UInt8]) -> String {
    guard let first = body.first else { return "<empty>" }
    let shown = body.prefix(30)
    let more = body.count > 30 ? " ..." : ""
    if first == UInt8(ascii: "{") { return String(decoding: shown, as: UTF8.self) + more }
    let digits = Array("0123456789abcdef".utf8)
    let text = shown.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
    return String(decoding: text, as: UTF8.self) + more
  }
}
