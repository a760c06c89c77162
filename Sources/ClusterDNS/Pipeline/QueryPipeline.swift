import DNSMessage

/// Turns queries into responses, in place: bytes in, bytes out, no sockets.
///
/// One pipeline belongs to one worker; it owns what a query needs beside its own buffer, so that
/// answering allocates nothing. Functions on the way are marked `@_noLocks`, with which the
/// compiler proves that they neither allocate, nor lock, nor touch a reference count. `respond`
/// itself cannot be marked, because ending the life of a span is taken for a release; it only makes
/// the span and calls marked functions.
///
/// Sendable because its one owner alone knows its memory.
package struct QueryPipeline: ~Copyable, @unchecked Sendable {
  /// The transports, which differ in how large a response may be.
  package enum Transport: UInt8, Sendable {
    case udp
    case tcp
    /// Over UDP, but the response is fitted to what the client takes by someone else.
    case udpWhole
  }

  /// What is left to do of a query by someone else.
  enum Remainder: UInt8, Sendable {
    /// Nothing: it has its response, or gets none.
    case none
    /// All: its name is in no zone of ours.
    case query
    /// The rest of an answer whose last alias leads to a name in no zone of ours.
    case alias
    /// A denial, unless a name behind the cluster's part of the client's search path is there.
    case search
    /// All, later: its name is about to exist.
    case expected
  }

  /// The name in question, then those it is chased to.
  var key = NameKey()
  /// Nodes of a CNAME chain so far.
  private let chain: UnsafeMutablePointer<UnsafeRawPointer>
  /// Advances by the golden ratio per answer with several records, so that however queries for
  /// one name are interleaved with others, all its records come first equally often.
  private var rotation: UInt64
  /// Counted by the pipeline, readable by others at any time.
  private let counters: QueryCounters
  private let count: QueryCounterView
  /// Bytes the last response may have, its OPT record included.
  private(set) var limit = 0
  /// After a negative result of ``respond(_:length:transport:index:asker:isFinal:)``, what it
  /// means.
  private(set) var remainder = Remainder.none
  /// For a remainder of ``Remainder/search``: bytes of the name in question that are searched for,
  /// without a root label.
  var searchedLength = 0
  /// For a remainder of ``Remainder/query``: the options its response has.
  private(set) var remainderOptions = ResponseOptions()
  /// Milliseconds since 1970, where cookies are given or clients limited: as of the batch.
  var now: UInt64 = 0
  /// Who asks, once ``asker`` is read.
  private var askerAddress: UnsafeRawPointer?
  private var overLimit: UInt32 = 0
  /// Kept for its view.
  private let ownSettings: PipelineSettings
  let settings: PipelineSettings.View

  init(
    counters: QueryCounters, rotationSeed: UInt64 = 0,
    settings: PipelineSettings = PipelineSettings(.init())
  ) {
    ownSettings = settings
    self.settings = settings.view
    self.counters = counters
    count = counters.view
    rotation = rotationSeed
    chain = .allocate(capacity: PipelineLimits.chaseDepth)
  }

  deinit { chain.deallocate() }

  /// Answers the message in the first `length` bytes of the buffer.
  ///
  /// The buffer holds more than the largest response of the transport: 1232 bytes for UDP,
  /// 65 535 for TCP, and ``PipelineLimits/bufferSlack``.
  ///
  /// - Parameters:
  ///   - asker: the socket address of the client, of either family; nil if it is not known.
  ///   - isFinal: a name that is about to exist is denied now.
  ///   - isRepeated: the query has been counted, as it was answered before with a remainder.
  /// - Returns: the length of the response that replaced the query; 0 if there is none. A negative
  /// value where ``remainder`` is someone else's: ``PipelineLimits/untouched`` if the query stands
  /// in the buffer as it came, else the negative length of a response so far.
  mutating func respond(
    _ buffer: UnsafeMutableRawBufferPointer, length: Int, transport: Transport, index: IndexView,
    asker: UnsafeRawPointer? = nil, isFinal: Bool = false, isRepeated: Bool = false
  ) -> Int {
    guard let base = buffer.baseAddress, length <= buffer.count else { return 0 }
    let message = RawSpan(
      _unsafeBytes: UnsafeRawBufferPointer(start: UnsafeRawPointer(base), count: length))
    let head = QueryHead.read(message)
    askerAddress = asker
    return respond(
      base, capacity: buffer.count, head: head, transport: transport, index: index,
      isFinal: isFinal, isRepeated: isRepeated)
  }

  /// Who asks.
  var asker: Asker { @_noLocks get { Asker(askerAddress) } }

  @_noLocks
  private mutating func respond(
    _ base: UnsafeMutableRawPointer, capacity: Int, head: QueryHead, transport: Transport,
    index: IndexView, isFinal: Bool, isRepeated: Bool
  ) -> Int {
    if !isRepeated { count.query(transport, type: head.type) }
    remainder = .none
    var limit = transport == .udp ? head.udpLimit : MessageLimits.message
    limit = min(limit, capacity &- PipelineLimits.bufferSlack)
    self.limit = limit
    var options = ResponseOptions()
    if head.hasEDNS {
      limit &-= MessageLimits.emptyOPT
      // Few clients send options; nothing is read for the others.
      if head.hasCookie || head.wantsIdentity {
        options = responseOptions(head, base)
        limit &-= options.byteCount
      }
    }
    if settings.limiter.isActive, !isRepeated, isLimited(head, options, transport) {
      return limited(base, head, options, limit: limit)
    }
    let hasQuestion = head.nameLength > 0
    var writer = ResponseWriter(
      base: base, offset: hasQuestion ? head.questionEnd : MessageLimits.headerSize, limit: limit)
    let outcome: Outcome
    switch head.disposition {
    case .drop:
      count.dropped()
      return 0
    case .formatError: outcome = Outcome(.formatError)
    case .notImplemented: outcome = Outcome(.notImplemented)
    case .answer: outcome = answer(head, &writer, index, isFinal: isFinal)
    }
    if outcome.place == .expected {
      remainder = .expected
      return PipelineLimits.untouched
    }
    let isForwarded = settings.forwards && head.flags.has(HeaderFlags.recursionDesired)
    if isForwarded, outcome.place == .elsewhere {
      remainder = .query
      remainderOptions = options
      return PipelineLimits.untouched
    }
    finish(&writer, head, outcome, options, hasQuestion: hasQuestion)
    if isForwarded, !writer.isTruncated {
      if outcome.place == .alias {
        remainder = .alias
        return -writer.offset
      }
      if outcome.place == .search {
        remainder = .search
        return -writer.offset
      }
    }
    count.response(outcome.code, isTruncated: writer.isTruncated)
    return writer.offset
  }

  /// Puts the OPT record behind the records, and the header before them.
  @_noLocks
  private func finish(
    _ writer: inout ResponseWriter, _ head: QueryHead, _ outcome: Outcome,
    _ options: ResponseOptions, hasQuestion: Bool
  ) {
    if head.hasEDNS {
      writer.appendOPT(
        extendedResponseCode: outcome.code.rawValue &>> 4, dnssecOK: head.dnssecOK)
      if options.byteCount > 0 { writer.append(options, settings) }
    }
    var flags = HeaderFlags.response | outcome.code.rawValue & HeaderFlags.responseCodeMask
    flags |= head.flags.rawValue & (HeaderFlags.opcodeMask | HeaderFlags.recursionDesired)
    if outcome.isAuthoritative { flags |= HeaderFlags.authoritative }
    if writer.isTruncated { flags |= HeaderFlags.truncated }
    if settings.forwards { flags |= HeaderFlags.recursionAvailable }
    writer.putHeader(flags: flags, questions: hasQuestion ? 1 : 0)
  }

  /// Whether a query is above its client's rate.
  @_noLocks
  private func isLimited(
    _ head: QueryHead, _ options: ResponseOptions, _ transport: Transport
  ) -> Bool {
    // Who has connected is no forged address.
    if case .tcp = transport { return false }
    guard case .answer = head.disposition else { return false }
    if options.isKnownClient { return false }
    return !settings.limiter.admits(asker, now: now &* 1000)
  }

  /// What becomes of a query above its client's rate: now and then an empty, truncated response,
  /// else nothing.
  @_noLocks
  private mutating func limited(
    _ base: UnsafeMutableRawPointer, _ head: QueryHead, _ options: ResponseOptions, limit: Int
  ) -> Int {
    overLimit &+= 1
    guard overLimit % PipelineLimits.slip == 0 else {
      count.limited(isAnswered: false)
      return 0
    }
    var writer = ResponseWriter(base: base, offset: head.questionEnd, limit: limit)
    writer.truncate()
    finish(&writer, head, Outcome(.noError), options, hasQuestion: true)
    count.limited(isAnswered: true)
    count.response(.noError, isTruncated: true)
    return writer.offset
  }

  /// The fields of the header that an answer decides.
  struct Outcome {
    var code: ResponseCode
    var isAuthoritative: Bool
    /// Where the answer, or the rest of it, is to be found.
    var place: Place

    @_noLocks
    init(_ code: ResponseCode, isAuthoritative: Bool = false, place: Place = .here) {
      self.code = code
      self.isAuthoritative = isAuthoritative
      self.place = place
    }

    enum Place: UInt8 {
      case here
      /// The name is in no zone of ours.
      case elsewhere
      /// The last alias of the answer is for a name in no zone of ours.
      case alias
      /// As ``Remainder/search`` says.
      case search
      /// As ``Remainder/expected`` says. Nothing has been written.
      case expected
    }

    /// Refused, where nobody else answers.
    static var elsewhere: Outcome {
      @_noLocks get { Outcome(.refused, place: .elsewhere) }
    }
    static var alias: Outcome {
      @_noLocks get { Outcome(.noError, isAuthoritative: true, place: .alias) }
    }

    static var answered: Outcome {
      @_noLocks get { Outcome(.noError, isAuthoritative: true) }
    }
    static var nameError: Outcome {
      @_noLocks get { Outcome(.nameError, isAuthoritative: true) }
    }
    static var expected: Outcome {
      @_noLocks get { Outcome(.nameError, isAuthoritative: true, place: .expected) }
    }
  }

  @_noLocks
  private mutating func answer(
    _ head: QueryHead, _ writer: inout ResponseWriter, _ index: IndexView, isFinal: Bool
  ) -> Outcome {
    if head.ednsVersion > 0 { return Outcome(.badVersion) }
    guard head.recordClass.rawValue == RecordClass.internet.rawValue else {
      return answerChaos(head, &writer, index)
    }
    // Zones are transferred over TCP, by who serves the connection.
    let type = head.type.rawValue
    if type == RecordType.axfr.rawValue { return Outcome(.refused) }
    if type == RecordType.ixfr.rawValue { return Outcome(.refused) }
    if type == RecordType.opt.rawValue { return Outcome(.formatError) }
    key.load(
      from: UnsafeRawPointer(writer.base) + MessageLimits.headerSize,
      byteCount: Int(head.nameLength), hash: index.hash)
    if index.hosts.isActive, let outcome = answerFromHosts(head.type, &writer, index) {
      return outcome
    }
    let reverseName = ReverseName(key)
    guard index.isReady else {
      if case .none = reverseName, !index.authority.isInZone(key), settings.forwards {
        return .elsewhere
      }
      return Outcome(.serverFailure)
    }
    switch reverseName {
    case .none:
      guard let node = index.names.node(named: key) else {
        guard index.authority.isInZone(key) else { return .elsewhere }
        if settings.completesSearchPaths, let outcome = answerSearched(head.type, &writer, index) {
          return outcome
        }
        return answerMissing(head.type, owner: MessageLimits.headerSize, &writer, index)
      }
      if settings.holdsExpected, !isFinal, node.header.flags & IndexNode.Flag.isExpected != 0 {
        return .expected
      }
      return answer(
        head.type, from: node, owner: MessageLimits.headerSize, &writer, index)
    case .ipv4(let address): return answerReverse(head.type, of: address, &writer, index)
    case .ipv6(let high, let low): return answerReverse(head.type, high, low, &writer, index)
    case .partial: return answerReverseZone(head.type, &writer, index, exists: true)
    case .other: return answerReverseZone(head.type, &writer, index, exists: false)
    }
  }

  /// Answers from the node of a name, following CNAME records as long as they stay in the zone. The
  /// response code is that of the last name (RFC 6604 section 3).
  ///
  /// - Parameter owner: where the name stands in the message.
  @_noLocks
  mutating func answer(
    _ type: RecordType, from first: IndexNode, owner: Int, _ writer: inout ResponseWriter,
    _ index: IndexView
  ) -> Outcome {
    var node = first
    var owner = owner
    var depth = 0
    while true {
      if let entry = node.recordSet(of: type) {
        append(entry, of: node, owner: owner, &writer, index)
        return .answered
      }
      guard let alias = node.recordSet(of: .cname) else {
        return answerEmpty(node, type, owner: owner, &writer, index)
      }
      let target = writer.appendSingle(node, alias, owner: owner)
      if target == 0 { return .answered }
      chain[depth] = node.base
      depth &+= 1
      // The data of the record is the target's name and nothing else.
      key.load(
        from: UnsafeRawPointer(writer.base) + target, byteCount: writer.offset &- target,
        hash: index.hash)
      owner = target
      guard let next = index.names.node(named: key) else {
        guard index.authority.isInZone(key) else { return .alias }
        return answerMissing(type, owner: owner, &writer, index)
      }
      if depth == PipelineLimits.chaseDepth { return .answered }
      if isInChain(next, depth) { return .answered }
      node = next
    }
  }

  @_noLocks
  private func isInChain(_ node: IndexNode, _ depth: Int) -> Bool {
    var position = 0
    while position < depth {
      if chain[position] == node.base { return true }
      position &+= 1
    }
    return false
  }

  /// Appends a whole record set as the answer, rotated if it has several records.
  @_noLocks
  mutating func append(
    _ entry: RecordSetEntry, of node: IndexNode, owner: Int, _ writer: inout ResponseWriter,
    _ index: IndexView
  ) {
    let start = nextStart(Int(entry.count))
    switch BodyLayout(RecordType(rawValue: entry.type)) {
    case .addresses4:
      writer.appendAddresses(
        node, entry, recordSize: StoredRecord.address4, start: start, owner: owner)
    case .addresses16:
      writer.appendAddresses(
        node, entry, recordSize: StoredRecord.address16, start: start, owner: owner)
    case .targets:
      appendTargets(entry, of: node, start: start, owner: owner, &writer, index)
    case .authority:
      writer.appendZoneSOA(index.authority, zone: owner, isAnswer: true)
    case .single: _ = writer.appendSingle(node, entry, owner: owner)
    }
  }

  /// Appends SRV or NS records, then the addresses of their targets as far as they fit.
  @_noLocks
  private func appendTargets(
    _ entry: RecordSetEntry, of node: IndexNode, start: Int, owner: Int,
    _ writer: inout ResponseWriter, _ index: IndexView
  ) {
    let type = RecordType(rawValue: entry.type)
    let count = Int(entry.count)
    let firstRecord = writer.offset
    var taken = 0
    while taken < count {
      let target = node.target(Self.wrapped(start &+ taken, count), of: entry)
      guard
        writer.appendTarget(
          node.node(of: target), type: type, port: target.port, ttl: index.authority.ttl,
          owner: owner)
      else { break }
      taken &+= 1
    }
    // The owners of the additional records are the targets where they stand in the answers.
    let numbers = type.rawValue == RecordType.srv.rawValue ? 6 : 0
    var record = firstRecord
    var position = 0
    var previous: UnsafeRawPointer?
    while position < taken {
      let target = node.node(of: node.target(Self.wrapped(start &+ position, count), of: entry))
      let name = record &+ StoredRecord.fixedPart &+ numbers
      guard name <= MessageLimits.pointerTarget else { return }
      // Entries of one target with several ports are neighbours.
      if target.base != previous { writer.appendAdditionalAddresses(target, owner: name) }
      previous = target.base
      record = name &+ target.nameLength
      position &+= 1
    }
  }

  @_noLocks
  private static func wrapped(_ index: Int, _ count: Int) -> Int {
    index < count ? index : index &- count
  }

  /// Where a rotated set of that many records begins.
  @_noLocks
  private mutating func nextStart(_ count: Int) -> Int {
    guard count > 1 else { return 0 }
    rotation &+= 0x9E37_79B9_7F4A_7C15
    // The upper half as a fraction of 2^32, times the count.
    let product = (rotation &>> 32) &* UInt64(truncatingIfNeeded: count)
    return Int(truncatingIfNeeded: product &>> 32)
  }
}
