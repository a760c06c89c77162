/// Why a text is no JSON value. The messages are those of Go's `encoding/json`, which Kubernetes
/// users know.
public struct JSONParseError: Error, Equatable, CustomStringConvertible {
  public var message: String
  /// Where in the text, in bytes from its start.
  public var offset: Int

  public init(message: String, offset: Int) {
    self.message = message
    self.offset = offset
  }

  public var description: String { message }
}

/// What a parsed text held beside its value.
public struct JSONParseNotes: Sendable, Equatable {
  /// Paths of the members that came more than once in one object, as Kubernetes' strict decoder
  /// spells them: `spec.ports[0].name`.
  public var duplicatePaths: [String] = []
  /// Of a YAML text, a sentence for each key that came more than once in one mapping:
  /// `line 6: key "a" already set in map`.
  public var duplicateKeys: [String] = []

  public init() {}
}

extension JSON {
  /// How deeply arrays and objects may nest. Every level costs stack, and no Kubernetes type
  /// comes near.
  public static let maximumDepth = 200

  /// Parses one JSON text in UTF-8. Where a member comes twice the last one wins.
  public init(parsing bytes: [UInt8]) throws(JSONParseError) {
    var notes = JSONParseNotes()
    try self.init(parsing: bytes, notes: &notes)
  }

  /// Parses one JSON text in UTF-8 and notes what a strict reader must know.
  public init(parsing bytes: [UInt8], notes: inout JSONParseNotes) throws(JSONParseError) {
    let parsed = bytes.withUnsafeBufferPointer {
      buffer -> Result<(JSON, JSONParseNotes), JSONParseError> in
      var parser = JSONParser(text: buffer)
      do throws(JSONParseError) {
        return .success((try parser.document(), parser.notes))
      } catch {
        return .failure(error)
      }
    }
    (self, notes) = try parsed.get()
  }

  /// Parses one JSON text in UTF-8, but only the members named; the others are passed over, and
  /// only so far checked that their end is found.
  public init(parsing bytes: [UInt8], only fields: JSONFields) throws(JSONParseError) {
    let parsed = bytes.withUnsafeBufferPointer { buffer -> Result<JSON, JSONParseError> in
      var parser = JSONParser(text: buffer)
      do throws(JSONParseError) {
        return .success(try parser.document(only: fields))
      } catch {
        return .failure(error)
      }
    }
    self = try parsed.get()
  }

  public init(parsing text: String) throws(JSONParseError) {
    try self.init(parsing: Array(text.utf8))
  }

  /// Where in a text the members with these paths begin, in bytes, each in order of appearance.
  /// For messages that list members in the order of the document, which values do not keep.
  package static func occurrences(
    of paths: Set<String>, in bytes: [UInt8]
  ) -> [String: [Int]] {
    bytes.withUnsafeBufferPointer { buffer in
      var parser = JSONParser(text: buffer, watching: paths)
      _ = try? parser.document()  // What was seen before an error stands.
      return parser.occurrences
    }
  }
}

/// A recursive-descent parser over a text that outlives it (it never leaves
/// `JSON.init(parsing:notes:)`).
private struct JSONParser {
  private let text: UnsafeBufferPointer<UInt8>
  private var offset = 0
  private var depth = 0
  /// Member names and array positions from the root to the value being read.
  private var path: [PathStep] = []
  private(set) var notes = JSONParseNotes()
  private let watched: Set<String>
  private(set) var occurrences: [String: [Int]] = [:]

  private enum PathStep {
    case member(String)
    case element(Int)
  }

  init(text: UnsafeBufferPointer<UInt8>, watching watched: Set<String> = []) {
    self.text = text
    self.watched = watched
  }

  mutating func document(only fields: JSONFields? = nil) throws(JSONParseError) -> JSON {
    let value = try value(fields)
    skipSpace()
    if offset < text.count {
      throw unexpected("after top-level value")
    }
    return value
  }

  // MARK: Values

