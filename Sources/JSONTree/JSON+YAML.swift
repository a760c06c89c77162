import Yams

/// Why a text is no YAML that stands for JSON.
public struct YAMLParseError: Error, Equatable, CustomStringConvertible {
  public var message: String

  public var description: String { message }
}

extension JSON {
  /// How many values a YAML text may stand for once its aliases are replaced. A small text can
  /// otherwise grow without bound.
  static let maximumYAMLValues = 1_000_000

  /// Reads the documents of a YAML 1.1 text as Kubernetes reads manifests: plain scalars have the
  /// types go-yaml gives them, keys become strings, anchors and merge keys are resolved. Empty
  /// documents are left out.
  public static func documents(yaml: String) throws(YAMLParseError) -> [JSON] {
    var documents: [JSON] = []
    do {
      var sequence = try Yams.compose_all(yaml: yaml)
      var converter = YAMLConverter()
      while let node = sequence.next() {
        let value = try converter.value(node)
        if !value.isNull { documents.append(value) }
      }
      if let error = sequence.error { throw error }
    } catch let error as YAMLParseError {
      throw error
    } catch {
      throw YAMLParseError(message: Self.describe(error))
    }
    return documents
  }

  /// Reads a text of one document; `.null` if it is empty.
  public init(yaml: String) throws(YAMLParseError) {
    let documents = try Self.documents(yaml: yaml)
    guard documents.count <= 1 else {
      throw YAMLParseError(message: "expected a single document")
    }
    self = documents.first ?? .null
  }

  /// In the form of go-yaml's messages: `yaml: line 3: …`.
  private static func describe(_ error: any Error) -> String {
    switch error as? YamlError {
    case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
      .composer(_, let problem, let mark, _):
      "yaml: line \(mark.line): \(problem)"
    case .reader(let problem, _, _, _): "yaml: \(problem)"
    case .duplicatedKeysInMapping(let duplicates, let context):
      "yaml: line \(context.mark.line): key \"\(duplicates.first ?? "")\" already set in map"
    default: "yaml: \(error)"
    }
  }
}

private struct YAMLConverter {
  private var count = 0

  mutating func value(_ node: Node) throws -> JSON {
    count += 1
    guard count <= JSON.maximumYAMLValues else {
      throw YAMLParseError(message: "yaml: document contains excessive aliasing")
    }
    switch node {
    case .scalar(let scalar): return YAMLScalar(scalar).value
    case .sequence(let sequence): return .array(try sequence.map { try value($0) })
    case .mapping(let mapping): return .object(try object(mapping))
    case .alias: throw YAMLParseError(message: "yaml: unknown anchor")
    }
  }

  private mutating func object(_ mapping: Node.Mapping) throws -> JSONObject {
    var object = JSONObject()
    var merged = JSONObject()
    for (key, node) in mapping {
      guard case .scalar(let scalar) = key else {
        throw YAMLParseError(message: "yaml: a map key is no scalar")
      }
      if scalar.string == "<<", scalar.style == .plain {
        try merge(node, into: &merged)
      } else {
        object[YAMLScalar(scalar).key] = try value(node)
      }
    }
    for member in merged where object[member.key] == nil { object[member.key] = member.value }
    return object
  }

  /// A merge key takes a mapping or a sequence of them, of which the first wins.
  private mutating func merge(_ node: Node, into merged: inout JSONObject) throws {
    let sources: [Node] =
      if case .sequence(let sequence) = node { Array(sequence) } else { [node] }
    for source in sources {
      guard case .object(let object) = try value(source) else {
        throw YAMLParseError(
          message: "yaml: map merge requires map or sequence of maps as the value")
      }
      for member in object where merged[member.key] == nil { merged[member.key] = member.value }
    }
  }
}

/// A scalar and the type go-yaml version 2 (YAML 1.1) resolves it to.
private struct YAMLScalar {
  private let text: String
  private let isPlain: Bool
  private let tag: String

  init(_ scalar: Node.Scalar) {
    text = scalar.string
    isPlain = scalar.style == .plain || scalar.style == .any
    tag = scalar.tag.description
  }

  /// As a member's name: numbers and booleans are spelled as JSON spells them.
  var key: String {
    switch value {
    case .string(let text): text
    case .null: "null"
    case let other: other.text
    }
  }

  var value: JSON {
    if tag == Tag.Name.str.rawValue || !isPlain { return .string(text) }
    switch text {
    case "", "~", "null", "Null", "NULL": return .null
    case "true", "True", "TRUE", "yes", "Yes", "YES", "y", "Y", "on", "On", "ON":
      return .bool(true)
    case "false", "False", "FALSE", "no", "No", "NO", "n", "N", "off", "Off", "OFF":
      return .bool(false)
    default: return number ?? .string(text)
    }
  }

  private var number: JSON? {
    guard let first = text.utf8.first,
      (0x30...0x39).contains(first) || first == UInt8(ascii: "-") || first == UInt8(ascii: "+")
        || first == UInt8(ascii: ".")
    else { return nil }
    let plain = text.filter { $0 != "_" }
    if let integer = Self.integer(plain) { return .integer(integer) }
    let digits = plain.utf8.drop { $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "+") }
    let isDecimal = digits.allSatisfy {
      (0x30...0x39).contains($0) || [0x2E, 0x65, 0x45, 0x2B, 0x2D].contains($0)
    }
    guard isDecimal, digits.contains(where: { (0x30...0x39).contains($0) }),
      let value = Double(plain), value.isFinite
    else { return nil }
    return .number(value)
  }

  /// Decimal, `0x`, `0b`, `0o` and the older octal with a leading zero.
  private static func integer(_ text: String) -> Int64? {
    var digits = text[...]
    var sign = ""
    if let first = digits.first, first == "-" || first == "+" {
      if first == "-" { sign = "-" }
      digits = digits.dropFirst()
    }
    guard let first = digits.first, first.isASCII, first.isNumber else { return nil }
    if first != "0" || digits.count == 1 { return Int64(sign + digits) }
    switch digits.dropFirst().first {
    case "x", "X": return Int64(sign + digits.dropFirst(2), radix: 16)
    case "b", "B": return Int64(sign + digits.dropFirst(2), radix: 2)
    case "o", "O": return Int64(sign + digits.dropFirst(2), radix: 8)
    default: return Int64(sign + digits.dropFirst(), radix: 8)
    }
  }
}
