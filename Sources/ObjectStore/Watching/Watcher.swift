private import Synchronization

/// One consumer's place in the history of a store.
final class Watcher: Sendable {
  /// The changes after a revision from the store's history: some whole transactions, and the
  /// revision they reach. Throws `compacted` if that history is gone.
  typealias History = @Sendable (Revision) async throws(StoreError) -> StoreWatchBatch

  private let prefix: String
  private let log: ChangeLog
  private let history: History
  private let position: Mutex<Revision>

  init(prefix: String, after position: Revision, log: ChangeLog, history: @escaping History) {
    self.prefix = prefix
    self.log = log
    self.history = history
    self.position = Mutex(position)
  }

  /// The stream pulls, so that nothing is copied or kept for a consumer that is not ready.
  func stream() -> StoreWatch {
    StoreWatch(unfolding: { try await self.next() })
  }

  /// What happened since the last call; waits if that is nothing. Nil once the task is cancelled.
  private func next() async throws(StoreError) -> StoreWatchBatch? {
    while !Task.isCancelled {
      let reached = position.withLock { $0 }
      switch log.poll(after: reached) {
      case .changes(let transactions, let through):
        return advance(
          to: StoreWatchBatch(events: transactions.events(under: prefix), revision: through))
      case .behind:
        return advance(to: try await history(reached))
      case .upToDate:
        await log.waitForChange(after: reached)
      case .closed:
        throw .closed
      }
    }
    return nil
  }

  private func advance(to batch: StoreWatchBatch) -> StoreWatchBatch {
    position.withLock { $0 = batch.revision }
    return batch
  }
}

extension Sequence<[StoreEvent]> {
  /// The events of transactions whose keys begin with a prefix, in order.
  func events(under prefix: String) -> [StoreEvent] {
    var found: [StoreEvent] = []
    for events in self {
      for event in events where StoreKey(event.key).hasPrefix(prefix) { found.append(event) }
    }
    return found
  }
}
