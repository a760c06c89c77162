import DNSMessage

/// Appends records behind the question of a message that is being turned into its response.
///
/// A plain value over the message's buffer: nothing is written at or behind `limit`, which is
/// checked before each record.
struct ResponseWriter {
  /// The first byte of the message.
  let base: UnsafeMutableRawPointer
  /// Where records must end: the size limit less the OPT record to come.
  let limit: Int
  /// Where the next record goes.
  private(set) var offset: Int
  private(set) var answers: UInt16 = 0
  private(set) var authority: UInt16 = 0
  private(set) var additional: UInt16 = 0
  /// Answer or authority records did not fit.
  private(set) var isTruncated = false

  @_noLocks
  init(base: UnsafeMutableRawPointer, offset: Int, limit: Int) {
    self.base = base
    self.offset = offset
    self.limit = limit
  }

  /// Address records of a node from the `start`-th on, around the end. As many as fit.
  @_noLocks
  mutating func appendAddresses(
    _ node: IndexNode, _ entry: RecordSetEntry, recordSize: Int, start: Int, owner: Int
  ) {
    let count = Int(entry.count)
    var taken = count
    if (limit &- offset) < count &* recordSize {
      taken = max(0, limit &- offset) / recordSize
      isTruncated = true
    }
    let body = node.base + Int(entry.bodyOffset)
    let written = offset
    let untilEnd = min(taken, count &- start)
    copy(body + start &* recordSize, untilEnd &* recordSize)
    if untilEnd < taken { copy(body, (taken &- untilEnd) &* recordSize) }
    answers &+= UInt16(truncatingIfNeeded: taken)
    if owner != MessageLimits.headerSize {
      var record = written
      while record < offset {
        put(UInt16(truncatingIfNeeded: 0xC000 | owner), at: record)
        record &+= recordSize
      }
    }
  }

  /// The address records of a node that fit, owned by the name at `owner`, in the additional
  /// section. Those that do not fit are left out silently: they are a courtesy.
  @_noLocks
  mutating func appendAdditionalAddresses(_ node: IndexNode, owner: Int) {
    if let entry = node.recordSet(of: .a) {
      appendAdditional(node, entry, recordSize: StoredRecord.address4, owner: owner)
    }
    if let entry = node.recordSet(of: .aaaa) {
      appendAdditional(node, entry, recordSize: StoredRecord.address16, owner: owner)
    }
  }

  @_noLocks
  private mutating func appendAdditional(
    _ node: IndexNode, _ entry: RecordSetEntry, recordSize: Int, owner: Int
  ) {
    // A set is added whole or not at all, so that none is taken for complete when it is not.
    guard limit &- offset >= Int(entry.count) &* recordSize else { return }
    let body = node.base + Int(entry.bodyOffset)
    var left = Int(entry.count)
    var source = body
    while left > 0 {
      let record = offset
      copy(source, recordSize)
      put(UInt16(truncatingIfNeeded: 0xC000 | owner), at: record)
      source += recordSize
      left &-= 1
    }
    additional &+= entry.count
  }

  /// The one record of a CNAME or TXT set. Returns where its data begins, or 0 if it did not fit.
  @_noLocks
  mutating func appendSingle(_ node: IndexNode, _ entry: RecordSetEntry, owner: Int) -> Int {
    let body = node.base + Int(entry.bodyOffset)
    let length = UInt16(bigEndian: body.loadUnaligned(fromByteOffset: 10, as: UInt16.self))
    let size = StoredRecord.fixedPart &+ Int(length)
    guard limit &- offset >= size else {
      isTruncated = true
      return 0
    }
    let record = offset
    copy(body, size)
    put(UInt16(truncatingIfNeeded: 0xC000 | owner), at: record)
    answers &+= 1
    return record &+ StoredRecord.fixedPart
  }

  /// A record whose data is numbers and then the name of a node, spelled out (RFC 2782: SRV
  /// targets are not compressed). Returns false if it did not fit.
  @_noLocks
  mutating func appendTarget(
    _ target: IndexNode, type: RecordType, port: UInt16, ttl: UInt32, owner: Int
  ) -> Bool {
    let numbers = type.rawValue == 33 ? 6 : 0
    let size = StoredRecord.fixedPart &+ numbers &+ target.nameLength
    guard limit &- offset >= size else {
      isTruncated = true
      return false
    }
    let record = offset
    put(UInt16(truncatingIfNeeded: 0xC000 | owner), at: record)
    put(type.rawValue, at: record &+ 2)
    put(1 as UInt16, at: record &+ 4)
    put(ttl, at: record &+ 6)
    put(UInt16(truncatingIfNeeded: numbers &+ target.nameLength), at: record &+ 10)
    offset &+= StoredRecord.fixedPart
    if numbers > 0 {
      put(0 as UInt16, at: offset)  // Priority: all targets are equal.
      put(100 as UInt16, at: offset &+ 2)  // Weight.
      put(port, at: offset &+ 4)
      offset &+= numbers
    }
    copy(target.name, target.nameLength)
    answers &+= 1
    return true
  }

