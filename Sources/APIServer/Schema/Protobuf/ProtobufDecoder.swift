package import JSONTree

/// Reads the protobuf message of an object as the JSON value that says the same.
///
/// The schema tells what the members are, `FieldNumbers` where they are. As Kubernetes has it,
/// fields that nobody knows are ignored, the last value of a scalar counts, messages that come in
/// pieces are merged, and text that is not UTF-8 is repaired. A scalar that holds its type's zero
/// value is left out unless the message tells it from absence: Kubernetes writes all the others
/// always, and means nothing by `""`, `0` or `false`.
///
/// Recursion is as deep as the schema, which is finite; the work is linear in the bytes.
package enum ProtobufDecoder {
  /// - Parameter envelope: as it came; the value has its `apiVersion` and `kind`, unless empty.
  package static func decode(
    _ envelope: ProtobufEnvelope, as schema: ObjectSchema
  ) throws(ProtobufError) -> JSON {
    guard case .object(var members) = try object([envelope.content], schema) else { return [:] }
    if !envelope.apiVersion.isEmpty { members["apiVersion"] = .string(envelope.apiVersion) }
    if !envelope.kind.isEmpty { members["kind"] = .string(envelope.kind) }
    return .object(members)
  }

  /// What a message says of one member.
  private struct Occurrences {
    var values: [ProtobufReader.Value] = []
    var tellsAbsence: Bool
  }

  // MARK: Messages

  private static func object(
    _ pieces: [ArraySlice<UInt8>], _ schema: ObjectSchema
  ) throws(ProtobufError) -> JSON {
    var found: [String: Occurrences] = [:]
    try collect(pieces, schema.name, &found)
    var members: [JSONObject.Member] = []
    for field in schema.fields {
      guard let occurrences = found[field.name],
        let value = try value(occurrences, field)
      else { continue }
      members.append(JSONObject.Member(key: field.name, value: value))
    }
    return .object(JSONObject(sorted: members))
  }

  /// Sorts what the pieces of a message hold by member.
  private static func collect(
    _ pieces: [ArraySlice<UInt8>], _ definition: String, _ found: inout [String: Occurrences]
  ) throws(ProtobufError) {
    guard let numbers = FieldNumbers.of(definition) else {
      throw ProtobufError("object \(definition) does not implement the protobuf unmarshaling")
    }
    let name = definition.split(separator: ".").last.map(String.init) ?? definition
    var embedded: [Int: [ArraySlice<UInt8>]] = [:]
    for piece in pieces {
      var reader = ProtobufReader(piece, name: name)
      while let field = try reader.field() {
        if let member = numbers.members[field.number] {
          found[member.name, default: Occurrences(tellsAbsence: member.tellsAbsence)]
            .values.append(field.value)
        } else if let other = numbers.embedded[field.number] {
          embedded[field.number, default: []].append(try field.value.bytes(of: other))
        }
      }
    }
    for (number, other) in numbers.embedded.sorted(by: { $0.key < $1.key }) {
      if let pieces = embedded[number] { try collect(pieces, other, &found) }
    }
  }

  // MARK: Members

  /// - Returns: nil for a member that is as good as absent.
  private static func value(
    _ occurrences: Occurrences, _ field: Field
  ) throws(ProtobufError) -> JSON? {
    let name = field.goName
    switch field.schema {
    case .list(let element, _):
      var elements: [JSON] = []
      for value in occurrences.values {
        try append(value, element, name, to: &elements)
      }
      return elements.isEmpty ? nil : .array(elements)
    case .map(let element):
      return try map(occurrences.values, element, name)
    case .boolean, .int32, .int64, .string, .bytes:
      let value = try single(occurrences.values, field.schema, name)
      return occurrences.tellsAbsence || value != field.schema.emptyValue ? value : nil
    default:
      let value = try single(occurrences.values, field.schema, name)
      return value == .null ? nil : value
    }
  }

  private static func append(
    _ value: ProtobufReader.Value, _ element: Schema, _ name: String, to elements: inout [JSON]
  ) throws(ProtobufError) {
    switch (element, value) {
    case (.boolean, .bytes(let packed)), (.int32, .bytes(let packed)), (.int64, .bytes(let packed)):
      var reader = ProtobufReader(packed, name: name)
      while !reader.isAtEnd {
        let number = ProtobufReader.Value.varint(try reader.varint())
        elements.append(try single([number], element, name))
      }
    default: elements.append(try single([value], element, name))
    }
  }

  /// A map is a list of messages with the key as field 1 and the value as field 2.
  private static func map(
    _ values: [ProtobufReader.Value], _ element: Schema, _ name: String
  ) throws(ProtobufError) -> JSON? {
    var entries: [String: JSON] = [:]
    for value in values {
      var reader = ProtobufReader(try value.bytes(of: name), name: name)
      var key = ""
      var contents: [ProtobufReader.Value] = []
      while let field = try reader.field() {
        switch field.number {
        case 1: key = try field.value.text(of: name)
        case 2: contents.append(field.value)
        default: break
        }
      }
      entries[key] =
        contents.isEmpty ? element.emptyValue : try single(contents, element, name)
    }
    if entries.isEmpty { return nil }
    let members = entries.map { JSONObject.Member(key: $0.key, value: $0.value) }
    return .object(JSONObject(sorted: members.sorted { $0.key < $1.key }))
  }

  // MARK: Values

  /// The value that one or more occurrences state together.
  ///
  /// - Parameter values: at least one.
  private static func single(
    _ values: [ProtobufReader.Value], _ schema: Schema, _ name: String
  ) throws(ProtobufError) -> JSON {
    switch schema {
    case .object(let schema): return try object(pieces(values, name), schema)
    case .time: return try ProtobufMessages.time(pieces(values, name), .seconds)
    case .microTime: return try ProtobufMessages.time(pieces(values, name), .microseconds)
    case .quantity: return try ProtobufMessages.quantity(pieces(values, name))
    case .intOrString: return try ProtobufMessages.intOrString(pieces(values, name))
    case .anyObject, .any: return try ProtobufMessages.raw(pieces(values, name))
    default:
      var result = schema.emptyValue
      for value in values { result = try scalar(value, schema, name) }
      return result
    }
  }

  private static func pieces(
    _ values: [ProtobufReader.Value], _ name: String
  ) throws(ProtobufError) -> [ArraySlice<UInt8>] {
    var pieces: [ArraySlice<UInt8>] = []
    for value in values { pieces.append(try value.bytes(of: name)) }
    return pieces
  }

  private static func scalar(
    _ value: ProtobufReader.Value, _ schema: Schema, _ name: String
  ) throws(ProtobufError) -> JSON {
    switch schema {
    case .boolean: return .bool(try value.varint(of: name) != 0)
    case .int32:
      return .integer(Int64(Int32(truncatingIfNeeded: try value.varint(of: name))))
    case .int64: return .integer(Int64(bitPattern: try value.varint(of: name)))
    case .string: return .string(try value.text(of: name))
    case .bytes: return .string(Base64.encoded(Array(try value.bytes(of: name))))
    default: throw ProtobufError("proto: \(name): \(schema.goType) is not known in protobuf")
    }
  }
}

extension Field {
  /// What the field is called in Go, and so in errors.
  fileprivate var goName: String {
    name == "metadata" ? "ObjectMeta" : name.prefix(1).uppercased() + name.dropFirst()
  }
}
