private import Synchronization

/// Takes the changes of the cluster's objects and keeps the published index current.
///
/// Changes given in one call reach queries together; a query sees all of a call or nothing. Until
/// `markSynced`, changes are only collected: an index that is not complete would deny names that
/// exist.
package final class ZoneFeed: Sendable {
  private struct State: ~Copyable {
    var builder: ZoneBuilder
    var isReady = false
  }

  private let state: Mutex<State>
  let cell: SnapshotCell

  /// - Parameter hashSeed: random, unless a test needs the same each time.
  package init(_ configuration: ZoneConfiguration, hashSeed: UInt64 = .random(in: 0...UInt64.max)) {
    var builder = ZoneBuilder(configuration, hash: NameHash(seed: hashSeed))
    cell = SnapshotCell(builder.snapshot(isReady: false))
    state = Mutex(State(builder: builder))
  }

  /// Applies changes in order. When it returns, queries that arrive are answered with them.
  package func apply(_ changes: [ZoneChange]) {
    state.withLock { state in
      for change in changes { state.builder.apply(change) }
      if state.isReady, state.builder.hasChanges {
        // Under the lock, so that snapshots are published in order.
        cell.publish(state.builder.snapshot(isReady: true))
      }
    }
  }

  /// Everything that exists has been applied: queries are answered from now on.
  package func markSynced() {
    state.withLock { state in
      guard !state.isReady else { return }
      state.isReady = true
      cell.publish(state.builder.snapshot(isReady: true))
    }
  }

  package var isReady: Bool { state.withLock { $0.isReady } }
}
