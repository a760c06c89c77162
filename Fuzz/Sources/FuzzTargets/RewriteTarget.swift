import ClusterDNS
import DNSMessage

/// Rules for names: whatever an expression and a name are, matching ends, and what is asked for is
/// a query for a name again.
///
/// An input is an expression, a zero byte, what names become, a zero byte, and a query.
final class RewriteTarget: InputChecker {
  func check(_ input: [UInt8]) throws {
    let parts = input.split(separator: 0, maxSplits: 2, omittingEmptySubsequences: false)
    guard parts.count == 3 else { return }
    let texts = parts.prefix(2).map { String(decoding: $0, as: UTF8.self) }
    var rules: [RewriteRule] = []
    for matching in RewriteRule.Matching.allCases {
      var rule = RewriteRule(matching: matching, from: texts[0], to: texts[1])
      rule.continues = true
      rules.append(rule)
    }
    // An expression that cannot be read leaves the other kinds of rules.
    let rewriter: NameRewriter
    do { rewriter = try NameRewriter(rules) } catch {
      rules.removeAll { $0.matching == .regex }
      guard let others = try? NameRewriter(rules) else {
        throw BrokenPromise("rules without expressions are refused: \(texts)")
      }
      rewriter = others
    }
    let query = Array(parts[2])
    // What a query has behind its question is passed on unread.
    guard let rewritten = rewriter.rewritten(query), MessageTarget.read(query) != nil else {
      return
    }
    guard let message = MessageTarget.read(rewritten) else {
      throw BrokenPromise("\(rewritten) is no message, made of \(input)")
    }
    try BrokenPromise.unless(
      message.questions.count == 1 && rewritten.prefix(2) == query.prefix(2),
      "another query is asked: \(input)")
  }
}
