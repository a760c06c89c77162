import DNSMessage

/// The rules of a ``NameRewriter`` for one worker, with the memory they need.
///
/// A name that no rule concerns is only compared; nothing is allocated for it.
///
/// Sendable because its one owner alone uses it.
final class RewriteStage: @unchecked Sendable {
  /// A query as it is to be asked.
  struct Rewritten {
    var message: [UInt8]
    var reversal: RewriteReversal
  }

  enum Outcome {
    case rewritten(Rewritten)
    /// The name would be none: the response that says so.
    case failed([UInt8])
  }

  private let rewriter: NameRewriter
  /// For patterns, by the number of the rule.
  private let matchers: [PatternMatcher?]
  private var text: [UInt8] = []
  /// Where rewritten queries are answered: as large as any response.
  let buffer: UnsafeMutableRawBufferPointer

  init(_ rewriter: NameRewriter) {
    self.rewriter = rewriter
    matchers = rewriter.rules.map {
      if case .pattern(let pattern) = $0.matching { PatternMatcher(pattern) } else { nil }
    }
    text.reserveCapacity(MessageLimits.name * 4)
    buffer = .allocate(
      byteCount: MessageLimits.message + PipelineLimits.bufferSlack, alignment: 8)
    buffer.initializeMemory(as: UInt8.self, repeating: 0)
  }

  deinit { buffer.deallocate() }

  /// The query as the rules have it; nil if none concerns it.
  func rewrite(
    _ query: UnsafeRawBufferPointer, over transport: QueryPipeline.Transport
  ) -> Outcome? {
    guard let base = query.baseAddress else { return nil }
    let head = QueryHead.read(
      RawSpan(_unsafeBytes: UnsafeRawBufferPointer(start: base, count: query.count)))
    guard head.disposition == .answer else { return nil }
    let start = MessageLimits.headerSize
    let end = start + Int(head.nameLength)
    text.removeAll(keepingCapacity: true)
    Self.append(UnsafeRawBufferPointer(rebasing: query[start..<end]), to: &text)
    guard rewriter.rules.indices.contains(where: { matches($0, text) && covers($0, text) }) else {
      return nil
    }
    return apply(Array(query), nameEnd: end, over: transport)
  }

  private func covers(_ rule: Int, _ name: [UInt8]) -> Bool { rewriter.rules[rule].covers(name) }

  /// Presentation form in lower case, with the final dot.
  static func append(_ name: some Collection<UInt8>, to text: inout [UInt8]) {
    var left = 0
    for byte in name {
      if left == 0 {
        if !text.isEmpty || byte == 0 { text.append(UInt8(ascii: ".")) }
        left = Int(byte)
        continue
      }
      left -= 1
      let byte = DomainName.lowercased(byte)
      switch byte {
      case UInt8(ascii: "."), UInt8(ascii: "\\"): text += [UInt8(ascii: "\\"), byte]
      case 0x21...0x7E: text.append(byte)
      default:
        text += [
          UInt8(ascii: "\\"), 0x30 + byte / 100, 0x30 + byte / 10 % 10, 0x30 + byte % 10,
        ]
      }
    }
  }

  private func matches(_ rule: Int, _ name: [UInt8]) -> Bool {
    switch rewriter.rules[rule].matching {
    case .exact(let whole): name == whole
    case .prefix(let prefix): name.starts(with: prefix)
    case .suffix(let suffix): name.hasSuffix(suffix)
    case .substring(let part): name.firstOffset(of: part, from: 0) != nil
    case .pattern: matchers[rule]?.matches(name) ?? false
    }
  }

  private func apply(
    _ query: [UInt8], nameEnd: Int, over transport: QueryPipeline.Transport
  ) -> Outcome? {
    guard let client = ClientQuery(query, over: transport) else { return nil }
    let original = text
    var name = text
    var reversal = RewriteReversal(question: client.name, limit: client.limit)
    for (number, rule) in rewriter.rules.enumerated()
    where rule.covers(original) && matches(number, name) {
      let before = name
      switch rule.matching {
      case .exact: name = rule.to
      case .prefix(let prefix): name = rule.to + name.dropFirst(prefix.count)
      case .suffix(let suffix): name = name.dropLast(suffix.count) + rule.to
      case .substring(let part): name = name.replacing(part, with: rule.to)
      case .pattern:
        if let matcher = matchers[number] { name = rule.to.filled(by: matcher, of: before) }
      }
      if name.last != UInt8(ascii: ".") { name.append(UInt8(ascii: ".")) }
      reversal.add(rule, before: before, after: name)
      if !rule.continues { break }
    }
    guard let wire = DomainName(String(decoding: name, as: UTF8.self))?.wire else {
      return .failed(client.response(.serverFailure))
    }
    var message = query
    message.replaceSubrange(MessageLimits.headerSize..<nameEnd, with: wire)
    guard message.count <= MessageLimits.message else {
      return .failed(client.response(.serverFailure))
    }
    return .rewritten(Rewritten(message: message, reversal: reversal))
  }
}

extension NameRewriter {
  /// The query, over TCP, as it is asked for, or the response that says that its name would be
  /// none; nil if no rule concerns it. For fuzzing: servers have a `RewriteStage` each.
  package func rewritten(_ query: [UInt8]) -> [UInt8]? {
    switch query.withUnsafeBytes({ RewriteStage(self).rewrite($0, over: .tcp) }) {
    case nil: nil
    case .failed(let response): response
    case .rewritten(let rewritten): rewritten.message
    }
  }
}
