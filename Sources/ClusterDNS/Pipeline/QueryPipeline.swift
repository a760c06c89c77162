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
  /// Whether someone else answers for the names of other zones.
  private let forwards: Bool

  /// - Parameter forwards: queries that the index does not answer, or not completely, are told from
  ///   the others by ``respond(_:length:transport:index:)``.
  init(counters: QueryCounters, rotationSeed: UInt64 = 0, forwards: Bool = false) {
    self.forwards = forwards
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
  /// - Returns: the length of the response that replaced the query; 0 if there is none. Where
  ///   others answer for other zones: ``PipelineLimits/elsewhere`` for a query that is theirs and
  ///   stands in the buffer as it came, and the negative length of a response whose last alias
  ///   leads to them.
  mutating func respond(
    _ buffer: UnsafeMutableRawBufferPointer, length: Int, transport: Transport, index: IndexView
  ) -> Int {
    guard let base = buffer.baseAddress, length <= buffer.count else { return 0 }
    let message = RawSpan(
      _unsafeBytes: UnsafeRawBufferPointer(start: UnsafeRawPointer(base), count: length))
    let head = QueryHead.read(message)
    return respond(base, capacity: buffer.count, head: head, transport: transport, index: index)
  }

  @_noLocks
  private mutating func respond(
    _ base: UnsafeMutableRawPointer, capacity: Int, head: QueryHead, transport: Transport,
    index: IndexView
  ) -> Int {
    count.query(transport, type: head.type)
    var limit = transport == .udp ? head.udpLimit : MessageLimits.message
    limit = min(limit, capacity &- PipelineLimits.bufferSlack)
    self.limit = limit
    if head.hasEDNS { limit &-= MessageLimits.emptyOPT }
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
    case .answer: outcome = answer(head, &writer, index)
    }
    let isForwarded = forwards && head.flags.has(HeaderFlags.recursionDesired)
    if isForwarded, outcome.place == .elsewhere { return PipelineLimits.elsewhere }
    if head.hasEDNS {
      writer.appendOPT(
        extendedResponseCode: outcome.code.rawValue &>> 4, dnssecOK: head.dnssecOK)
    }
    var flags = HeaderFlags.response | outcome.code.rawValue & HeaderFlags.responseCodeMask
    flags |= head.flags.rawValue & (HeaderFlags.opcodeMask | HeaderFlags.recursionDesired)
    if outcome.isAuthoritative { flags |= HeaderFlags.authoritative }
    if writer.isTruncated { flags |= HeaderFlags.truncated }
    if forwards { flags |= HeaderFlags.recursionAvailable }
    writer.putHeader(flags: flags, questions: hasQuestion ? 1 : 0)
    if isForwarded, outcome.place == .alias, !writer.isTruncated { return -writer.offset }
    count.response(outcome.code, isTruncated: writer.isTruncated)
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
  }

  @_noLocks
  private mutating func answer(
    _ head: QueryHead, _ writer: inout ResponseWriter, _ index: IndexView
  ) -> Outcome {
    if head.ednsVersion > 0 { return Outcome(.badVersion) }
    guard head.recordClass.rawValue == RecordClass.internet.rawValue else {
      return answerChaos(head, &writer, index)
    }
    // Zone transfers are not for clients of the cluster.
    let type = head.type.rawValue
    if type == RecordType.axfr.rawValue { return Outcome(.refused) }
    if type == RecordType.ixfr.rawValue { return Outcome(.refused) }
    if type == RecordType.opt.rawValue { return Outcome(.formatError) }
    key.load(
      from: UnsafeRawPointer(writer.base) + MessageLimits.headerSize,
      byteCount: Int(head.nameLength), hash: index.hash)
    let reverseName = ReverseName(key)
    guard index.isReady else {
      if case .none = reverseName, !index.authority.isInZone(key), forwards { return .elsewhere }
      return Outcome(.serverFailure)
    }
    switch reverseName {
    case .none:
      guard let node = index.names.node(named: key) else {
        guard index.authority.isInZone(key) else { return .elsewhere }
        return answerMissing(head.type, owner: MessageLimits.headerSize, &writer, index)
      }
      return answer(head.type, from: node, &writer, index)
    case .ipv4(let address): return answerReverse(head.type, of: address, &writer, index)
    case .ipv6(let high, let low): return answerReverse(head.type, high, low, &writer, index)
    case .partial: return answerReverseZone(head.type, &writer, index, exists: true)
    case .other: return answerReverseZone(head.type, &writer, index, exists: false)
    }
  }

  /// Answers from the node of the question's name, following CNAME records as long as they stay
  /// in the zone. The response code is that of the last name (RFC 6604 section 3).
  @_noLocks
  private mutating func answer(
    _ type: RecordType, from first: IndexNode, _ writer: inout ResponseWriter, _ index: IndexView
  ) -> Outcome {
    var node = first
    var owner = MessageLimits.headerSize
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
  private mutating func append(
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

// Reverse lookups.
extension QueryPipeline {
  @_noLocks
  private mutating func answerReverse(
    _ type: RecordType, of address: UInt32, _ writer: inout ResponseWriter, _ index: IndexView
  ) -> Outcome {
    var probe = IndexTableView.Probe(index.addresses, hash: index.hash.hash(ofAddress: address))
    var exists = false
    while let node = probe.next() {
      // A tag can be shared by chance.
      guard node.hasAddress(address) else { continue }
      exists = true
      guard appendPointer(type, to: node, &writer, index) else { break }
    }
    if writer.answers > 0 { return .answered }
    return answerReverseZone(type, &writer, index, exists: exists)
  }

  @_noLocks
  private mutating func answerReverse(
    _ type: RecordType, _ high: UInt64, _ low: UInt64, _ writer: inout ResponseWriter,
    _ index: IndexView
  ) -> Outcome {
    var probe = IndexTableView.Probe(
      index.addresses, hash: index.hash.hash(ofAddressHigh: high, low: low))
    var exists = false
    while let node = probe.next() {
      guard node.hasAddress(high: high, low: low) else { continue }
      exists = true
      guard appendPointer(type, to: node, &writer, index) else { break }
    }
    if writer.answers > 0 { return .answered }
    return answerReverseZone(type, &writer, index, exists: exists)
  }

  /// Appends the PTR record, if the question is for one. Returns false if it did not fit.
  @_noLocks
  private func appendPointer(
    _ type: RecordType, to node: IndexNode, _ writer: inout ResponseWriter, _ index: IndexView
  ) -> Bool {
    if type.rawValue != RecordType.ptr.rawValue {
      if type.rawValue != RecordType.any.rawValue { return true }
    }
    return writer.appendTarget(
      node, type: .ptr, port: 0, ttl: index.authority.ttl, owner: MessageLimits.headerSize)
  }

  /// Answers for a reverse name without an answer of its own.
  ///
  /// Inside the reverse zones of the Service ranges every name above addresses is taken to exist:
  /// a denial would be believed of everything below it (RFC 8020). Elsewhere only the addresses
  /// of the cluster are ours, and each is its own zone; the others are refused.
  @_noLocks
  private mutating func answerReverseZone(
    _ type: RecordType, _ writer: inout ResponseWriter, _ index: IndexView, exists: Bool
  ) -> Outcome {
    // What was written of pointers did not fit: the answer is empty and truncated.
    if writer.isTruncated { return .answered }
    let length = index.authority.reverseZoneLength(key)
    let end = MessageLimits.headerSize &+ key.byteCount
    if length == key.byteCount, let node = index.names.node(named: key),
      let entry = node.recordSet(of: type)
    {
      if entry.type == RecordType.soa.rawValue {
        writer.appendReverseSOA(index.authority, zone: MessageLimits.headerSize, isAnswer: true)
      } else {
        append(entry, of: node, owner: MessageLimits.headerSize, &writer, index)
      }
      return .answered
    }
    if length > 0 {
      if exists, type.rawValue == RecordType.any.rawValue {
        writer.appendMinimalAny(ttl: index.authority.ttl, owner: MessageLimits.headerSize)
        return .answered
      }
      writer.appendReverseSOA(index.authority, zone: end &- length, isAnswer: false)
      return exists ? .answered : .nameError
    }
    switch ReverseName(key) {
    case .ipv4, .ipv6:
      guard exists else { return .elsewhere }
      writer.appendReverseSOA(
        index.authority, zone: MessageLimits.headerSize, isAnswer: false)
      return .answered
    default: return .elsewhere
    }
  }
}
