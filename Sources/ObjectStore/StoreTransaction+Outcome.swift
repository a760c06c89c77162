/// What a transaction would do to the state it met.
enum TransactionOutcome {
  case conflict(StoreTransaction.Condition, current: StoredObject?)
  /// There was nothing to write.
  case unchanged
  /// One event for each write that changes something; never empty.
  case changes([StoreEvent])
}

extension StoreTransaction {
  /// - Throws: `invalidTransaction` if a key is written twice or there are too many writes.
  func validate() throws(StoreError) {
    guard writes.count > 1 else { return }
    guard writes.count <= StoreLimits.writesPerTransaction else {
      throw StoreError(
        .invalidTransaction,
        "a transaction of \(writes.count) writes exceeds \(StoreLimits.writesPerTransaction)")
    }
    var seen: Set<StoreKey> = []
    for write in writes where !seen.insert(StoreKey(write.key)).inserted {
      throw StoreError(.invalidTransaction, "a transaction writes the key \(write.key) twice")
    }
  }

  /// Decides the transaction without writing anything.
  ///
  /// - Parameters:
  ///   - revision: the one the transaction gets if it changes something.
  ///   - lookup: what a key holds now; asked at most once for each key.
  func outcome<Failure: Error>(
    at revision: Revision, current lookup: (String) throws(Failure) -> StoredObject?
  ) throws(Failure) -> TransactionOutcome {
    // Conditions and writes nearly always name the same one or two keys, so a scan is cheapest.
    var known: [(key: StoreKey, object: StoredObject?)] = []
    func current(_ key: String) throws(Failure) -> StoredObject? {
      let key = StoreKey(key)
      if let found = known.first(where: { $0.key == key }) { return found.object }
      return try lookup(key.string)
    }
    for condition in conditions {
      let object = try current(condition.key)
      guard condition.holds(for: object) else { return .conflict(condition, current: object) }
      known.append((StoreKey(condition.key), object))
    }
    var events: [StoreEvent] = []
    events.reserveCapacity(writes.count)
    for write in writes {
      let previous = try current(write.key)
      switch write {
      case .put(let key, let value):
        let object = StoredObject(
          key: key, value: value, createRevision: previous?.createRevision ?? revision,
          modRevision: revision)
        events.append(
          StoreEvent(key: key, revision: revision, change: .put(object), previous: previous))
      case .delete(let key):
        guard let previous else { continue }
        events.append(
          StoreEvent(key: key, revision: revision, change: .delete, previous: previous))
      }
    }
    return events.isEmpty ? .unchanged : .changes(events)
  }
}

extension StoreTransaction.Condition {
  fileprivate func holds(for current: StoredObject?) -> Bool {
    switch self {
    case .absent: current == nil
    case .unchanged(_, let revision): current?.modRevision == revision
    }
  }
}
