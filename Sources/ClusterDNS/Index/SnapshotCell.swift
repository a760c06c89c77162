private import Synchronization

/// Where the side that builds the index and the sides that answer from it meet.
///
/// A reader pays one uncontended lock and one reference count per batch of queries.
final class SnapshotCell: Sendable {
  private let current: Mutex<IndexSnapshot>
  private let observers = Mutex<[@Sendable () -> Void]>([])

  init(_ snapshot: IndexSnapshot) { current = Mutex(snapshot) }

  /// The newest snapshot.
  func load() -> IndexSnapshot { current.withLock { $0 } }

  /// Makes a snapshot the one that following loads return.
  func publish(_ snapshot: IndexSnapshot) {
    // What the old one alone held is freed here, not under the lock.
    let old = current.withLock { current in
      let old = current
      current = snapshot
      return old
    }
    withExtendedLifetime(old) {}
    for observer in observers.withLock({ $0 }) { observer() }
  }

  /// Calls the body after each publication from now on, on the thread that publishes.
  func observe(_ body: @escaping @Sendable () -> Void) {
    observers.withLock { $0.append(body) }
  }
}
