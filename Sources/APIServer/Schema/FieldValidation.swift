import JSONTree

/// What a write does about members that its kind does not know or that come twice (the query
/// parameter `fieldValidation`, KEP-2885).
package enum FieldValidation: String, Sendable, CaseIterable {
  case ignore = "Ignore"
  /// The write goes on, with a `Warning` header for each member. The default.
  case warn = "Warn"
  case strict = "Strict"

  /// - Parameter query: the parameter's value; nil or empty where none is given.
  /// - Returns: nil for a value that is none of the three.
  package init?(query: String?) {
    guard let query, !query.isEmpty else {
      self = .warn
      return
    }
    self.init(rawValue: query)
  }
}

/// Members that a body should not hold, in the order of the document.
package struct StrictProblems: Sendable, Equatable {
  /// Each a sentence: `unknown field "spec.foo"`, `duplicate field "spec.bar"`.
  package private(set) var messages: [String] = []

  package init(messages: [String] = []) { self.messages = messages }

  /// - Parameters:
  ///   - unknown: paths of members the schema does not know.
  ///   - duplicate: paths of members that come again; those that are unknown as well, or lie in
  ///     something unknown, are left out.
  ///   - text: the JSON text the paths come from, nil if there is none (the paths are then
  ///     reported in the order given).
  package init(unknown: [String], duplicate: [String], in text: [UInt8]?) {
    let unknownPaths = Set(unknown)
    let duplicate = duplicate.filter { path in
      !unknown.contains { path == $0 || path.hasPrefix($0 + ".") || path.hasPrefix($0 + "[") }
    }
    guard !unknown.isEmpty || !duplicate.isEmpty else { return }
    var found: [(offset: Int, message: String)] = []
    let offsets = text.map {
      JSON.occurrences(of: unknownPaths.union(duplicate), in: $0)
    }
    for path in unknown {
      found.append((offsets?[path]?.first ?? 0, "unknown field " + quoted(path)))
    }
    for path in Set(duplicate).sorted() {
      found.append((offsets?[path]?.dropFirst().first ?? 0, "duplicate field " + quoted(path)))
    }
    if offsets != nil { found.sort { $0.offset < $1.offset } }
    messages = found.map(\.message)
  }

  /// Keys of a YAML text that came twice, each a sentence.
  ///
  /// - Parameter oneError: together as an error tells them, instead of a warning for each.
  init(duplicateKeys: [String], oneError: Bool) {
    guard oneError, !duplicateKeys.isEmpty else {
      messages = duplicateKeys
      return
    }
    messages = [
      "yaml: unmarshal errors:\n" + duplicateKeys.map { "  " + $0 }.joined(separator: "\n")
    ]
  }

  package var isEmpty: Bool { messages.isEmpty }

  package static func + (left: StrictProblems, right: StrictProblems) -> StrictProblems {
    StrictProblems(messages: left.messages + right.messages)
  }

  /// All of them as one error.
  package var message: String { "strict decoding error: " + messages.joined(separator: ", ") }

  private func quoted(_ path: String) -> String { JSON.string(path).text }
}
