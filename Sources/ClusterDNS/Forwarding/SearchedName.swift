import DNSMessage

/// A name that a Pod looks for on its search path, and that the cluster does not have: what is
/// asked for next, and what the answer looks like.
struct SearchedName {
  let entry: HandOff
  let question: Question
  private let response: Message
  /// The labels searched for, without the root.
  private let searched: ArraySlice<UInt8>
  /// Search domains passed so far; one more than there are for the name by itself.
  private var passed = 0

  /// - Parameter length: bytes of the labels searched for.
  init?(_ entry: HandOff, length: Int) {
    guard let response = try? Message(entry.message), let question = response.questions.first,
      length < question.name.wire.count
    else { return nil }
    self.entry = entry
    self.response = response
    self.question = question
    searched = question.name.wire[..<length]
  }

  var options: ForwardedQuestion.Options { response.edns?.dnssecOK ?? false ? .dnssecOK : [] }

  /// The next name of the search path: below each domain, then by itself. Nil at the end.
  mutating func next(_ domains: [DomainName]) -> DomainName? {
    while passed <= domains.count {
      let domain = passed < domains.count ? domains[passed] : .root
      passed += 1
      // One that would be too long is none.
      if let name = DomainName(wire: searched + domain.wire) { return name }
    }
    return nil
  }

  /// The answer: an alias for the name that is there, and what it has.
  func response(_ name: DomainName, _ found: Message?, _ code: ResponseCode) -> [UInt8] {
    var whole = response
    let answers = found?.answers ?? []
    whole.flags.rawValue &= ~HeaderFlags.authoritative
    whole.responseCode = code
    let ttl = answers.map(\.ttl).min() ?? found?.authority.map(\.ttl).min() ?? 0
    whole.answers = [Record(name: question.name, ttl: ttl, data: .cname(name))] + answers
    whole.authority = found?.authority ?? []
    return whole.encodedToFit(entry.limit)
  }

  func failure(_ code: ResponseCode) -> [UInt8] {
    var whole = response
    whole.flags.rawValue &= ~HeaderFlags.authoritative
    whole.responseCode = code
    whole.authority = []
    return whole.encodedToFit(entry.limit)
  }
}
