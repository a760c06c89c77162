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

  let catalogue: KindCatalogue

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
    var parsed: ParsedBody
    do {
      parsed = try format.parse(body, notes: &notes)
    } catch {
      throw unrecognized(resource, format.introduce(error.message), body)
    }
    if case .value(.null) = parsed { parsed = .value([:]) }
    let stated: StatedType
    do {
      stated = try catalogue.checkType(of: parsed.typed, against: resource)
    } catch {
      switch error {
      case .unreadable(let problem): throw unrecognized(resource, problem, body)
      case .unsuitable(let type, let problem): throw unhandled(type, resource, problem)
      case .otherVersion(let problem): throw .badRequest(problem)
      }
    }
    let value: JSON
    do {
      value = try parsed.object(as: schema)
    } catch {
      throw unhandled(stated, resource, error.message)
    }
    var decoded: SchemaDecoder.Decoded
    do {
      decoded = try SchemaDecoder.decode(value, as: schema)
    } catch {
      throw unhandled(stated, resource, error.message)
    }
    let problems =
      validation == .ignore
      ? StrictProblems()
      : StrictProblems(duplicateKeys: notes.duplicateKeys, oneError: validation == .strict)
        + StrictProblems(
          unknown: decoded.unknownFields, duplicate: notes.duplicatePaths,
          in: format == .json ? body : nil)
    if validation == .strict, !problems.isEmpty {
      throw unhandled(stated, resource, problems.message)
    }
    decoded.value["apiVersion"] = .string(resource.apiVersion)
    decoded.value["kind"] = .string(resource.kind)
    return Decoded(object: decoded.value, warnings: problems.messages)
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
