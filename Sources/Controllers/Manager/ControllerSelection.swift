/// Which controllers run: all (`*`), some by name, or all but some (`*,-default-scheduler`).
package struct ControllerSelection: Sendable, Equatable {
  private var hasAll = false
  private var added: Set<String> = []
  private var removed: Set<String> = []

  package static let all = ControllerSelection("*")

  /// - Parameter text: names after commas; `-` before a name leaves it out, `*` stands for all.
  package init(_ text: String) {
    for part in text.split(separator: ",").map({ $0.filter { $0 != " " } }) {
      if part == "*" {
        hasAll = true
      } else if part.hasPrefix("-") {
        removed.insert(String(part.dropFirst()))
      } else {
        added.insert(part)
      }
    }
  }

  /// Names that are mentioned, to be compared with those there are.
  package var names: Set<String> { added.union(removed) }

  package func contains(_ name: String) -> Bool {
    !removed.contains(name) && (hasAll || added.contains(name))
  }
}
