import JSONTree
package import KubernetesAPI

extension LabelSelector {
  /// Reads the query parameter `labelSelector`: `a=b,c!=d,e in (f,g),h notin (i),j,!k,l>1`.
  ///
  /// - Throws: 400 BadRequest in Kubernetes' words.
  package init(query: String) throws(APIStatus) {
    var parser = SelectorParser(tokens: SelectorToken.all(in: query))
    self.init(try parser.requirements())
  }
}

/// A piece of a label selector.
private enum SelectorToken: Equatable {
  case end
  case symbol(String)
  /// A key or a value; `in` and `notin` too.
  case word(String)

  var text: String {
    switch self {
    case .end: ""
    case .symbol(let text), .word(let text): text
    }
  }

  /// Ends with `.end`. A NUL ends the text, as it does for Kubernetes' scanner.
  static func all(in query: String) -> [SelectorToken] {
    var tokens: [SelectorToken] = []
    let bytes = Array(query.utf8.prefix { $0 != 0 })
    var index = 0
    while index < bytes.count {
      let byte = bytes[index]
      if isSpace(byte) {
        index += 1
      } else if isSymbol(byte) {
        let pair = index + 1 < bytes.count && bytes[index + 1] == UInt8(ascii: "=")
        let isLong = pair && (byte == UInt8(ascii: "=") || byte == UInt8(ascii: "!"))
        let end = index + (isLong ? 2 : 1)
        tokens.append(.symbol(String(decoding: bytes[index..<end], as: UTF8.self)))
        index = end
      } else {
        let rest = bytes[index...]
        let end = rest.firstIndex { isSpace($0) || isSymbol($0) } ?? bytes.count
        tokens.append(.word(String(decoding: bytes[index..<end], as: UTF8.self)))
        index = end
      }
    }
    return tokens + [.end]
  }

  private static func isSpace(_ byte: UInt8) -> Bool {
    byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D
  }

  private static func isSymbol(_ byte: UInt8) -> Bool { "=!(),><".utf8.contains(byte) }
}

private struct SelectorParser {
  private let tokens: [SelectorToken]
  private var position = 0

  init(tokens: [SelectorToken]) { self.tokens = tokens }

  private var next: SelectorToken { position < tokens.count ? tokens[position] : .end }

  private mutating func take() -> SelectorToken {
    defer { position += 1 }
    return next
  }

  mutating func requirements() throws(APIStatus) -> [LabelSelector.Requirement] {
    var requirements: [LabelSelector.Requirement] = []
    while true {
      switch next {
      case .end: return requirements
      case .word, .symbol("!"): break
      case .symbol(let text):
        throw unexpected(text, ", expected: !, identifier, or 'end of string'")
      }
      do {
        requirements.append(try requirement())
      } catch {
        throw .badRequest("unable to parse requirement: \(error.message)")
      }
      switch take() {
      case .end: return requirements
      case .symbol(","):
        switch next {
        case .word, .symbol("!"): continue
        default: throw unexpected(next.text, ", expected: identifier after ','")
        }
      case let other: throw unexpected(other.text, ", expected: ',' or 'end of string'")
      }
    }
  }

  private mutating func requirement() throws(APIStatus) -> LabelSelector.Requirement {
    var token = take()
    let isNegated = token == .symbol("!")
    if isNegated { token = take() }
    guard case .word(let key) = token else {
      throw unexpected(token.text, ", expected: identifier")
    }
    let problems = Format.qualifiedName(key)
    guard problems.isEmpty else { throw invalid("<nil>", key, problems.joined(separator: "; ")) }
    if isNegated { return .init(key: key, operator: .doesNotExist) }
    if next == .end || next == .symbol(",") { return .init(key: key, operator: .exists) }
    switch take() {
    case .word("in"): return try checked(.init(key: key, operator: .in, values: list()))
    case .word("notin"): return try checked(.init(key: key, operator: .notIn, values: list()))
    case .symbol("="), .symbol("=="):
      return try checked(.init(key: key, operator: .in, values: [value()]))
    case .symbol("!="): return try checked(.init(key: key, operator: .notIn, values: [value()]))
    case .symbol(">"):
      return try checked(.init(key: key, operator: .greaterThan, values: [value()]))
    case .symbol("<"):
      return try checked(.init(key: key, operator: .lessThan, values: [value()]))
    case let other:
      throw unexpected(other.text, ", expected: in, notin, =, ==, !=, gt, lt")
    }
  }

  private mutating func value() throws(APIStatus) -> String {
    if next == .end || next == .symbol(",") { return "" }
    guard case .word(let text) = take() else {
      throw unexpected(tokens[position - 1].text, ", expected: identifier")
    }
    return text
  }

  /// Values between parentheses; nothing between two commas is the empty value.
  private mutating func list() throws(APIStatus) -> [String] {
    let open = take()
    guard open == .symbol("(") else { throw unexpected(open.text, " expected: '('") }
    switch next {
    case .symbol(")"):
      _ = take()
      return [""]
    case .word, .symbol(","): break
    default: throw unexpected(next.text, ", expected: ',', ')' or identifier")
    }
    var values: Set<String> = []
    while true {
      switch take() {
      case .word(let text):
        values.insert(text)
        switch next {
        case .symbol(","): continue
        case .symbol(")"): break
        default: throw unexpected(next.text, ", expected: ',' or ')'")
        }
      case .symbol(","):
        if values.isEmpty || next == .symbol(")") || next == .symbol(",") { values.insert("") }
        if next != .symbol(")") { continue }
      case let other: throw unexpected(other.text, ", expected: ',', or identifier")
      }
      _ = take()  // The closing parenthesis.
      return values.sorted()
    }
  }

  private func checked(
    _ requirement: LabelSelector.Requirement
  ) throws(APIStatus) -> LabelSelector.Requirement {
    var problems: [String] = []
    let isNumeric = requirement.operator == .greaterThan || requirement.operator == .lessThan
    for (index, value) in requirement.values.enumerated() {
      if isNumeric, Int64(value) == nil {
        problems.append(
          invalid(
            "values[\(index)]", value, "for 'Gt', 'Lt' operators, the value must be an integer"
          ).message)
      }
    }
    for (index, value) in requirement.values.enumerated() {
      let found = Format.labelValue(value)
      guard !found.isEmpty else { continue }
      let path = "values[\(index)][\(requirement.key)]"
      problems.append(invalid(path, value, found.joined(separator: "; ")).message)
    }
    switch problems.count {
    case 0: return requirement
    case 1: throw .badRequest(problems[0])
    default: throw .badRequest("[" + problems.joined(separator: ", ") + "]")
    }
  }

  private func unexpected(_ found: String, _ expected: String) -> APIStatus {
    .badRequest("found '\(found)'" + expected)
  }

  private func invalid(_ path: String, _ value: String, _ problem: String) -> APIStatus {
    .badRequest("\(path): Invalid value: \(JSON.string(value).text): \(problem)")
  }
}
