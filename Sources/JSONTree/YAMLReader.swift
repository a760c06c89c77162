import CYaml

/// Puts values together from the events of libyaml, whose port go-yaml is: what one refuses the
/// other refuses too, in the same words.
struct YAMLReader {
  private let parser: UnsafeMutablePointer<yaml_parser_t>
  private var notes = JSONParseNotes()
  private var anchors: [String: Anchored] = [:]
  /// Anchors of the collections being read, which cannot be referred to yet.
  private var openAnchors: Set<String> = []
  private var depth = 0
  /// Values so far, with those that aliases stand for.
  private var count = 0

  private struct Anchored {
    var value: JSON
    var count: Int
  }

  /// - Parameter limit: how many documents are read; the rest is not looked at.
  static func documents(
    of bytes: [UInt8], limit: Int = .max, notes: inout JSONParseNotes
  ) throws(YAMLParseError) -> [JSON] {
    let parser = UnsafeMutablePointer<yaml_parser_t>.allocate(capacity: 1)
    defer { parser.deallocate() }
    guard yaml_parser_initialize(parser) == 1 else {
      throw YAMLParseError(message: "yaml: out of memory")
    }
    defer { yaml_parser_delete(parser) }
    // The parser reads the buffer only within this call, and is gone after it.
    let result = bytes.withUnsafeBufferPointer {
      buffer -> Result<([JSON], JSONParseNotes), YAMLParseError> in
      yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
      yaml_parser_set_input_string(parser, buffer.baseAddress, buffer.count)
      var reader = YAMLReader(parser: parser)
      do throws(YAMLParseError) {
        return .success((try reader.documents(limit: limit), reader.notes))
      } catch {
        return .failure(error)
      }
    }
    let documents: [JSON]
    (documents, notes) = try result.get()
    return documents
  }

  private init(parser: UnsafeMutablePointer<yaml_parser_t>) { self.parser = parser }

  private mutating func documents(limit: Int) throws(YAMLParseError) -> [JSON] {
    var documents: [JSON] = []
    while documents.count < limit {
      let event = try next()
      switch event.type {
      case YAML_STREAM_END_EVENT: return documents
      case YAML_DOCUMENT_START_EVENT:
        anchors = [:]
        documents.append(try value(try next()))
      default: continue  // The start of the stream, and the ends of documents.
      }
    }
    return documents
  }

  // MARK: Events

  /// An event with its texts copied, so that libyaml's memory is freed at once.
  private struct Event {
    var type: yaml_event_type_t
    /// Counted from 1.
    var line: Int
    var anchor: String?
    var tag: String?
    var text = ""
    var isPlain = false
  }

  private mutating func next() throws(YAMLParseError) -> Event {
    var raw = yaml_event_t()
    guard yaml_parser_parse(parser, &raw) == 1 else { throw failure }
    defer { yaml_event_delete(&raw) }
    var event = Event(type: raw.type, line: raw.start_mark.line + 1)
    switch raw.type {
    case YAML_ALIAS_EVENT:
      event.anchor = Self.text(raw.data.alias.anchor)
    case YAML_SCALAR_EVENT:
      let scalar = raw.data.scalar
      event.anchor = Self.text(scalar.anchor)
      event.tag = Self.text(scalar.tag)
      event.isPlain = scalar.style == YAML_PLAIN_SCALAR_STYLE
      event.text = String(
        decoding: UnsafeBufferPointer(start: scalar.value, count: scalar.length), as: UTF8.self)
    case YAML_SEQUENCE_START_EVENT:
      event.anchor = Self.text(raw.data.sequence_start.anchor)
    case YAML_MAPPING_START_EVENT:
      event.anchor = Self.text(raw.data.mapping_start.anchor)
    default: break
    }
    return event
  }

  private static func text(_ pointer: UnsafeMutablePointer<yaml_char_t>?) -> String? {
    pointer.map { String(cString: $0) }
  }

  /// What libyaml complains of, with the line go-yaml would give.
  private var failure: YAMLParseError {
    var line = 0
    if parser.pointee.problem_mark.line != 0 {
      line = parser.pointee.problem_mark.line
      if parser.pointee.error == YAML_SCANNER_ERROR { line += 1 }
    } else if parser.pointee.context_mark.line != 0 {
      line = parser.pointee.context_mark.line
    }
    let problem =
      parser.pointee.problem.map { String(cString: $0) } ?? "unknown problem parsing YAML content"
    return YAMLParseError(message: "yaml: " + (line == 0 ? "" : "line \(line): ") + problem)
  }

