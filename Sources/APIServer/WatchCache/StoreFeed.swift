import KubernetesAPI
import Logging
package import ObjectStore
import Synchronization

/// Follows the store and keeps every cache up to date.
///
/// One watch of the store feeds all caches, so that they move through the revisions together: what
/// one of them shows was never later than what another had seen.
package final class StoreFeed: Sendable {
  private let store: any ObjectStore
  private let caches: [WatchCache]
  private let prefix: String
  private let logger: Logger
  private let state: Mutex<State>

  private struct State {
    /// Everything up to this revision is in all caches; nil until they are loaded.
    var revision: Revision?
    var waiters: [UInt64: Waiter] = [:]
    var nextWaiter: UInt64 = 0
    var isStopped = false
  }

  private struct Waiter {
    var revision: Revision
    /// On the server's monotonic clock.
    var deadline: Duration
    var continuation: CheckedContinuation<Bool, Never>
  }

  init(
    store: any ObjectStore, caches: [WatchCache], prefix: String = "/registry/", logger: Logger
  ) {
    self.store = store
    // The longest prefix first, so that the first match is the right one.
    self.caches = caches.sorted { $0.prefix.utf8.count > $1.prefix.utf8.count }
    self.prefix = prefix
    self.logger = logger
    state = Mutex(State())
  }

  /// Whether the caches have been loaded.
  package var isReady: Bool { state.withLock { $0.revision != nil } }

  // MARK: Following

  /// Loads the caches and follows the store until the task is cancelled or the store closes.
  ///
  /// - Throws: the store's error, if it cannot go on.
  package func run() async throws(StoreError) {
    defer { stop() }
    while !Task.isCancelled {
      do throws(StoreError) {
        let target = try await store.currentRevision()
        let start = try await load()
        try await follow(after: start, readyAt: target)
        return
      } catch  where error.code == .compacted {
        logger.warning("the store's history was compacted under the watch; loading again")
      } catch  where error.code == .closed {
        return
      }
    }
  }

  /// Reads a state of the store that is old enough to have some history after it.
  ///
  /// - Returns: the state's revision.
  private func load() async throws(StoreError) -> Revision {
    let current = try await store.currentRevision()
    let compacted = try await store.compactedRevision()
    let primed = current.rawValue - min(current.rawValue, ServerLimits.primedRevisions)
    let start = max(compacted, Revision(rawValue: primed))
    var objects = caches.map { _ in SortedObjects() }
    var next: String?
    repeat {
      let page = try await store.list(
        prefix: prefix, startingAt: next, limit: ServerLimits.loadPage, at: start)
      for stored in page.objects {
        for (index, cache) in caches.enumerated() where stored.key.hasPrefix(cache.prefix) {
          if let object = cache.object(
            key: String(stored.key.dropFirst(cache.prefix.count)), value: stored.value,
            revision: stored.modRevision)
          {
            objects[index].insert(object)
          } else {
            logger.error("a stored value is no object", metadata: ["key": "\(stored.key)"])
          }
        }
      }
      next = page.next
    } while next != nil
    for (cache, objects) in zip(caches, objects) { cache.load(objects, at: start) }
    return start
  }

  private func follow(after start: Revision, readyAt target: Revision) async throws(StoreError) {
    let changes = try await store.watch(prefix: prefix, after: start)
    if start >= target { advance(to: start, readyAt: target) }
    do {
      for try await batch in changes {
        apply(batch)
        advance(to: batch.revision, readyAt: target)
      }
    } catch let error as StoreError {
      throw error
    } catch is CancellationError {
      return
    } catch {
      throw StoreError(.storage, "\(error)")
    }
  }

  private func apply(_ batch: StoreWatchBatch) {
    var changes: [[StoreEvent]] = caches.map { _ in [] }
    for event in batch.events {
      for (index, cache) in caches.enumerated() where event.key.hasPrefix(cache.prefix) {
        changes[index].append(event)
      }
    }
    for (cache, changes) in zip(caches, changes) {
      cache.apply(changes, through: batch.revision)
    }
  }

  // MARK: Waiting

  private func advance(to revision: Revision, readyAt target: Revision) {
    let due = state.withLock { state -> [Waiter] in
      if state.revision == nil, revision < target { return [] }
      state.revision = revision
      let due = state.waiters.filter { $0.value.revision <= revision }
      for id in due.keys { state.waiters[id] = nil }
      return Array(due.values)
    }
    for waiter in due { waiter.continuation.resume(returning: true) }
  }

  private func stop() {
    let waiters = state.withLock { state in
      state.isStopped = true
      defer { state.waiters.removeAll() }
      return Array(state.waiters.values)
    }
    for waiter in waiters { waiter.continuation.resume(returning: false) }
  }

  /// Gives up on waits whose time is over.
  func tick(now: Duration) {
    let late = state.withLock { state -> [Waiter] in
      guard !state.waiters.isEmpty else { return [] }
      let late = state.waiters.filter { $0.value.deadline <= now }
      for id in late.keys { state.waiters[id] = nil }
      return Array(late.values)
    }
    for waiter in late { waiter.continuation.resume(returning: false) }
  }

  /// Returns once the caches hold everything up to a revision.
  ///
  /// - Parameter deadline: on the server's monotonic clock.
  /// - Returns: false if that did not come about in time.
  func reach(_ revision: Revision, deadline: Duration) async -> Bool {
    if state.withLock({ ($0.revision ?? .zero) >= revision && $0.revision != nil }) { return true }
    let id = state.withLock { state in
      state.nextWaiter += 1
      return state.nextWaiter
    }
    return await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let answer = state.withLock { state -> Bool? in
          if let reached = state.revision, reached >= revision { return true }
          if state.isStopped || Task.isCancelled { return false }
          state.waiters[id] = Waiter(
            revision: revision, deadline: deadline, continuation: continuation)
          return nil
        }
        if let answer { continuation.resume(returning: answer) }
      }
    } onCancel: {
      let waiter = state.withLock { $0.waiters.removeValue(forKey: id) }
      waiter?.continuation.resume(returning: false)
    }
  }
}
