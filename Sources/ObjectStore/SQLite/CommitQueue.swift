private import DequeModule
private import Synchronization

/// Transactions on their way to the writer, in the order they came.
final class CommitQueue: Sendable {
  struct Entry: Sendable {
    var transaction: StoreTransaction
    var continuation: CheckedContinuation<Result<CommitResult, StoreError>, Never>
  }

  private struct State {
    var entries: Deque<Entry> = []
    /// Whether somebody has been told to empty the queue and has not found it empty yet.
    var isServed = false
  }

  private let state = Mutex(State())

  /// How many transactions wait.
  var count: Int { state.withLock { $0.entries.count } }

  /// - Returns: whether the caller has to see to it that the queue is emptied.
  func add(_ entry: Entry) -> Bool {
    state.withLock { state in
      state.entries.append(entry)
      defer { state.isServed = true }
      return !state.isServed
    }
  }

  /// The next transactions to write together; if there are none, whoever empties the queue is done.
  func take(count: Int, bytes: Int) -> [Entry] {
    state.withLock { state in
      var taken: [Entry] = []
      var size = 0
      while taken.count < count, size < bytes, let entry = state.entries.popFirst() {
        size += entry.transaction.valueBytes
        taken.append(entry)
      }
      if taken.isEmpty { state.isServed = false }
      return taken
    }
  }
}

extension StoreTransaction {
  fileprivate var valueBytes: Int {
    writes.reduce(0) { sum, write in
      switch write {
      case .put(_, let value): sum + value.count
      case .delete: sum
      }
    }
  }
}
