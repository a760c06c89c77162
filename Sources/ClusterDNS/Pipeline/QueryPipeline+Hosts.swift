import DNSMessage

// Names of the operator's own, which come before all others.
extension QueryPipeline {
  /// Answers from the hosts; nil if they have nothing to say about the name.
  ///
  /// A name that has addresses of the other family, or is asked for something else, has no data;
  /// there is no SOA record to say for how long, because there is no zone.
  @_noLocks
  func answerFromHosts(
    _ type: RecordType, _ writer: inout ResponseWriter, _ index: IndexView
  ) -> Outcome? {
    if type.rawValue == RecordType.ptr.rawValue { return answerHostPointer(&writer, index) }
    guard let node = index.hosts.names.node(named: key) else {
      return index.hosts.denies(key) ? Outcome(.serverFailure) : nil
    }
    appendHost(node, type, owner: MessageLimits.headerSize, &writer)
    return .answered
  }

  /// Appends the addresses of a host, as far as the question is for them.
  @_noLocks
  func appendHost(
    _ node: IndexNode, _ type: RecordType, owner: Int, _ writer: inout ResponseWriter
  ) {
    guard let entry = node.recordSet(of: type) else { return }
    let size =
      entry.type == RecordType.a.rawValue ? StoredRecord.address4 : StoredRecord.address16
    // In the order of the file, which says what is preferred.
    writer.appendAddresses(node, entry, recordSize: size, start: 0, owner: owner)
  }

  @_noLocks
  private func answerHostPointer(
    _ writer: inout ResponseWriter, _ index: IndexView
  ) -> Outcome? {
    switch ReverseName(key) {
    case .ipv4(let address):
      var probe = IndexTableView.Probe(
        index.hosts.addresses, hash: index.hash.hash(ofAddress: address))
      while let node = probe.next() {
        guard node.hasAddress(address) else { continue }
        guard appendHostPointer(node, &writer, index) else { break }
      }
    case .ipv6(let high, let low):
      var probe = IndexTableView.Probe(
        index.hosts.addresses, hash: index.hash.hash(ofAddressHigh: high, low: low))
      while let node = probe.next() {
        guard node.hasAddress(high: high, low: low) else { continue }
        guard appendHostPointer(node, &writer, index) else { break }
      }
    default: return nil
    }
    if writer.answers > 0 { return .answered }
    return writer.isTruncated ? .answered : nil
  }

  @_noLocks
  private func appendHostPointer(
    _ node: IndexNode, _ writer: inout ResponseWriter, _ index: IndexView
  ) -> Bool {
    writer.appendTarget(
      node, type: .ptr, port: 0, ttl: index.hosts.ttl, owner: MessageLimits.headerSize)
  }
}
