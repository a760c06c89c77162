import DNSMessage

// Reverse lookups.
extension QueryPipeline {
  @_noLocks
  mutating func answerReverse(
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
  mutating func answerReverse(
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
  mutating func answerReverseZone(
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
