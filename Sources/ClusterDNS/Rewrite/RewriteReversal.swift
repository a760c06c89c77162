import DNSMessage

/// What a response to a rewritten query must undergo before its client gets it.
struct RewriteReversal: Sendable {
  private enum Step: Sendable {
    /// This name becomes that one.
    case name([UInt8], [UInt8])
    /// What ends in the first ends in the second.
    case suffix([UInt8], [UInt8])
    case pattern(RewriteRule.Answer.Place, Pattern, [UInt8])
  }

  /// The name of the question as the client wrote it, in wire form.
  private let question: [UInt8]
  /// Bytes the response may have.
  private let limit: Int
  /// The last rule's first, so that names go back the way they came.
  private var steps: [Step] = []

  init(question: [UInt8], limit: Int) {
    self.question = question
    self.limit = limit
  }

  mutating func add(_ rule: NameRewriter.Rule, before: [UInt8], after: [UInt8]) {
    var own: [Step] = []
    if rule.restoresAnswers {
      if case .suffix(let suffix) = rule.matching {
        own.append(.suffix(rule.to, suffix))
      } else {
        own.append(.name(after, before))
      }
    }
    own += rule.answers.map { .pattern($0.place, $0.pattern, $0.to) }
    steps = own + steps
  }

  /// The response as its client gets it; empty if not even its question fits.
  func apply(to response: [UInt8]) -> [UInt8] {
    guard var message = try? Message(response), let name = DomainName(wire: question) else {
      return []
    }
    if !message.questions.isEmpty { message.questions[0].name = name }
    if !steps.isEmpty {
      let asked = name.lowercasedWire
      message.answers = message.answers.map { restored($0, asked, name) }
      message.authority = message.authority.map { restored($0, asked, name) }
      message.additional = message.additional.map { restored($0, asked, name) }
    }
    return message.encodedToFit(limit)
  }

  private func restored(_ record: Record, _ asked: [UInt8], _ question: DomainName) -> Record {
    var record = record
    record.name = restored(record.name, .name, asked, question)
    switch record.data {
    case .cname(let name): record.data = .cname(restored(name, .value, asked, question))
    case .ns(let name): record.data = .ns(restored(name, .value, asked, question))
    case .srv(let priority, let weight, let port, let target):
      record.data = .srv(
        priority: priority, weight: weight, port: port,
        target: restored(target, .value, asked, question))
    default: break
    }
    return record
  }

  private func restored(
    _ name: DomainName, _ place: RewriteRule.Answer.Place, _ asked: [UInt8], _ question: DomainName
  ) -> DomainName {
    var text: [UInt8] = []
    RewriteStage.append(name.wire, to: &text)
    let before = text
    for step in steps {
      switch step {
      case .name(let after, let before): if text == after { text = before }
      case .suffix(let after, let before):
        if text.hasSuffix(after) { text = text.dropLast(after.count) + before }
      case .pattern(let part, let pattern, let to):
        let matcher = PatternMatcher(pattern)
        guard part == place, matcher.matches(text) else { continue }
        text = to.filled(by: matcher, of: text)
      }
    }
    guard text != before, let restored = DomainName(String(decoding: text, as: UTF8.self)) else {
      return name
    }
    // The question's own name keeps its letters' case, so that it can be pointed to.
    return restored.lowercasedWire == asked ? question : restored
  }
}

/// The way back for a response to a rewritten query.
final class RewrittenReply: ReplyPath {
  private let reversal: RewriteReversal
  private let reply: any ReplyPath

  init(_ reversal: RewriteReversal, _ reply: any ReplyPath) {
    self.reversal = reversal
    self.reply = reply
  }

  func send(_ response: [UInt8]) {
    let restored = reversal.apply(to: response)
    restored.isEmpty ? reply.drop() : reply.send(restored)
  }

  func drop() { reply.drop() }
}
