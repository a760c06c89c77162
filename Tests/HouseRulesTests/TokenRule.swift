import Testing

/// Words that do not appear in our code, and what to write instead.
struct TokenRule: Sendable {
  var token: String
  var instead: String
  /// Folders of the repository it holds in.
  var folders = ["Sources/"]
  /// Targets that may use it.
  var exempt: Set<String> = []
  /// Allowed where a comment on the same line or the line before gives the proof.
  var mayBeProven = false

  static let all = [
    TokenRule(
      token: "try" + "!", instead: "handle or rethrow the error", folders: ["Sources/", "Tests/"]),
    TokenRule(token: "fatal" + "Error(", instead: "a typed error, or precondition with a reason"),
    TokenRule(token: "TO" + "DO", instead: "an issue", folders: ["Sources/", "Tests/"]),
    TokenRule(token: "FIX" + "ME", instead: "an issue", folders: ["Sources/", "Tests/"]),
    TokenRule(token: " print" + "(", instead: "a Logger", exempt: ["rollcall"]),
    TokenRule(
      token: "@unchecked" + " Sendable", instead: "Mutex, Atomic or a value type",
      folders: ["Sources/", "Tests/"], mayBeProven: true),
    TokenRule(
      token: "nonisolated" + "(unsafe)", instead: "Mutex, Atomic or a value type", mayBeProven: true
    ),
    TokenRule(
      token: "Task" + ".sleep", instead: "a clock that is a parameter", folders: ["Tests/"],
      mayBeProven: true),
    TokenRule(
      token: "Thread" + ".sleep", instead: "a clock that is a parameter",
      folders: ["Sources/", "Tests/"]),
    TokenRule(
      token: "usleep" + "(", instead: "a clock that is a parameter",
      folders: ["Sources/", "Tests/"], mayBeProven: true),
    TokenRule(
      token: "CLOCK_" + "REALTIME,", instead: "Timestamp.now(), which also builds in release",
      exempt: ["KubernetesAPI"]),
  ]

  func violations(in file: SourceFile) -> [String] {
    guard folders.contains(where: file.path.hasPrefix), !exempt.contains(file.target ?? "") else {
      return []
    }
    let lines = file.lines
    return lines.indices.compactMap { number in
      guard lines[number].contains(token) else { return nil }
      let previous = number > 0 ? lines[number - 1] : ""
      if mayBeProven, lines[number].contains("// ") || isComment(previous) { return nil }
      return "\(file):\(number + 1): \(token) is not used here; write \(instead)"
    }
  }

  private func isComment(_ line: Substring) -> Bool {
    line.drop { $0 == " " }.hasPrefix("//")
  }
}

struct TokenRuleTests {
  @Test func bannedWordsStayOut() throws {
    let files =
      try SourceTree.swiftFiles(under: "Sources") + SourceTree.swiftFiles(under: "Tests")
    for rule in TokenRule.all {
      for violation in files.flatMap(rule.violations) { Issue.record("\(violation)") }
    }
  }

  @Test func everyRuleSeesItsWord() {
    for rule in TokenRule.all {
      let line = "  x\(rule.token) y"
      for folder in rule.folders {
        #expect(rule.violations(in: SourceFile(path: folder + "A/B.swift", text: line)).count == 1)
      }
      let proven = SourceFile(path: rule.folders[0] + "A/B.swift", text: "  // Because.\n" + line)
      #expect(rule.violations(in: proven).isEmpty == rule.mayBeProven)
    }
  }
}
