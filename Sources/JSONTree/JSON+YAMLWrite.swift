extension JSON {
  /// The value as a YAML document that reads back as the same value, laid out as Kubernetes' tools
  /// lay it out: block style, members sorted, lists as far in as the member that holds them, long
  /// texts as literal blocks.
  public var yaml: String {
    var writer = YAMLWriter()
    writer.write(self, indent: 0, place: .document)
    return writer.text
  }
}

private struct YAMLWriter {
  private(set) var text = ""

  /// What stands before a value on its line.
  enum Place {
    case document
    case member
    case element
  }

  mutating func write(_ value: JSON, indent: Int, place: Place) {
    switch value {
    case .object(let members) where !members.isEmpty:
      if place == .member { text += "\n" }
      for (position, member) in members.enumerated() {
        if position > 0 || place == .member { pad(indent) }
        text += YAMLScalar.spelling(of: member.key, indent: nil) + ":"
        let inner = isList(member.value) ? indent : indent + 2
        write(member.value, indent: inner, place: .member)
      }
    case .array(let elements) where !elements.isEmpty:
      if place == .member { text += "\n" }
      for (position, element) in elements.enumerated() {
        if position > 0 || place == .member { pad(indent) }
        text += "-"
        if !isEmptyOrScalar(element) { text += " " }
        write(element, indent: indent + 2, place: .element)
      }
    default:
      if place != .document { text += " " }
      text += spelling(of: value, indent: indent) + "\n"
    }
  }

  private func isList(_ value: JSON) -> Bool {
    if case .array(let elements) = value { !elements.isEmpty } else { false }
  }

  private func isEmptyOrScalar(_ value: JSON) -> Bool {
    switch value {
    case .object(let members): members.isEmpty
    case .array(let elements): elements.isEmpty
    default: true
    }
  }

  private mutating func pad(_ count: Int) { text += String(repeating: " ", count: count) }

  private func spelling(of value: JSON, indent: Int) -> String {
    switch value {
    case .string(let text): YAMLScalar.spelling(of: text, indent: indent)
    case .object: "{}"
    case .array: "[]"
    default: value.text
    }
  }
}

/// How a string is written so that it reads back as that string.
private enum YAMLScalar {
  /// - Parameter indent: of the lines of a literal block; nil where none may stand (names).
  static func spelling(of text: String, indent: Int?) -> String {
    if let indent, let block = literalBlock(text, indent) { return block }
    if text.unicodeScalars.contains(where: needsEscape) { return JSON.string(text).text }
    if text.isEmpty || YAMLResolver.isAmbiguous(text) { return JSON.string(text).text }
    if isPlain(text) { return text }
    return "'"
      + text.split(separator: "'", omittingEmptySubsequences: false)
      .joined(separator: "''") + "'"
  }

  /// Several lines, each as it is.
  private static func literalBlock(_ text: String, _ indent: Int) -> String? {
    guard text.utf8.contains(0x0A) else { return nil }
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    // Lines of nothing but space, and those that begin the text with space, do not read back.
    guard
      !text.unicodeScalars.contains(where: { needsEscape($0) && $0 != "\n" }),
      lines.allSatisfy({ line in line.isEmpty || line.last != " " }),
      let first = lines.first(where: { !$0.isEmpty }), first.first != " ", first.first != "\t"
    else { return nil }
    let chomping = !text.hasSuffix("\n") ? "-" : text.hasSuffix("\n\n") || text == "\n" ? "+" : ""
    let margin = String(repeating: " ", count: max(indent, 2))
    let body = text.hasSuffix("\n") ? lines.dropLast() : lines[...]
    return "|" + chomping + body.map { $0.isEmpty ? "\n" : "\n" + margin + $0 }.joined()
  }

  private static func needsEscape(_ scalar: UnicodeScalar) -> Bool {
    scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value) || scalar.value == 0x2028
      || scalar.value == 0x2029 || scalar.value == 0xFEFF
  }

  private static func isPlain(_ text: String) -> Bool {
    let bytes = Array(text.utf8)
    guard let first = bytes.first, let last = bytes.last, first != 0x20, last != 0x20,
      last != UInt8(ascii: ":")
    else { return false }
    if "!&*|>%@`\"'#,[]{}".utf8.contains(first) { return false }
    if "-?:".utf8.contains(first), bytes.count == 1 || bytes[1] == 0x20 { return false }
    if text.hasPrefix("---") || text.hasPrefix("...") { return false }
    for (byte, next) in zip(bytes, bytes.dropFirst()) {
      if byte == UInt8(ascii: ":"), next == 0x20 { return false }
      if byte == 0x20, next == UInt8(ascii: "#") { return false }
    }
    return true
  }
}
