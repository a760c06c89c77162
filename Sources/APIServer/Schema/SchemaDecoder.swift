package import JSONTree
import KubernetesAPI

/// Reads a JSON value as its schema says: checks types, drops what the schema does not know, and
/// brings values into the one form that is stored and shown.
///
/// - A member that is `null` is dropped, as if it were absent. An element of a list, or a value of
///   a map, that is `null` becomes the empty value of its type.
/// - Members that hold nothing are dropped as `Field.emptyValue` says.
/// - Quantities become their canonical text (to thousandths, as in core/v1's resource lists), times
///   whole seconds (or microseconds) of UTC, base64 loses line breaks.
///
/// A value that is in that form already is returned as it came, nothing of it copied.
package struct SchemaDecoder {
  package struct Decoded: Sendable {
    package var value: JSON
    /// Paths of the members the schema does not know, `spec.ports[0].foo`, sorted by member name
    /// within each object; at most `maximumUnknownFields`.
    package var unknownFields: [String]
  }

  /// As many as Kubernetes' decoder reports.
  package static let maximumUnknownFields = 100

  private var unknownFields: [String] = []

  package static func decode(
    _ value: JSON, as schema: ObjectSchema
  ) throws(DecodingProblem) -> Decoded {
    try decode(value, as: .object(schema))
  }

  static func decode(_ value: JSON, as schema: Schema) throws(DecodingProblem) -> Decoded {
    var decoder = SchemaDecoder()
    let decoded = try decoder.decoded(value, schema, nil)
    return Decoded(value: decoded ?? value, unknownFields: decoder.unknownFields)
  }

  // MARK: Values. Each function returns nil where the value may stay as it is.

  private mutating func decoded(
    _ value: JSON, _ schema: Schema, _ goType: String?
  ) throws(DecodingProblem) -> JSON? {
    switch (schema, value) {
    case (.string, .string), (.boolean, .bool), (.int64, .integer), (.number, .integer),
      (.number, .number), (.intOrString, .string), (.any, _), (.anyObject, .object):
      return nil
    case (.int32, .integer(let number)), (.intOrString, .integer(let number)):
      guard Int32(exactly: number) != nil else { throw .mismatch(value, schema, named: goType) }
      return nil
    case (.object(let schema), .object(let members)):
      return try decoded(members, schema)
    case (.list(let element, _), .array(let elements)):
      return try decoded(elements, element, goType.flatMap { $0.dropping("[]") })
    case (.map(let element), .object(let members)):
      return try decoded(map: members, element, goType.flatMap { $0.dropping("map[string]") })
    case (_, .null):
      return schema.emptyValue
    case (.quantity, _):
      return try decodedQuantity(value)
    case (.time, .string(let text)):
      return try decodedTime(text, .seconds)
    case (.microTime, .string(let text)):
      return try decodedTime(text, .microseconds)
    case (.bytes, .array(let elements)):
      return .string(Base64Text.encode(try elements.map(decodedByte)))
    case (.bytes, .string(let text)):
      do {
        return try Base64Text.canonical(text).map(JSON.string)
      } catch {
        throw .malformed(error.description)
      }
    default:
      throw .mismatch(value, schema, named: goType)
    }
  }

  /// Walks members and fields side by side: both are sorted by name.
  private mutating func decoded(
    _ members: JSONObject, _ schema: ObjectSchema
  ) throws(DecodingProblem) -> JSON? {
    /// What is kept; nil as long as that is everything.
    var kept: [JSONObject.Member]?
    var low = 0
    for (position, member) in members.enumerated() {
      guard let index = schema.index(of: member.key, from: &low) else {
        if kept == nil { kept = Array(members[..<position]) }
        note(unknown: member.key)
        continue
      }
      let field = schema.fields[index]
      if case .null = member.value {
        if kept == nil { kept = Array(members[..<position]) }
        continue
      }
      let mark = unknownFields.count
      let value: JSON?
      do {
        value = try decoded(member.value, field.schema, field.goType)
      } catch {
        throw error.inside(schema, field: field.name)
      }
      if unknownFields.count > mark { locate(since: mark, under: member.key) }
      if field.drops(value ?? member.value) {
        if kept == nil { kept = Array(members[..<position]) }
      } else if let value {
        if kept == nil { kept = Array(members[..<position]) }
        kept?.append(JSONObject.Member(key: member.key, value: value))
      } else {
        kept?.append(member)
      }
    }
    return kept.map { .object(JSONObject(sorted: $0)) }
  }

  private mutating func decoded(
    _ elements: [JSON], _ schema: Schema, _ goType: String?
  ) throws(DecodingProblem) -> JSON? {
    var changed: [JSON]?
    for (index, element) in elements.enumerated() {
      let mark = unknownFields.count
      if let value = try decoded(element, schema, goType) {
        if changed == nil { changed = elements }
        changed?[index] = value
      }
      if unknownFields.count > mark { locate(since: mark, under: "[\(index)]") }
    }
    return changed.map(JSON.array)
  }

  private mutating func decoded(
    map members: JSONObject, _ schema: Schema, _ goType: String?
  ) throws(DecodingProblem) -> JSON? {
    var changed: JSONObject?
    for member in members {
      let mark = unknownFields.count
      if let value = try decoded(member.value, schema, goType) {
        if changed == nil { changed = members }
        changed?[member.key] = value
      }
      if unknownFields.count > mark { locate(since: mark, under: member.key) }
    }
    return changed.map(JSON.object)
  }

  private func decodedQuantity(_ value: JSON) throws(DecodingProblem) -> JSON? {
    let text: String
    switch value {
    case .string(let value): text = value
    case .integer, .number: text = value.text
    default: throw .malformed(Quantity.ParseError.format.description)
    }
    do {
      let canonical = try Quantity(parsing: text.trimmingSpace).roundedUpToThousandths.description
      return value == .string(canonical) ? nil : .string(canonical)
    } catch {
      throw .malformed(error.description)
    }
  }

  /// Go reads an array of numbers as bytes too.
  private func decodedByte(_ value: JSON) throws(DecodingProblem) -> UInt8 {
    switch value {
    case .null: return 0
    case .integer(let number):
      guard let byte = UInt8(exactly: number) else {
        throw .mismatch(value, .int32, named: "uint8")
      }
      return byte
    default: throw .mismatch(value, .int32, named: "uint8")
    }
  }

  private func decodedTime(
    _ text: String, _ precision: TimeText.Precision
  ) throws(DecodingProblem) -> JSON? {
    do {
      let canonical = try TimeText.canonical(text, precision)
      return canonical == text ? nil : .string(canonical)
    } catch {
      throw .malformed(error.description)
    }
  }

  // MARK: Unknown members

  private mutating func note(unknown key: String) {
    guard unknownFields.count < Self.maximumUnknownFields else { return }
    unknownFields.append(key)
  }

  /// Paths are put together on the way out, so that a body without unknown members pays nothing.
  private mutating func locate(since mark: Int, under step: String) {
    for index in mark..<unknownFields.count {
      let rest = unknownFields[index]
      unknownFields[index] = rest.hasPrefix("[") ? step + rest : "\(step).\(rest)"
    }
  }
}

