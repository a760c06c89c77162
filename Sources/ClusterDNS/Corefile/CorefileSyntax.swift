/// A Corefile as its words and braces say, before anything is made of them.
package struct CorefileSyntax: Sendable, Equatable {
  /// One line of a block: a word, its arguments and, if it opens one, its own block.
  package struct Directive: Sendable, Equatable {
    package var name: String
    package var arguments: [String]
    package var block: [Directive]
    /// Counted from 1.
    package var line: Int
  }

  package struct ServerBlock: Sendable, Equatable {
    /// Zones with scheme and port, as they were written.
    package var keys: [String]
    package var directives: [Directive]
    package var line: Int
  }

  package var servers: [ServerBlock]

  /// What cannot be read, and where.
  package struct Failure: Error, Equatable, CustomStringConvertible {
    package var line: Int
    package var message: String

    package var description: String { "line \(line): \(message)" }
  }

  /// - Parameter environment: for `{$NAME}` and `{%NAME%}`.
  /// - Throws: ``Failure``.
  package init(_ text: String, environment: [String: String] = [:]) throws(Failure) {
    var parser = CorefileParser(try CorefileLexer.words(text, environment))
    servers = try parser.file()
  }
}

/// One word of a Corefile.
private struct CorefileWord {
  var text: String
  var line: Int
  /// A quoted brace is no brace.
  var isQuoted = false

  func isBrace(_ brace: String) -> Bool { !isQuoted && text == brace }
}

private enum CorefileLexer {
  static func words(
    _ text: String, _ environment: [String: String]
  ) throws(CorefileSyntax.Failure) -> [CorefileWord] {
    var words: [CorefileWord] = []
    var line = 1
    var rest = text[...]
    while let first = rest.first {
      if first.isNewline { line += 1 }
      if first.isWhitespace {
        rest = rest.dropFirst()
      } else if first == "#" {
        rest = rest.drop { !$0.isNewline }
      } else if first == "\"" {
        words.append(try quoted(&rest, &line))
      } else {
        let word = rest.prefix { !$0.isWhitespace }
        rest = rest.dropFirst(word.count)
        words.append(
          CorefileWord(text: substituted(String(word), environment), line: line))
      }
    }
    return words
  }

  private static func quoted(
    _ rest: inout Substring, _ line: inout Int
  ) throws(CorefileSyntax.Failure) -> CorefileWord {
    let start = line
    var text = ""
    rest = rest.dropFirst()
    while let character = rest.popFirst() {
      if character == "\"" { return CorefileWord(text: text, line: start, isQuoted: true) }
      if character.isNewline { line += 1 }
      if character == "\\", rest.first == "\"" {
        text.append("\"")
        rest = rest.dropFirst()
      } else {
        text.append(character)
      }
    }
    throw CorefileSyntax.Failure(line: start, message: "the quotation has no end")
  }

  /// Puts environment variables in; one that is not set is empty, as in CoreDNS.
  private static func substituted(_ word: String, _ environment: [String: String]) -> String {
    var result = word
    for (open, close) in [("{$", "}"), ("{%", "%}")] {
      while let start = result.firstRange(of: open),
        let end = result[start.upperBound...].firstRange(of: close)
      {
        let name = String(result[start.upperBound..<end.lowerBound])
        result.replaceSubrange(start.lowerBound..<end.upperBound, with: environment[name] ?? "")
      }
    }
    return result
  }
}

private struct CorefileParser {
  private var words: ArraySlice<CorefileWord>
  private var snippets: [String: [CorefileSyntax.Directive]] = [:]
  private var lastLine = 1

  init(_ words: [CorefileWord]) { self.words = words[...] }

  typealias Failure = CorefileSyntax.Failure

  mutating func file() throws(Failure) -> [CorefileSyntax.ServerBlock] {
    var servers: [CorefileSyntax.ServerBlock] = []
    while let first = words.first {
      var keys: [String] = []
      while let word = words.first, !word.isBrace("{") {
        if word.isBrace("}") { throw Failure(line: word.line, message: "} closes nothing") }
        keys += word.text.split(separator: ",").map(String.init)
        take()
      }
      guard !words.isEmpty else {
        throw Failure(line: lastLine, message: "{ is missing behind \(keys.joined(separator: " "))")
      }
      take()
      let directives = try block(openedAt: first.line, depth: 0)
      if keys.count == 1, keys[0].hasPrefix("("), keys[0].hasSuffix(")") {
        snippets[String(keys[0].dropFirst().dropLast())] = directives
      } else if keys.isEmpty {
        throw Failure(line: first.line, message: "a server block without a zone")
      } else {
        servers.append(.init(keys: keys, directives: directives, line: first.line))
      }
    }
    return servers
  }

  private mutating func take() {
    if let word = words.popFirst() { lastLine = word.line }
  }

  /// Directives up to the closing brace.
  private mutating func block(
    openedAt opening: Int, depth: Int
  ) throws(Failure) -> [CorefileSyntax.Directive] {
    guard depth < 8 else { throw Failure(line: opening, message: "blocks are nested too deep") }
    var directives: [CorefileSyntax.Directive] = []
    while let word = words.first {
      take()
      if word.isBrace("}") { return directives }
      if word.isBrace("{") { throw Failure(line: word.line, message: "{ opens nothing") }
      var directive = CorefileSyntax.Directive(
        name: word.text, arguments: [], block: [], line: word.line)
      while let next = words.first, next.line == word.line, !next.isBrace("}") {
        take()
        if next.isBrace("{") {
          directive.block = try block(openedAt: next.line, depth: depth + 1)
          break
        }
        directive.arguments.append(next.text)
      }
      if directive.name == "import" {
        directives += try imported(directive)
      } else {
        directives.append(directive)
      }
    }
    throw Failure(line: opening, message: "the block has no }")
  }

  private func imported(
    _ directive: CorefileSyntax.Directive
  ) throws(Failure) -> [CorefileSyntax.Directive] {
    guard let name = directive.arguments.first, let snippet = snippets[name] else {
      throw Failure(
        line: directive.line,
        message: "import \(directive.arguments.joined(separator: " ")): there is no snippet of "
          + "that name before; files are not imported")
    }
    return snippet
  }
}
