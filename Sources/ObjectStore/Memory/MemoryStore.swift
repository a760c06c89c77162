private import DequeModule
private import Synchronization

/// A store that ends with its process: for tests and for `--ephemeral`.
///
/// Behaves as the stores on disk do, history and compaction included, except that nothing is
/// durable. One lock guards everything; no call holds it for longer than one listing.
package final class MemoryStore: ObjectStore {
  /// What a key held from a revision on.
  fileprivate struct Version {
    var revision: Revision
    /// Nil from the revision that deleted the key.
    var object: StoredObject?
  }

  fileprivate struct State {
    /// Ascending versions of every key with history; never empty.
    var versions = KeyMap<[Version]>()
    /// The transactions after the compacted revision.
    var history: Deque<[StoreEvent]> = []
    var compacted = Revision.zero

    var current: Revision { Revision(rawValue: compacted.rawValue + UInt64(history.count)) }
  }

  private let state = Mutex(State())
  private let log: ChangeLog

  package init(watchWindow: WatchWindow = .standard) {
    log = ChangeLog(current: .zero, compacted: .zero, window: watchWindow)
  }

  package func currentRevision() async throws(StoreError) -> Revision { try log.current() }

  package func compactedRevision() async throws(StoreError) -> Revision { try log.compacted() }

  package func get(_ key: String) async throws(StoreError) -> StoredObject? {
    _ = try log.current()
    return state.withLock { $0.versions[StoreKey(key)]?.last?.object }
  }

  package func list(
    prefix: String, startingAt start: String?, limit: Int, at revision: Revision?
  ) async throws(StoreError) -> StorePage {
    try state.withLock { state throws(StoreError) in
      let revision = try log.readable(at: revision)
      return state.page(prefix: prefix, startingAt: start, limit: limit, at: revision)
    }
  }

  package func commit(
    _ transaction: StoreTransaction
  ) async throws(StoreError) -> CommitResult {
    try transaction.validate()
    return try state.withLock { state throws(StoreError) in
      let current = try log.current()
      let outcome = transaction.outcome(at: current.next) {
        state.versions[StoreKey($0)]?.last?.object
      }
      switch outcome {
      case .conflict(let condition, let object): return .conflict(condition, current: object)
      case .unchanged: return .committed(current)
      case .changes(let events):
        state.apply(events)
        log.publish([events])  // Under the lock, so that revisions are published in order.
        return .committed(current.next)
      }
    }
  }

  package func watch(
    prefix: String, after revision: Revision?
  ) async throws(StoreError) -> StoreWatch {
    let start = try log.readable(at: revision)
    return Watcher(prefix: prefix, after: start, log: log) { [self] position throws(StoreError) in
      try state.withLock { state throws(StoreError) in
        try state.changes(under: prefix, after: position)
      }
    }.stream()
  }

  package func compact(at revision: Revision) async throws(StoreError) {
    try state.withLock { state throws(StoreError) in
      try log.requireReached(revision)
      if log.compact(at: revision) { state.compact(at: revision) }
    }
  }

  package func close() async { log.close() }
}

extension MemoryStore.State {
  func page(
    prefix: String, startingAt start: String?, limit: Int, at revision: Revision
  ) -> StorePage {
    var page = StorePage(objects: [], revision: revision, next: nil, remaining: 0)
    let first = max(StoreKey(prefix), StoreKey(start ?? ""))
    var index = versions.firstIndex(from: first)
    while let entry = versions.entry(at: index), entry.key.hasPrefix(prefix) {
      index = versions.index(after: index)
      guard let object = entry.value.object(at: revision) else { continue }
      if limit == 0 || page.objects.count < limit {
        page.objects.append(object)
      } else {
        page.next = page.next ?? object.key
        page.remaining += 1
      }
    }
    return page
  }

  mutating func apply(_ events: [StoreEvent]) {
    for event in events {
      let object: StoredObject? =
        switch event.change {
        case .put(let object): object
        case .delete: nil
        }
      let version = MemoryStore.Version(revision: event.revision, object: object)
      versions.update(StoreKey(event.key), default: []) { $0.append(version) }
    }
    history.append(events)
  }

  func changes(under prefix: String, after position: Revision) throws(StoreError) -> StoreWatchBatch
  {
    guard position >= compacted else { throw .compacted(position, compacted) }
    var found: [StoreEvent] = []
    var reached = position
    for events in history.dropFirst(Int(position.rawValue - compacted.rawValue)) {
      found += [events].events(under: prefix)
      reached = reached.next
      if found.count >= StoreLimits.eventsPerWatchBatch { break }
    }
    return StoreWatchBatch(events: found, revision: reached)
  }

  mutating func compact(at revision: Revision) {
    while compacted < revision, let events = history.popFirst() {
      compacted = compacted.next
      for event in events {
        let key = StoreKey(event.key)
        guard let all = versions[key] else { continue }
        let kept = all.compacted(at: revision)
        versions[key] = kept.isEmpty ? nil : kept
      }
    }
  }
}

extension [MemoryStore.Version] {
  /// What the key held at a revision.
  fileprivate func object(at revision: Revision) -> StoredObject? {
    last { $0.revision <= revision }?.object
  }

  /// Without the versions that only states before a revision need.
  fileprivate func compacted(at revision: Revision) -> [MemoryStore.Version] {
    guard let state = lastIndex(where: { $0.revision <= revision }) else { return self }
    return Array(self[(self[state].object == nil ? state + 1 : state)...])
  }
}
