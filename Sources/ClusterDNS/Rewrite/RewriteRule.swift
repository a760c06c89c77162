/// One rule by which names are asked for as others (CoreDNS's `rewrite name`).
///
/// Names are compared in lower case and with their final dot.
package struct RewriteRule: Sendable, Equatable {
  package enum Matching: String, Sendable, CaseIterable {
    case exact
    case prefix
    case suffix
    /// Every occurrence is replaced.
    case substring
    /// The whole name is replaced if the expression is somewhere in it; `{1}` stands for its first
    /// group, `{0}` for all of it.
    case regex
  }

  /// What becomes of names in answers.
  package struct Answer: Sendable, Equatable {
    package enum Place: String, Sendable {
      /// Owner names.
      case name
      /// Names in data.
      case value
    }

    package var place: Place
    /// A regular expression.
    package var from: String
    package var to: String
  }

  package var matching: Matching
  package var from: String
  package var to: String
  /// Rules behind this one are looked at, too.
  package var continues = false
  /// Names in answers are set back to those asked for. Of exact rules they always are.
  package var restoresAnswers = false
  package var answers: [Answer] = []
  /// Names in no such zone are left alone; empty for all names.
  package var zones: [String] = []
  /// Names in such a zone are left alone, too.
  package var exceptZones: [String] = []

  package init(matching: Matching, from: String, to: String) {
    self.matching = matching
    self.from = from
    self.to = to
  }
}