  /// The SOA record of the cluster zone, whose name stands in the message at `zone`.
  ///
  /// - Parameter isKept: false for denials nobody may keep: TTL and minimum are 0 (RFC 2308
  ///   section 5 has the lesser of them).
  @_noLocks
  mutating func appendZoneSOA(
    _ authority: AuthorityView, zone: Int, isAnswer: Bool, isKept: Bool = true
  ) {
    guard limit &- offset >= authority.inZoneLength else {
      isTruncated = true
      return
    }
    let record = offset
    let pointer = UInt16(truncatingIfNeeded: 0xC000 | zone)
    copy(authority.inZone, authority.inZoneLength)
    put(pointer, at: record)
    put(pointer, at: record &+ authority.primaryPointer)
    put(pointer, at: record &+ authority.mailboxPointer)
    if !isKept {
      put(0 as UInt32, at: record &+ 6)
      put(0 as UInt32, at: offset &- 4)  // The minimum is the last field.
    }
    countSOA(isAnswer)
  }

  /// The SOA record of a reverse zone, whose name stands in the message at `zone`.
  @_noLocks
  mutating func appendReverseSOA(_ authority: AuthorityView, zone: Int, isAnswer: Bool) {
    guard limit &- offset >= authority.elsewhereLength else {
      isTruncated = true
      return
    }
    let record = offset
    copy(authority.elsewhere, authority.elsewhereLength)
    put(UInt16(truncatingIfNeeded: 0xC000 | zone), at: record)
    countSOA(isAnswer)
  }

  @_noLocks
  private mutating func countSOA(_ isAnswer: Bool) {
    if isAnswer { answers &+= 1 } else { self.authority &+= 1 }
  }

  /// Says that records were left out.
  @_noLocks
  mutating func truncate() { isTruncated = true }

  /// Takes back the answer records from an offset on.
  @_noLocks
  mutating func rewind(to offset: Int, answers: UInt16) {
    self.offset = offset
    self.answers = answers
  }

  /// Our OPT record, for which `limit` left room.
  @_noLocks
  mutating func appendOPT(extendedResponseCode: UInt16, dnssecOK: Bool) {
    let record = offset
    base.storeBytes(of: 0, toByteOffset: record, as: UInt8.self)
    put(RecordType.opt.rawValue, at: record &+ 1)
    put(UInt16(truncatingIfNeeded: MessageLimits.udpWithEDNS), at: record &+ 3)
    put(extendedResponseCode &<< 8, at: record &+ 5)  // Then version 0.
    put(dnssecOK ? EDNS.dnssecOKBit : 0, at: record &+ 7)
    put(0 as UInt16, at: record &+ 9)
    offset &+= MessageLimits.emptyOPT
    additional &+= 1
  }

  /// Everything of the header but the id, which stays.
  @_noLocks
  func putHeader(flags: UInt16, questions: UInt16) {
    put(flags, at: 2)
    put(questions, at: 4)
    put(answers, at: 6)
    put(authority, at: 8)
    put(additional, at: 10)
  }

  /// Options behind our OPT record, which is the last of the message; `limit` left room for them.
  @_noLocks
  mutating func append(_ options: ResponseOptions, _ settings: PipelineSettings.View) {
    put(UInt16(truncatingIfNeeded: options.byteCount), at: offset &- 2)
    if options.tellsIdentity {
      put(EDNS.identity, at: offset)
      put(UInt16(truncatingIfNeeded: settings.identityLength), at: offset &+ 2)
      offset &+= 4
      copy(settings.identity, settings.identityLength)
    }
    if options.hasCookie {
      put(EDNS.cookie, at: offset)
      put(UInt16(truncatingIfNeeded: ServerCookie.size), at: offset &+ 2)
      // Each as it is in memory.
      base.storeBytes(of: options.clientCookie, toByteOffset: offset &+ 4, as: UInt64.self)
      base.storeBytes(of: options.serverHead, toByteOffset: offset &+ 12, as: UInt64.self)
      base.storeBytes(of: options.serverHash, toByteOffset: offset &+ 20, as: UInt64.self)
      offset &+= ServerCookie.optionSize
    }
  }

  @_noLocks
  mutating func copy(_ source: UnsafeRawPointer, _ count: Int) {
    (base + offset).copyMemory(from: source, byteCount: count)
    offset &+= count
  }

  /// Takes room for one answer record; false, and truncated, if there is none.
  @_noLocks
  mutating func advance(_ size: Int) -> Bool {
    guard limit &- offset >= size else {
      isTruncated = true
      return false
    }
    offset &+= size
    answers &+= 1
    return true
  }

  @_noLocks
  func put(_ value: UInt16, at offset: Int) {
    base.storeBytes(of: value.bigEndian, toByteOffset: offset, as: UInt16.self)
  }

  @_noLocks
  func put(_ value: UInt32, at offset: Int) {
    base.storeBytes(of: value.bigEndian, toByteOffset: offset, as: UInt32.self)
  }
}