extension Schema {
  /// What Go's decoder makes of a `null` in a list or a map.
  var emptyValue: JSON {
    switch self {
    case .boolean: false
    case .int32, .int64, .number, .intOrString: 0
    case .string, .bytes: ""
    case .quantity: "0"
    case .time, .microTime, .any: .null
    case .anyObject, .object, .map: [:]
    case .list: []
    }
  }
}

extension Field {
  /// Whether a member with this value is left out.
  func drops(_ value: JSON) -> Bool {
    guard emptyValue != .kept else { return false }
    switch value {
    case .string(let text):
      return text.isEmpty && (emptyValue == .dropped || !isRequired)
    case .array(let elements):
      return elements.isEmpty && (emptyValue == .dropped || !isRequired)
    case .object(let members):
      guard members.isEmpty else { return false }
      if case .map = schema { return emptyValue == .dropped || !isRequired }
      return emptyValue == .dropped
    case .bool(let flag): return !flag && emptyValue == .dropped
    case .integer(let number): return number == 0 && emptyValue == .dropped
    case .number(let number): return number == 0 && emptyValue == .dropped
    case .null: return true
    }
  }
}

extension String {
  /// The rest after a prefix, or nil.
  fileprivate func dropping(_ prefix: String) -> String? {
    hasPrefix(prefix) ? String(dropFirst(prefix.count)) : nil
  }

  fileprivate var trimmingSpace: String {
    guard first?.isWhitespace == true || last?.isWhitespace == true else { return self }
    return String(
      decoding: utf8.drop { $0 == 0x20 || (0x09...0x0D).contains($0) }.reversed()
        .drop { $0 == 0x20 || (0x09...0x0D).contains($0) }.reversed(), as: UTF8.self)
  }
}
