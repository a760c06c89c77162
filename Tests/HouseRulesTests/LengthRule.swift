import Testing

/// Files of one idea, functions that fit a screen. What must be longer says why: a file on its
/// first line, a function on the line before it, with a comment that begins `// Long because`.
enum LengthRule {
  static let longestFile = 500
  static let longestFunction = 70
  static let longestLine = 100
  static let excuse = "// Long because"

  static func violations(in file: SourceFile) -> [String] {
    var found: [String] = []
    let lines = file.lines
    if lines.count > longestFile, !(lines.first?.hasPrefix(excuse) ?? false) {
      found.append("\(file): \(lines.count) lines, at most \(longestFile)")
    }
    for (number, line) in lines.enumerated() where line.count > longestLine {
      // A literal or a link cannot always be broken.
      if !line.contains("\""), !line.contains("://") {
        found.append("\(file):\(number + 1): \(line.count) columns, at most \(longestLine)")
      }
    }
    for (number, line) in lines.enumerated() where beginsFunction(line) {
      let indent = line.prefix { $0 == " " }
      // A requirement of a protocol has no body: the protocol ends first.
      guard
        let end = lines[number...].firstIndex(where: {
          $0 == indent + "}" || !$0.isEmpty && !$0.hasPrefix(indent)
        }), lines[end] == indent + "}", end - number > longestFunction
      else { continue }
      let length = end - number
      let previous = number > 0 ? lines[number - 1].drop { $0 == " " } : ""
      if !previous.hasPrefix(excuse) {
        found.append("\(file):\(number + 1): \(length) lines, at most \(longestFunction)")
      }
    }
    return found
  }

  private static func beginsFunction(_ line: Substring) -> Bool {
    let words = line.split(separator: " ")
    guard !(words.first?.hasPrefix("//") ?? true) else { return false }
    return words.contains { $0 == "func" || $0.hasPrefix("init(") || $0.hasPrefix("init?(") }
      && !line.hasSuffix("}")
  }
}

struct LengthRuleTests {
  @Test func filesAndFunctionsAreShort() throws {
    for folder in ["Sources", "Tests"] {
      for violation in try SourceTree.swiftFiles(under: folder).flatMap(LengthRule.violations) {
        Issue.record("\(violation)")
      }
    }
  }

  @Test func theRuleSeesALongFileAFunctionAndALine() {
    let body = Array(repeating: "    work()", count: 80).joined(separator: "\n")
    let function = "  func long() {\n\(body)\n  }"
    #expect(LengthRule.violations(in: SourceFile(path: "a", text: function)).count == 1)
    let excused = "  // Long because it is a table.\n" + function
    #expect(LengthRule.violations(in: SourceFile(path: "a", text: excused)).isEmpty)
    let file = String(repeating: "\n", count: 600)
    #expect(LengthRule.violations(in: SourceFile(path: "a", text: file)).count == 1)
    let line = "let a = " + String(repeating: "a", count: 100)
    #expect(LengthRule.violations(in: SourceFile(path: "a", text: line)).count == 1)
  }
}
