package import KubernetesAPI
package import KubernetesClient
import Synchronization

/// What a controller has written and its informer may not have told yet.
///
/// Acting on a view that lacks the controller's own last writes would repeat or undo them. Each
/// piece of work (a Service, say) is known by a key under which its writes are noted.
package final class OwnWrites: Sendable {
  private struct Record {
    /// The newest resourceVersion written.
    var version: UInt64 = 0
    /// Objects deleted, by uid.
    var deleted: Set<String> = []
    /// Uptime of the last write.
    var since: Duration
  }

  private struct State {
    var records: [ObjectKey: Record] = [:]
    /// Keys whose work was put off until the view catches up.
    var waiting: Set<ObjectKey> = []
  }

  /// After this long a write that never showed up is taken as lost to a server that was set back,
  /// and the view counts again.
  static let patience = Duration.seconds(60)

  private let time: TimeSource
  private let state = Mutex(State())

  package init(time: TimeSource) { self.time = time }

  /// Notes a create or an update, with the resourceVersion it gave.
  package func wrote(_ key: ObjectKey, _ object: some KubernetesObject) {
    guard let version = UInt64(object.metadata.resourceVersion) else { return }
    let now = time.uptime()
    state.withLock { state in
      var record = state.records[key] ?? Record(since: now)
      record.version = max(record.version, version)
      record.since = now
      state.records[key] = record
    }
  }

  package func deleted(_ key: ObjectKey, uid: String) {
    let now = time.uptime()
    state.withLock { state in
      state.records[key, default: Record(since: now)].deleted.insert(uid)
      state.records[key]?.since = now
    }
  }

  /// Whether a view lacks writes of this key. If so the key is remembered as waiting.
  ///
  /// - Parameters:
  ///   - viewVersion: the informer's resourceVersion, read before the objects.
  ///   - uids: objects present in the view and not being deleted.
  package func isStale(_ key: ObjectKey, viewVersion: String, uids: some Sequence<String>) -> Bool {
    let now = time.uptime()
    return state.withLock { state in
      guard var record = state.records[key] else { return false }
      if now - record.since > Self.patience {
        state.records[key] = nil
        return false
      }
      record.deleted.formIntersection(uids)
      state.records[key]?.deleted = record.deleted
      let lags = UInt64(viewVersion).map { $0 < record.version } ?? false
      guard lags || !record.deleted.isEmpty else { return false }
      state.waiting.insert(key)
      return true
    }
  }

  /// Whether an object the informer tells is no news: written by us, or before what we wrote.
  package func isEcho(_ key: ObjectKey, _ object: some KubernetesObject) -> Bool {
    guard let version = UInt64(object.metadata.resourceVersion) else { return false }
    return state.withLock { state in
      guard let record = state.records[key] else { return false }
      return version <= record.version || record.deleted.contains(object.metadata.uid)
    }
  }

  /// Whether work on the key waits for the view; it waits no longer.
  package func stopsWaiting(_ key: ObjectKey) -> Bool {
    state.withLock { $0.waiting.remove(key) != nil }
  }

  package func forget(_ key: ObjectKey) {
    state.withLock { state in
      state.records[key] = nil
      state.waiting.remove(key)
    }
  }
}