  // MARK: Values

  private mutating func value(_ event: Event) throws(YAMLParseError) -> JSON {
    count += 1
    if event.type == YAML_ALIAS_EVENT { return try alias(event) }
    let before = count
    if let anchor = event.anchor { openAnchors.insert(anchor) }
    let value: JSON
    switch event.type {
    case YAML_SCALAR_EVENT: value = try scalar(event)
    case YAML_SEQUENCE_START_EVENT:
      try descend(event)
      value = try sequence()
      depth -= 1
    case YAML_MAPPING_START_EVENT:
      try descend(event)
      value = try mapping()
      depth -= 1
    default: throw YAMLParseError(message: "yaml: line \(event.line): did not find a value")
    }
    if let anchor = event.anchor {
      openAnchors.remove(anchor)
      anchors[anchor] = Anchored(value: value, count: count - before + 1)
    }
    return value
  }

  private mutating func descend(_ event: Event) throws(YAMLParseError) {
    depth += 1
    guard depth <= JSON.maximumDepth else {
      throw YAMLParseError(message: "yaml: line \(event.line): exceeded max depth")
    }
  }

  private mutating func alias(_ event: Event) throws(YAMLParseError) -> JSON {
    let name = event.anchor ?? ""
    guard !openAnchors.contains(name) else {
      throw YAMLParseError(message: "yaml: anchor '\(name)' value contains itself")
    }
    guard let anchored = anchors[name] else {
      throw YAMLParseError(message: "yaml: unknown anchor '\(name)' referenced")
    }
    count += anchored.count
    guard count <= JSON.maximumYAMLValues else {
      throw YAMLParseError(message: "yaml: document contains excessive aliasing")
    }
    return anchored.value
  }

  private func scalar(_ event: Event) throws(YAMLParseError) -> JSON {
    guard let value = YAMLResolver.value(event.text, tag: event.tag, isPlain: event.isPlain) else {
      throw YAMLParseError(message: "json: unsupported value: \(event.text)")
    }
    return value
  }

  private mutating func sequence() throws(YAMLParseError) -> JSON {
    var elements: [JSON] = []
    while true {
      let event = try next()
      if event.type == YAML_SEQUENCE_END_EVENT { return .array(elements) }
      elements.append(try value(event))
    }
  }

  private mutating func mapping() throws(YAMLParseError) -> JSON {
    var members: [JSONObject.Member] = []
    var seen: Set<String> = []
    var merged = JSONObject()
    while true {
      let event = try next()
      if event.type == YAML_MAPPING_END_EVENT { break }
      if event.type == YAML_SCALAR_EVENT, event.isPlain, event.text == "<<", event.tag == nil {
        try merge(try value(try next()), into: &merged)
        continue
      }
      let key = try key(try value(event))
      let valueEvent = try next()
      if !seen.insert(key).inserted {
        notes.duplicateKeys.append(
          "line \(event.line): key \(JSON.string(key).text) already set in map")
      }
      members.append(.init(key: key, value: try value(valueEvent)))
    }
    for member in merged where !seen.contains(member.key) { members.append(member) }
    return .object(JSONObject(unsorted: members) { _ in })
  }

  /// Numbers and booleans are spelled as JSON spells them.
  private func key(_ value: JSON) throws(YAMLParseError) -> String {
    switch value {
    case .string(let text): return text
    case .bool, .integer, .number: return value.text
    case .null:
      throw YAMLParseError(message: "unsupported map key of type: %!s(<nil>), key: <nil>")
    case .array, .object:
      throw YAMLParseError(message: "yaml: invalid map key: \(value.text)")
    }
  }

  /// A merge key takes a mapping or a sequence of them, of which the first wins.
  private func merge(_ value: JSON, into merged: inout JSONObject) throws(YAMLParseError) {
    for source in value.array ?? [value] {
      guard case .object(let members) = source else {
        throw YAMLParseError(
          message: "yaml: map merge requires map or sequence of maps as the value")
      }
      for member in members where merged[member.key] == nil { merged[member.key] = member.value }
    }
  }
}
