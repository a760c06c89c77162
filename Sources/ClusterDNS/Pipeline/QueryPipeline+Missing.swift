import DNSMessage

// Names of the cluster zone that hold nothing to answer with.
extension QueryPipeline {
  /// Answers for a name that is there but has neither records of the type nor an alias.
  ///
  /// - Parameter owner: where the name stands in the message; `key` holds it.
  @_noLocks
  func answerEmpty(
    _ node: IndexNode, _ type: RecordType, owner: Int, _ writer: inout ResponseWriter,
    _ index: IndexView
  ) -> Outcome {
    let zone = owner &+ key.byteCount &- index.authority.zoneLength
    if node.header.flags & IndexNode.Flag.isExpected != 0 {
      // The name is denied for now only: nobody may keep the denial.
      writer.appendZoneSOA(index.authority, zone: zone, isAnswer: false, isKept: false)
      return .nameError
    }
    if type.rawValue == RecordType.any.rawValue {
      writer.appendMinimalAny(ttl: index.authority.ttl, owner: owner)
      return .answered
    }
    writer.appendZoneSOA(index.authority, zone: zone, isAnswer: false)
    return .answered
  }

  /// Answers for a name of the zone that is not in the index: with the address it spells, where
  /// the zone answers for any address of a namespace's Pods, else with a denial.
  ///
  /// - Parameter owner: where the name stands in the message; `key` holds it, and holds another
  ///   name afterwards.
  @_noLocks
  mutating func answerMissing(
    _ type: RecordType, owner: Int, _ writer: inout ResponseWriter, _ index: IndexView
  ) -> Outcome {
    let zone = owner &+ key.byteCount &- index.authority.zoneLength
    if index.authority.answersAnyPod {
      let name = UnsafeRawPointer(writer.base) + owner
      let label = 1 &+ Int(name.load(as: UInt8.self))
      let byteCount = key.byteCount
      key.load(from: name + label, byteCount: byteCount &- label, hash: index.hash)
      if let parent = index.names.node(named: key),
        parent.header.flags & IndexNode.Flag.hasAnyPod != 0
      {
        switch PodLabel(name + 1, byteCount: label &- 1) {
        case .none: break
        case .ipv4(let address):
          return answerPod(type, address, owner: owner, zone: zone, &writer, index)
        case .ipv6(let high, let low):
          return answerPod(type, high, low, owner: owner, zone: zone, &writer, index)
        }
      }
    }
    writer.appendZoneSOA(index.authority, zone: zone, isAnswer: false)
    return .nameError
  }

  @_noLocks
  private func answerPod(
    _ type: RecordType, _ address: UInt32, owner: Int, zone: Int, _ writer: inout ResponseWriter,
    _ index: IndexView
  ) -> Outcome {
    if Self.matches(type, .a) {
      writer.appendAddress(address, ttl: index.authority.ttl, owner: owner)
    } else {
      writer.appendZoneSOA(index.authority, zone: zone, isAnswer: false)
    }
    return .answered
  }

  @_noLocks
  private func answerPod(
    _ type: RecordType, _ high: UInt64, _ low: UInt64, owner: Int, zone: Int,
    _ writer: inout ResponseWriter, _ index: IndexView
  ) -> Outcome {
    if Self.matches(type, .aaaa) {
      writer.appendAddress(high: high, low: low, ttl: index.authority.ttl, owner: owner)
    } else {
      writer.appendZoneSOA(index.authority, zone: zone, isAnswer: false)
    }
    return .answered
  }

  @_noLocks
  private static func matches(_ asked: RecordType, _ type: RecordType) -> Bool {
    if asked.rawValue == RecordType.any.rawValue { return true }
    return asked.rawValue == type.rawValue
  }
}