  private mutating func value(_ fields: JSONFields? = nil) throws(JSONParseError) -> JSON {
    skipSpace()
    guard offset < text.count else { throw endOfInput }
    switch text[offset] {
    case UInt8(ascii: "{"):
      if let fields {
        return try nested { parser throws(JSONParseError) in try parser.object(only: fields) }
      }
      return try nested { parser throws(JSONParseError) in try parser.object() }
    case UInt8(ascii: "["):
      return try nested { parser throws(JSONParseError) in try parser.array(fields) }
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "t"): return try literal("true", .bool(true))
    case UInt8(ascii: "f"): return try literal("false", .bool(false))
    case UInt8(ascii: "n"): return try literal("null", .null)
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number()
    default: throw unexpected("looking for beginning of value")
    }
  }

  private mutating func nested(
    _ body: (inout JSONParser) throws(JSONParseError) -> JSON
  ) throws(JSONParseError) -> JSON {
    guard depth < JSON.maximumDepth else {
      throw JSONParseError(message: "exceeded max depth", offset: offset)
    }
    depth += 1
    let value = try body(&self)
    depth -= 1
    return value
  }

  private mutating func object() throws(JSONParseError) -> JSON {
    offset += 1
    var members: [JSONObject.Member] = []
    skipSpace()
    if take(UInt8(ascii: "}")) { return .object(JSONObject()) }
    while true {
      skipSpace()
      guard offset < text.count else { throw endOfInput }
      guard text[offset] == UInt8(ascii: "\"") else {
        throw unexpected("looking for beginning of object key string")
      }
      let start = offset
      let key = try string()
      if !watched.isEmpty { watch(key, at: start) }
      skipSpace()
      guard take(UInt8(ascii: ":")) else { throw unexpected("after object key") }
      path.append(.member(key))
      members.append(.init(key: key, value: try value()))
      path.removeLast()
      skipSpace()
      if take(UInt8(ascii: ",")) { continue }
      guard take(UInt8(ascii: "}")) else { throw unexpected("after object key:value pair") }
      break
    }
    var duplicates: [String] = []
    let object = JSONObject(unsorted: members) { duplicates.append($0) }
    for key in duplicates { notes.duplicatePaths.append(renderPath(adding: key)) }
    return .object(object)
  }

  private mutating func array(_ fields: JSONFields?) throws(JSONParseError) -> JSON {
    offset += 1
    var elements: [JSON] = []
    skipSpace()
    if take(UInt8(ascii: "]")) { return .array([]) }
    while true {
      if fields == nil { path.append(.element(elements.count)) }
      elements.append(try value(fields))
      if fields == nil { path.removeLast() }
      skipSpace()
      if take(UInt8(ascii: ",")) { continue }
      guard take(UInt8(ascii: "]")) else { throw unexpected("after array element") }
      return .array(elements)
    }
  }

  // MARK: Wanted members

  /// An object without the members that are not wanted. Duplicates are not noted: the last wins.
  private mutating func object(only fields: JSONFields) throws(JSONParseError) -> JSON {
    offset += 1
    var members: [JSONObject.Member] = []
    skipSpace()
    if take(UInt8(ascii: "}")) { return .object(JSONObject()) }
    while true {
      skipSpace()
      guard offset < text.count else { throw endOfInput }
      guard text[offset] == UInt8(ascii: "\"") else {
        throw unexpected("looking for beginning of object key string")
      }
      let start = offset + 1
      try passString()
      let wanted = fields.member(text[start..<offset - 1])
      skipSpace()
      guard take(UInt8(ascii: ":")) else { throw unexpected("after object key") }
      if let wanted {
        let key = String(decoding: wanted.name, as: UTF8.self)
        members.append(.init(key: key, value: try value(wanted.fields)))
      } else {
        try passValue()
      }
      skipSpace()
      if take(UInt8(ascii: ",")) { continue }
      guard take(UInt8(ascii: "}")) else { throw unexpected("after object key:value pair") }
      return .object(JSONObject(unsorted: members) { _ in })
    }
  }

  /// Passes over a value: to the end of its brackets, or of the scalar.
  private mutating func passValue() throws(JSONParseError) {
    skipSpace()
    var open = 0
    while offset < text.count {
      switch text[offset] {
      case UInt8(ascii: "\""):
        try passString()
        if open == 0 { return }
      case UInt8(ascii: "{"), UInt8(ascii: "["):
        open += 1
        offset += 1
      case UInt8(ascii: "}"), UInt8(ascii: "]"):
        guard open > 0 else { throw unexpected("looking for beginning of value") }
        open -= 1
        offset += 1
        if open == 0 { return }
      case UInt8(ascii: ","), UInt8(ascii: ":"):
        guard open > 0 else { throw unexpected("looking for beginning of value") }
        offset += 1
      default:
        passScalar()
        if open == 0 { return }
      }
    }
    throw endOfInput
  }

  private mutating func passString() throws(JSONParseError) {
    offset += 1
    while offset < text.count {
      let byte = text[offset]
      offset += 1
      if byte == UInt8(ascii: "\"") { return }
      if byte == UInt8(ascii: "\\") { offset += 1 }
    }
    throw endOfInput
  }

  private mutating func passScalar() {
    while offset < text.count {
      switch text[offset] {
      case UInt8(ascii: ","), UInt8(ascii: "}"), UInt8(ascii: "]"), UInt8(ascii: ":"),
        UInt8(ascii: "\""), UInt8(ascii: "{"), UInt8(ascii: "["):
        return
      default: offset += 1
      }
    }
  }

  private mutating func literal(
    _ word: StaticString, _ value: JSON
  ) throws(JSONParseError) -> JSON {
    for index in 0..<word.utf8CodeUnitCount {
      guard offset < text.count else { throw endOfInput }
      guard text[offset] == word.utf8Start[index] else {
        let expected = Character(UnicodeScalar(word.utf8Start[index]))
        throw unexpected("in literal \(word) (expecting '\(expected)')")
      }
      offset += 1
    }
    return value
  }

  // MARK: Numbers

  private mutating func number() throws(JSONParseError) -> JSON {
    let start = offset
    var isInteger = true
    let negative = take(UInt8(ascii: "-"))
    if take(UInt8(ascii: "0")) {
      // A leading zero stands alone.
    } else {
      try digits("in numeric literal")
    }
    if take(UInt8(ascii: ".")) {
      isInteger = false
      try digits("after decimal point in numeric literal")
    }
    if offset < text.count, text[offset] | 0x20 == UInt8(ascii: "e") {
      isInteger = false
      offset += 1
      if !take(UInt8(ascii: "+")) { _ = take(UInt8(ascii: "-")) }
      try digits("in exponent of numeric literal")
    }
    if isInteger, let value = integer(from: negative ? start + 1 : start, negative: negative) {
      return .integer(value)
    }
    let spelling = String(decoding: text[start..<offset], as: UTF8.self)
    guard let value = Double(spelling), value.isFinite else {
      throw JSONParseError(message: "json: cannot unmarshal number \(spelling)", offset: start)
    }
    return .number(value)
  }

  private mutating func digits(_ context: String) throws(JSONParseError) {
    guard offset < text.count else { throw endOfInput }
    guard isDigit(text[offset]) else { throw unexpected(context) }
    while offset < text.count, isDigit(text[offset]) { offset += 1 }
  }

  /// The digits up to `offset` as an integer, or nil if they do not fit 64 bits.
  private func integer(from start: Int, negative: Bool) -> Int64? {
    var value: Int64 = 0
    for index in start..<offset {
      let digit = Int64(text[index] &- UInt8(ascii: "0"))
      let (tens, overflowed) = value.multipliedReportingOverflow(by: 10)
      let (next, alsoOverflowed) =
        negative ? tens.subtractingReportingOverflow(digit) : tens.addingReportingOverflow(digit)
      if overflowed || alsoOverflowed { return nil }
      value = next
    }
    return value
  }

  // MARK: Strings

  private mutating func string() throws(JSONParseError) -> String {
    offset += 1
    let start = offset
    while offset < text.count {
      switch text[offset] {
      case UInt8(ascii: "\""):
        let value = String(decoding: text[start..<offset], as: UTF8.self)
        offset += 1
        return value
      case UInt8(ascii: "\\"):
        return try escapedString(from: start)
      case 0..<0x20:
        throw unexpected("in string literal")
      default:
        offset += 1
      }
    }
    throw endOfInput
  }

  /// Continues a string at its first backslash.
  private mutating func escapedString(from start: Int) throws(JSONParseError) -> String {
    var bytes = Array(text[start..<offset])
    while offset < text.count {
      let byte = text[offset]
      switch byte {
      case UInt8(ascii: "\""):
        offset += 1
        return String(decoding: bytes, as: UTF8.self)
      case UInt8(ascii: "\\"):
        offset += 1
        try escape(into: &bytes)
      case 0..<0x20:
        throw unexpected("in string literal")
      default:
        bytes.append(byte)
        offset += 1
      }
    }
    throw endOfInput
  }

  private mutating func escape(into bytes: inout [UInt8]) throws(JSONParseError) {
    guard offset < text.count else { throw endOfInput }
    let byte = text[offset]
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): bytes.append(byte)
    case UInt8(ascii: "b"): bytes.append(0x08)
    case UInt8(ascii: "f"): bytes.append(0x0C)
    case UInt8(ascii: "n"): bytes.append(0x0A)
    case UInt8(ascii: "r"): bytes.append(0x0D)
    case UInt8(ascii: "t"): bytes.append(0x09)
    case UInt8(ascii: "u"):
      offset += 1
      bytes.append(contentsOf: Character(try unicodeScalar()).utf8)
      return
    default: throw unexpected("in string escape code")
    }
    offset += 1
  }

  /// Reads the digits after `\u`, and the second half of a surrogate pair where one follows. A
  /// half without its partner reads as U+FFFD, as in Go.
  private mutating func unicodeScalar() throws(JSONParseError) -> UnicodeScalar {
    let replacement = UnicodeScalar(0xFFFD as UInt16) ?? "?"
    let first = try hexadecimal()
    if let scalar = UnicodeScalar(first) { return scalar }
    guard first < 0xDC00, offset + 1 < text.count, text[offset] == UInt8(ascii: "\\"),
      text[offset + 1] == UInt8(ascii: "u")
    else { return replacement }
    let mark = offset
    offset += 2
    let second = try hexadecimal()
    guard (0xDC00...0xDFFF).contains(second) else {
      offset = mark  // The second escape is a character of its own.
      return replacement
    }
    let code = 0x10000 + (UInt32(first - 0xD800) << 10) + UInt32(second - 0xDC00)
    return UnicodeScalar(code) ?? replacement
  }

  private mutating func hexadecimal() throws(JSONParseError) -> UInt16 {
    var value: UInt16 = 0
    for _ in 0..<4 {
      guard offset < text.count else { throw endOfInput }
      let byte = text[offset]
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): value = value << 4 | UInt16(byte & 0x0F)
      case UInt8(ascii: "a")...UInt8(ascii: "f"), UInt8(ascii: "A")...UInt8(ascii: "F"):
        value = value << 4 | UInt16((byte & 0x07) + 9)
      default: throw unexpected("in \\u hexadecimal character escape")
      }
      offset += 1
    }
    return value
  }

  // MARK: Bytes

  private mutating func skipSpace() {
    while offset < text.count {
      switch text[offset] {
      case 0x20, 0x09, 0x0A, 0x0D: offset += 1
      default: return
      }
    }
  }

  private mutating func take(_ byte: UInt8) -> Bool {
    guard offset < text.count, text[offset] == byte else { return false }
    offset += 1
    return true
  }

  private func isDigit(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
  }

  // MARK: Errors

  private var endOfInput: JSONParseError {
    JSONParseError(message: "unexpected end of JSON input", offset: offset)
  }

  private func unexpected(_ context: String) -> JSONParseError {
    guard offset < text.count else { return endOfInput }
    let byte = text[offset]
    let character =
      switch byte {
      case UInt8(ascii: "'"): "'\\''"
      case UInt8(ascii: "\n"): "'\\n'"
      case 0x20..<0x7F: "'\(Character(UnicodeScalar(byte)))'"
      default: "'\\x" + (byte < 16 ? "0" : "") + String(byte, radix: 16) + "'"
      }
    return JSONParseError(message: "invalid character \(character) \(context)", offset: offset)
  }

  private mutating func watch(_ key: String, at start: Int) {
    let rendered = renderPath(adding: key)
    if watched.contains(rendered) { occurrences[rendered, default: []].append(start) }
  }

  private func renderPath(adding key: String) -> String {
    var rendered = ""
    for step in path + [.member(key)] {
      switch step {
      case .member(let name): rendered += rendered.isEmpty ? name : ".\(name)"
      case .element(let index): rendered += "[\(index)]"
      }
    }
    return rendered
  }
}
