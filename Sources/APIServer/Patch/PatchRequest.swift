package import JSONTree
package import KubernetesAPI

/// The forms a patch may have, by their media types.
package enum PatchType: String, Sendable, CaseIterable {
  case json = "application/json-patch+json"
  case merge = "application/merge-patch+json"
  case strategicMerge = "application/strategic-merge-patch+json"

  /// - Parameter contentType: as in the header; parameters are ignored.
  /// - Throws: 415 UnsupportedMediaType.
  package init(contentType: String) throws(APIStatus) {
    let type = String(contentType.prefix { $0 != ";" })
    guard let known = PatchType(rawValue: type) else {
      throw APIStatus(
        code: 415, reason: .unsupportedMediaType,
        message: "the body of the request was in an unknown format - accepted media types include: "
          + Self.allCases.map(\.rawValue).joined(separator: ", "))
    }
    self = known
  }
}

/// A patch that has been read, ready to be applied as often as conflicts make it necessary.
package struct PatchRequest: Sendable {
  private let type: PatchType
  private let patch: JSON
  private let validation: FieldValidation
  /// What the patch itself holds that it should not.
  private let problems: StrictProblems

  /// - Throws: 400 BadRequest.
  package init(
    type: PatchType, body: [UInt8], validation: FieldValidation
  ) throws(APIStatus) {
    self.type = type
    self.validation = validation
    var notes = JSONParseNotes()
    do {
      patch = try JSON(parsing: body, notes: &notes)
    } catch {
      switch (type, validation) {
      case (.merge, .ignore): throw .badRequest("Invalid JSON Patch")
      case (.strategicMerge, _), (.json, .ignore): throw .badRequest(error.message)
      default: throw .badRequest("error decoding patch: \(error.message)")
      }
    }
    guard validation != .ignore else {
      if type == .json { try Self.checkOperations(patch) }
      problems = StrictProblems()
      return
    }
    var unknown: [String] = []
    if type == .json {
      do {
        unknown = try SchemaDecoder.decode(patch, as: .list(.object(Self.operation))).unknownFields
      } catch {
        throw .badRequest("error decoding patch: \(error.message)")
      }
    } else if type == .merge, patch.object == nil, patch != .null {
      throw .badRequest(
        "error decoding patch: json: cannot unmarshal \(patch.typeName) into Go value of type "
          + "map[string]interface {}")
    }
    let found = StrictProblems(unknown: unknown, duplicate: notes.duplicatePaths, in: body)
    problems =
      type == .json
      ? StrictProblems(messages: found.messages.map { "json patch " + $0 }) : found
  }

  /// Applies the patch and reads the outcome as an object of the kind, with its defaults.
  ///
  /// - Parameter current: the object as it stands, with `apiVersion` and `kind`.
  /// - Throws: 422 Invalid with the field `patch` where the outcome is no such object; see the
  ///   patch types for what else.
  package func apply(
    to current: JSON, as kind: any KindDefinition, decoder: BodyDecoder
  ) throws(APIStatus) -> BodyDecoder.Decoded {
    var decoded = try apply(
      to: current, as: kind.resource, schema: kind.schema, decoder: decoder)
    kind.schema.applyDefaults(to: &decoded.object)
    kind.setDefaults(&decoded.object)
    return decoded
  }

  /// Applies the patch to an object of any type, without defaults.
  package func apply(
    to current: JSON, as resource: ResourceType, schema: ObjectSchema, decoder: BodyDecoder
  ) throws(APIStatus) -> BodyDecoder.Decoded {
    var patched: JSON
    switch type {
    case .json: patched = try JSONPatch.apply(patch, to: current, schema: schema)
    case .merge: patched = try JSONMergePatch.apply(patch, to: current, schema: schema)
    case .strategicMerge:
      patched = try StrategicMergePatch.apply(patch, to: current, schema: schema)
    }
    if type != .strategicMerge {
      do {
        _ = try decoder.catalogue.checkType(of: patched, against: resource)
      } catch {
        throw refused(patched, error.message)
      }
    }
    var decoded: SchemaDecoder.Decoded
    do {
      decoded = try SchemaDecoder.decode(patched, as: schema)
    } catch {
      throw refused(
        patched, type == .strategicMerge ? error.conversionMessage : error.message)
    }
    var problems = problems
    if validation != .ignore {
      problems =
        problems
        + StrictProblems(unknown: decoded.unknownFields.sorted(), duplicate: [], in: nil)
    }
    if validation == .strict, !problems.isEmpty { throw refused(patched, problems.message) }
    decoded.value["apiVersion"] = .string(resource.apiVersion)
    decoded.value["kind"] = .string(resource.kind)
    return BodyDecoder.Decoded(object: decoded.value, warnings: problems.messages)
  }

  /// 422 Invalid, naming the patch if it is a strategic merge, else what came of it.
  private func refused(_ patched: JSON, _ problem: String) -> APIStatus {
    let shown = type == .strategicMerge ? GoFormat.text(of: patch) : patched.text
    let error = FieldError.invalid(FieldPath("patch"), .string(shown), problem)
    return APIStatus(
      code: 422, reason: .invalid, message: " \"\" is invalid: \(error)",
      details: APIStatus.Details(causes: [
        APIStatus.Cause(
          reason: FieldError.Kind.invalid.rawValue, message: error.body, field: "patch")
      ]))
  }

  /// What the lenient decoder of JSON Patch refuses.
  private static func checkOperations(_ patch: JSON) throws(APIStatus) {
    for (index, operation) in (patch.array ?? []).enumerated()
    where operation.object == nil && operation != .null {
      throw .badRequest(
        "json: cannot unmarshal \(operation.typeName) into Patch.\(index) of type "
          + "jsonpatch.Operation")
    }
  }

  private static let operation = ObjectSchema("handlers.jsonPatchOp", "One operation.") {
    Field("from", .string, "Where a value is taken from.", empty: .kept)
    Field("op", .string, "What is done.", empty: .kept)
    Field("path", .string, "Where it is done.", empty: .kept)
    Field("value", .any, "What is put there.", empty: .kept)
  }
}
