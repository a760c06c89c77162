import DNSMessage

/// A response of an upstream, in the form that responses to clients are made of: bytes in which
/// only the id, flags, the question's spelling and the TTLs change.
struct StoredAnswer: Sendable {
  /// How long it may be used, in seconds, and as what (RFC 2308).
  enum Lifetime: Equatable, Sendable {
    case positive(UInt32)
    /// NXDOMAIN or no such records, with the SOA record that says for how long.
    case negative(UInt32)
    /// Not to be kept: for example a denial without SOA.
    case none
  }

  private struct Place: Sendable {
    let ttl: Int
    let end: Int
  }

  /// The whole message, without OPT, with the question's name in lower case.
  private let bytes: [UInt8]
  private let records: [Place]
  private let answers: Int
  private let authority: Int
  let code: ResponseCode
  let lifetime: Lifetime
  private let isAuthentic: Bool

  /// Nil if the message cannot be written again, or has a code that does not answer.
  init?(_ message: Message, to question: ForwardedQuestion) {
    guard message.responseCode == .noError || message.responseCode == .nameError,
      let name = DomainName(wire: question.name)
    else { return nil }
    var plain = message
    plain.id = 0
    plain.flags = HeaderFlags(rawValue: 0)
    plain.edns = nil
    plain.questions = [Question(name: name, type: question.type)]
    guard let bytes = try? plain.encoded() else { return nil }
    self.bytes = bytes
    code = message.responseCode
    isAuthentic = message.flags.has(HeaderFlags.authenticData)
    answers = plain.answers.count
    authority = plain.authority.count
    records = Self.places(
      bytes, from: MessageLimits.headerSize + question.name.count + 4,
      count: answers + authority + plain.additional.count)
    lifetime = Self.lifetime(of: plain, question)
  }

  private static func places(_ bytes: [UInt8], from start: Int, count: Int) -> [Place] {
    var cursor = WireCursor(at: start)
    return (0..<count).map { _ in
      cursor.skipName(bytes.span.bytes)
      cursor.skip(4, in: bytes.span.bytes)
      let ttl = cursor.offset
      cursor.skip(4, in: bytes.span.bytes)
      let length = Int(cursor.uint16(bytes.span.bytes))
      cursor.skip(length, in: bytes.span.bytes)
      return Place(ttl: ttl, end: cursor.offset)
    }
  }

  private static func lifetime(of message: Message, _ question: ForwardedQuestion) -> Lifetime {
    let shortest = message.answers.map { effective($0.ttl) }.min()
    let isAnswered =
      question.type == .any && !message.answers.isEmpty
      || message.answers.contains { $0.type == question.type }
    if message.responseCode == .noError, isAnswered { return .positive(shortest ?? 0) }
    for record in message.authority {
      guard case .soa(let soa) = record.data else { continue }
      let denial = min(effective(record.ttl), soa.minimum)
      return .negative(min(denial, shortest ?? denial))
    }
    return .none
  }

  /// A TTL with the highest bit set counts as 0 (RFC 2181 section 8).
  private static func effective(_ ttl: UInt32) -> UInt32 { ttl > UInt32(Int32.max) ? 0 : ttl }

  /// Bytes of memory, roughly.
  var cost: Int { bytes.count + records.count * MemoryLayout<Place>.size }

  /// Whether the name, as opposed to records of a type, exists.
  var denies: Bool { code == .nameError }

  /// The message again.
  var message: Message? { try? Message(bytes) }

  /// What becomes of the TTLs.
  enum Aging: Equatable, Sendable {
    /// They are this many seconds less than they were.
    case elapsed(UInt32)
    /// They are this many seconds at most: of an answer that is too old (RFC 8767 section 4).
    case limited(UInt32)

    func apply(to ttl: UInt32) -> UInt32 {
      switch self {
      case .elapsed(let seconds):
        StoredAnswer.effective(ttl) &- min(seconds, StoredAnswer.effective(ttl))
      case .limited(let seconds): min(seconds, StoredAnswer.effective(ttl))
      }
    }
  }

  /// The response to one client's query for the same question.
  func response(to query: ClientQuery, aging: Aging, extended: ExtendedError? = nil) -> [UInt8] {
    let room = query.limit - query.sizeOfOPT(extended: extended)
    var kept = records.count
    var isTruncated = false
    if bytes.count > room {
      // Additional records go first, all of them; then whatever does not fit.
      kept = min(kept, answers + authority)
      while kept > 0, records[kept - 1].end > room {
        kept -= 1
        isTruncated = true
      }
    }
    let questionEnd = MessageLimits.headerSize + query.name.count + 4
    var response = Array(bytes[..<(kept > 0 ? records[kept - 1].end : questionEnd)])
    func put(_ value: UInt16, at offset: Int) {
      response[offset] = UInt8(truncatingIfNeeded: value >> 8)
      response[offset + 1] = UInt8(truncatingIfNeeded: value)
    }
    var flags = query.responseFlags(code)
    if isTruncated { flags |= HeaderFlags.truncated }
    if isAuthentic, query.wantsAuthenticData { flags |= HeaderFlags.authenticData }
    let keptAnswers = min(kept, answers)
    let keptAuthority = min(kept - keptAnswers, authority)
    put(query.id, at: 0)
    put(flags, at: 2)
    put(UInt16(keptAnswers), at: 6)
    put(UInt16(keptAuthority), at: 8)
    put(UInt16(kept - keptAnswers - keptAuthority), at: 10)
    // Same name, so same length; letters as the client wrote them.
    response.replaceSubrange(
      MessageLimits.headerSize..<MessageLimits.headerSize + query.name.count, with: query.name)
    for record in records[..<kept] {
      let place = record.ttl
      let ttl = response[place..<place + 4].reduce(0 as UInt32) { $0 << 8 | UInt32($1) }
      let aged = aging.apply(to: ttl)
      put(UInt16(truncatingIfNeeded: aged >> 16), at: place)
      put(UInt16(truncatingIfNeeded: aged), at: place + 2)
    }
    query.appendOPT(to: &response, code: code, extended: extended)
    return response
  }
}
