import DNSMessage

/// Rules made ready. All workers share it; each has a `RewriteStage`.
package final class NameRewriter: Sendable {
  enum Matching: Sendable {
    case exact([UInt8])
    case prefix([UInt8])
    case suffix([UInt8])
    case substring([UInt8])
    case pattern(Pattern)
  }

  struct Rule: Sendable {
    var matching: Matching
    /// The text that replaces what matched.
    var to: [UInt8]
    var continues: Bool
    var restoresAnswers: Bool
    var answers: [(place: RewriteRule.Answer.Place, pattern: Pattern, to: [UInt8])]
    /// With a dot before them, in lower case; empty for all names.
    var zones: [[UInt8]]
    var exceptZones: [[UInt8]]
  }

  /// A rule that cannot be.
  package struct Failure: Error, Equatable, CustomStringConvertible {
    package var description: String
  }

  let rules: [Rule]

  /// - Throws: ``Failure`` for an expression that cannot be read.
  package init(_ rules: [RewriteRule]) throws(Failure) {
    var made: [Rule] = []
    for rule in rules { made.append(try Self.made(rule)) }
    self.rules = made
  }

  private static func made(_ rule: RewriteRule) throws(Failure) -> Rule {
    let lowered = lowercased(rule.from)
    var to = lowercased(rule.to)
    let matching: Matching
    switch rule.matching {
    case .exact:
      matching = .exact(Self.rooted(lowered))
      to = rooted(to)
    case .prefix: matching = .prefix(lowered)
    case .suffix:
      matching = .suffix(Self.rooted(lowered))
      to = rooted(to)
    case .substring: matching = .substring(lowered)
    case .regex: matching = .pattern(try pattern(rule.from))
    }
    var answers: [(place: RewriteRule.Answer.Place, pattern: Pattern, to: [UInt8])] = []
    for answer in rule.answers {
      answers.append(
        (place: answer.place, pattern: try pattern(answer.from), to: Array(answer.to.utf8)))
    }
    return Rule(
      matching: matching, to: to, continues: rule.continues,
      restoresAnswers: rule.restoresAnswers || rule.matching == .exact, answers: answers,
      zones: rule.zones.contains(".") ? [] : rule.zones.map(dotted),
      exceptZones: rule.exceptZones.map(dotted))
  }

  private static func dotted(_ zone: String) -> [UInt8] {
    [UInt8(ascii: ".")] + rooted(lowercased(zone))
  }

  private static func pattern(_ text: String) throws(Failure) -> Pattern {
    do throws(Pattern.Failure) { return try Pattern(text) } catch {
      throw Failure(description: "\(text): \(error)")
    }
  }

  private static func lowercased(_ text: String) -> [UInt8] {
    text.utf8.map(DomainName.lowercased)
  }

  /// With the final dot.
  private static func rooted(_ text: [UInt8]) -> [UInt8] {
    text.last == UInt8(ascii: ".") ? text : text + [UInt8(ascii: ".")]
  }
}

extension NameRewriter.Rule {
  func covers(_ name: [UInt8]) -> Bool {
    (zones.isEmpty || Self.isWithin(name, zones)) && !Self.isWithin(name, exceptZones)
  }

  private static func isWithin(_ name: [UInt8], _ zones: [[UInt8]]) -> Bool {
    zones.contains { name.hasSuffix($0) || name[...] == $0.dropFirst() }
  }
}

extension [UInt8] {
  func hasSuffix(_ suffix: [UInt8]) -> Bool {
    count >= suffix.count && self[(count - suffix.count)...].elementsEqual(suffix)
  }

  /// Where another text first stands at or behind an offset.
  func firstOffset(of other: [UInt8], from start: Int) -> Int? {
    guard !other.isEmpty, count >= other.count else { return nil }
    var offset = start
    while offset <= count - other.count {
      if self[offset..<offset + other.count].elementsEqual(other) { return offset }
      offset += 1
    }
    return nil
  }

  func replacing(_ other: [UInt8], with replacement: [UInt8]) -> [UInt8] {
    var result: [UInt8] = []
    var start = 0
    while let offset = firstOffset(of: other, from: start) {
      result += self[start..<offset] + replacement
      start = offset + other.count
    }
    return result + self[start...]
  }

  /// A text with `{0}`, `{1}`, … replaced by the groups of a match.
  func filled(by matcher: PatternMatcher, of text: [UInt8]) -> [UInt8] {
    var result = self
    for group in 0..<matcher.groupCount {
      result = result.replacing(
        Array("{\(group)}".utf8), with: Array(matcher.group(group, of: text)))
    }
    return result
  }
}
