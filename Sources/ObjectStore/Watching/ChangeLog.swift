private import DequeModule
private import Synchronization

/// Where a store stands, the newest stretch of its history, and who waits for more.
///
/// Watchers share the stretch: each keeps only the revision it has reached. A slow watcher thus
/// costs nothing, and one that falls behind the stretch continues from the store's own history.
final class ChangeLog: Sendable {
  enum Poll {
    /// Whole transactions in order, all after the revision asked about.
    case changes([[StoreEvent]], through: Revision)
    /// The next change is older than what is in memory.
    case behind
    /// Nothing has happened since.
    case upToDate
    case closed
  }

  fileprivate struct State {
    var compacted: Revision
    /// Everything after this revision is in `transactions`, one entry for each revision.
    var base: Revision
    var transactions: Deque<[StoreEvent]> = []
    var bytes = 0
    var isClosed = false
    var waiting: [UInt64: CheckedContinuation<Void, Never>] = [:]
    var nextWaiter: UInt64 = 0

    var current: Revision { Revision(rawValue: base.rawValue + UInt64(transactions.count)) }
  }

  private let window: WatchWindow
  private let state: Mutex<State>

  init(current: Revision, compacted: Revision, window: WatchWindow) {
    self.window = window
    self.state = Mutex(State(compacted: compacted, base: current))
  }

  /// The newest published revision.
  func current() throws(StoreError) -> Revision {
    try state.withLock { state throws(StoreError) in
      try state.requireOpen()
      return state.current
    }
  }

  /// The newest published revision, whether or not the log is closed.
  var published: Revision { state.withLock { $0.current } }

  func compacted() throws(StoreError) -> Revision {
    try state.withLock { state throws(StoreError) in
      try state.requireOpen()
      return state.compacted
    }
  }

  /// The revision to read the state at, checked against what there is.
  func readable(at revision: Revision?) throws(StoreError) -> Revision {
    try state.withLock { state throws(StoreError) in try state.checked(revision) }
  }

  /// Shows transactions to readers and watchers; the first gets the revision after `current`.
  func publish(_ transactions: [[StoreEvent]]) {
    guard !transactions.isEmpty else { return }
    let woken = state.withLock { state in
      for events in transactions {
        state.transactions.append(events)
        state.bytes += events.reduce(0) { $0 + $1.retainedBytes }
      }
      state.trim(to: window)
      return state.takeWaiting()
    }
    for waiter in woken { waiter.resume() }
  }

  /// From now on, refuses what lies before a revision to new readers and watchers.
  ///
  /// - Returns: whether that is news.
  func compact(at revision: Revision) -> Bool {
    state.withLock { state in
      guard revision > state.compacted else { return false }
      state.compacted = revision
      return true
    }
  }

  /// - Throws: `futureRevision` if a revision has not been reached.
  func requireReached(_ revision: Revision) throws(StoreError) {
    try state.withLock { state throws(StoreError) in
      try state.requireOpen()
      guard revision <= state.current else { throw .futureRevision(revision, state.current) }
    }
  }

  func poll(after position: Revision) -> Poll {
    state.withLock { state in
      if position < state.base { return state.isClosed ? .closed : .behind }
      var end = Int(position.rawValue - state.base.rawValue)
      guard end < state.transactions.count else { return state.isClosed ? .closed : .upToDate }
      let start = end
      var events = 0
      while end < state.transactions.count, events < StoreLimits.eventsPerWatchBatch {
        events += state.transactions[end].count
        end += 1
      }
      let through = Revision(rawValue: state.base.rawValue + UInt64(end))
      return .changes(Array(state.transactions[start..<end]), through: through)
    }
  }

  /// Returns once there is something after a revision, or the log closes, or the task is cancelled.
  func waitForChange(after position: Revision) async {
    let waiter = state.withLock { state in
      state.nextWaiter += 1
      return state.nextWaiter
    }
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let isDue = state.withLock { state in
          // The flag of cancellation is set before its handler runs, so that either this sees it
          // or the handler finds the waiter.
          if state.isClosed || state.current > position || Task.isCancelled { return true }
          state.waiting[waiter] = continuation
          return false
        }
        if isDue { continuation.resume() }
      }
    } onCancel: {
      state.withLock { $0.waiting.removeValue(forKey: waiter) }?.resume()
    }
  }

  /// Returns once a revision has been published that a reader has found in the storage.
  ///
  /// The storage is a moment ahead, so that without this a reader could see a revision and be told
  /// of an older one next.
  func waitUntilPublished(_ revision: Revision) async throws(StoreError) {
    while try current() < revision {
      await waitForChange(after: Revision(rawValue: revision.rawValue - 1))
      await Task.yield()  // A cancelled task is not made to wait, and must not keep the thread.
    }
  }

  /// Ends every watch, once it has had what is in memory.
  ///
  /// - Returns: whether the log was open.
  @discardableResult
  func close() -> Bool {
    let woken = state.withLock { state -> [CheckedContinuation<Void, Never>]? in
      guard !state.isClosed else { return nil }
      state.isClosed = true
      return state.takeWaiting()
    }
    for waiter in woken ?? [] { waiter.resume() }
    return woken != nil
  }
}

extension ChangeLog.State {
  func requireOpen() throws(StoreError) {
    if isClosed { throw .closed }
  }

  func checked(_ revision: Revision?) throws(StoreError) -> Revision {
    try requireOpen()
    guard let revision else { return current }
    guard revision <= current else { throw .futureRevision(revision, current) }
    guard revision >= compacted else { throw .compacted(revision, compacted) }
    return revision
  }

  mutating func trim(to window: WatchWindow) {
    // The newest transaction stays whatever its size, or the watchers would all go to the history.
    while transactions.count > 1, transactions.count > window.revisions || bytes > window.bytes {
      let oldest = transactions.removeFirst()
      bytes -= oldest.reduce(0) { $0 + $1.retainedBytes }
      base = base.next
    }
  }

  mutating func takeWaiting() -> [CheckedContinuation<Void, Never>] {
    guard !waiting.isEmpty else { return [] }
    let taken = Array(waiting.values)
    waiting.removeAll(keepingCapacity: true)
    return taken
  }
}

extension StoreEvent {
  /// About what keeping the event costs.
  fileprivate var retainedBytes: Int {
    let overhead = 200
    let before = previous?.value.count ?? 0
    return switch change {
    case .put(let object): object.value.count + before + key.utf8.count + overhead
    case .delete: before + key.utf8.count + overhead
    }
  }
}
