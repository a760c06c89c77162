import DNSMessage

// Search paths of Pods. A Pod asks for `web.example.com` by asking for
// `web.example.com.NAMESPACE.svc.DOMAIN` first; the answer to that question can be the one it will
// find at last, by an alias.
extension QueryPipeline {
  /// Where the parts of a name below a Pod's own namespace begin.
  private struct Parts {
    /// Bytes of the labels before the namespace.
    var searched: Int
    /// Where the namespace's label begins.
    var namespace: Int
    /// Where `svc.DOMAIN` begins.
    var services: Int
  }

  /// Answers a name that is not in the index, `key`, for a Pod that looks for something on its
  /// search path; nil if it is not that, or nothing is found there.
  @_noLocks
  mutating func answerSearched(
    _ type: RecordType, _ writer: inout ResponseWriter, _ index: IndexView
  ) -> Outcome? {
    // An alias would itself be what these ask for.
    if type.rawValue == RecordType.cname.rawValue { return nil }
    if type.rawValue == RecordType.any.rawValue { return nil }
    guard let parts = searchedParts(index), isOwnNamespace(parts, index) else { return nil }
    let byteCount = key.byteCount
    let (start, answers) = (writer.offset, writer.answers)
    // Behind what is searched: `svc.DOMAIN`, `DOMAIN`, nothing.
    var step = 0
    var isOurs = false
    while step < 3 {
      let tail = step < 2 ? parts.services &+ step &* 4 : byteCount &- 1
      if let outcome = answer(type, searched: parts.searched, tail: tail, &writer, index) {
        return outcome
      }
      isOurs = index.authority.isInZone(key)
      writer.rewind(to: start, answers: answers)
      key.load(
        from: UnsafeRawPointer(writer.base) + MessageLimits.headerSize, byteCount: byteCount,
        hash: index.hash)
      step &+= 1
    }
    if isOurs { return nil }
    guard settings.forwards else { return nil }
    // Denied, unless the rest of the world has it.
    searchedLength = parts.searched
    let zone = MessageLimits.headerSize &+ byteCount &- index.authority.zoneLength
    writer.appendZoneSOA(index.authority, zone: zone, isAnswer: false)
    return Outcome(.nameError, isAuthoritative: true, place: .search)
  }

  /// The parts of `key`; nil if it is not a name below a namespace's.
  @_noLocks
  private func searchedParts(_ index: IndexView) -> Parts? {
    // `svc` and its length byte.
    let services = key.byteCount &- index.authority.zoneLength &- 4
    guard services > 0 else { return nil }
    let label = UInt32(
      littleEndian: key.bytes.loadUnaligned(fromByteOffset: services, as: UInt32.self))
    guard label == 0x6376_7303 else { return nil }
    var namespace = 0
    var offset = 0
    while offset < services {
      namespace = offset
      offset &+= 1 &+ Int(key.bytes.load(fromByteOffset: offset, as: UInt8.self))
    }
    guard offset == services, namespace > 0 else { return nil }
    return Parts(searched: namespace, namespace: namespace, services: services)
  }

  /// Whether the asker is known as a Pod of the namespace in the name.
  @_noLocks
  private func isOwnNamespace(_ parts: Parts, _ index: IndexView) -> Bool {
    let asker = asker
    guard asker.isKnown else { return false }
    if asker.isIPv6 {
      var probe = IndexTableView.Probe(
        index.askers, hash: index.hash.hash(ofAddressHigh: asker.high, low: asker.low))
      while let node = probe.next() {
        if node.hasAddress(high: asker.high, low: asker.low) {
          return isLabel(node, at: parts.namespace)
        }
      }
      return false
    }
    let address = UInt32(truncatingIfNeeded: asker.low)
    var probe = IndexTableView.Probe(index.askers, hash: index.hash.hash(ofAddress: address))
    while let node = probe.next() {
      if node.hasAddress(address) { return isLabel(node, at: parts.namespace) }
    }
    return false
  }

  /// Whether the first label of a node's name stands in `key` at an offset.
  @_noLocks
  private func isLabel(_ node: IndexNode, at offset: Int) -> Bool {
    var index = 0
    let count = node.nameLength &- 1
    while index < count {
      let own = key.bytes.load(fromByteOffset: offset &+ index, as: UInt8.self)
      guard own == node.name.load(fromByteOffset: index, as: UInt8.self) else { return false }
      index &+= 1
    }
    return true
  }

  /// Answers with an alias for what is searched below another part of the name in question, if that
  /// is there. What was written must be taken back if not.
  ///
  /// - Parameter tail: where that part begins.
  @_noLocks
  private mutating func answer(
    _ type: RecordType, searched: Int, tail: Int, _ writer: inout ResponseWriter,
    _ index: IndexView
  ) -> Outcome? {
    let byteCount = key.byteCount
    let length = searched &+ byteCount &- tail
    let target = writer.beginAlias(length: length, ttl: index.authority.ttl)
    // Truncated then: over TCP there is room.
    guard target > 0 else { return .answered }
    let name = UnsafeRawPointer(writer.base) + MessageLimits.headerSize
    // In bounds: `beginAlias` has made room, and the name is in the question.
    (writer.base + target).copyMemory(from: name, byteCount: searched)
    (writer.base + target + searched).copyMemory(from: name + tail, byteCount: byteCount &- tail)
    key.load(from: UnsafeRawPointer(writer.base) + target, byteCount: length, hash: index.hash)
    if index.hosts.isActive, let node = index.hosts.names.node(named: key) {
      appendHost(node, type, owner: target, &writer)
      return .answered
    }
    guard let node = index.names.node(named: key) else { return nil }
    if node.header.flags & IndexNode.Flag.isExpected != 0 { return nil }
    return answer(type, from: node, owner: target, &writer, index)
  }
}

extension ResponseWriter {
  /// A CNAME record of the question's name up to its data. Returns where that goes, or 0 if the
  /// record does not fit.
  @_noLocks
  mutating func beginAlias(length: Int, ttl: UInt32) -> Int {
    let record = offset
    guard advance(StoredRecord.fixedPart &+ length) else { return 0 }
    put(UInt16(truncatingIfNeeded: 0xC000 | MessageLimits.headerSize), at: record)
    put(RecordType.cname.rawValue, at: record &+ 2)
    put(1 as UInt16, at: record &+ 4)
    put(ttl, at: record &+ 6)
    put(UInt16(truncatingIfNeeded: length), at: record &+ 10)
    return record &+ StoredRecord.fixedPart
  }
}
