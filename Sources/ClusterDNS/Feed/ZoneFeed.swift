private import Synchronization

/// Takes the changes of the cluster's objects and keeps the published index current.
///
/// Changes given in one call reach queries together; a query sees all of a call or nothing. Until
/// `markSynced` or `restore`, changes are only collected: an index that is not complete would deny
/// names that exist.
package final class ZoneFeed: Sendable {
  private struct State: ~Copyable {
    var builder: ZoneBuilder
    var isReady = false
    var isSynced = false
  }

  private let state: Mutex<State>
  let cell: SnapshotCell
  /// How old the view is, for queries that ask; who follows the cluster sets it.
  package let age: ViewAge

  /// - Parameter hashSeed: random, unless a test needs the same each time.
  package init(_ configuration: ZoneConfiguration, hashSeed: UInt64 = .random(in: 0...UInt64.max)) {
    age = ViewAge()
    var builder = ZoneBuilder(configuration, hash: NameHash(seed: hashSeed), age: age)
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

  /// Puts in what an earlier process knew: queries are answered from it until the cluster tells
  /// more. Does nothing once the cluster has been heard.
  func restore(_ saved: SavedZone) {
    state.withLock { state in
      guard !state.isSynced, !state.isReady else { return }
      state.builder.restore(saved)
      state.isReady = true
      cell.publish(state.builder.snapshot(isReady: true))
    }
  }

  /// Everything that exists has been applied: queries are answered from now on, and what was
  /// restored but not told again is gone.
  ///
  /// - Parameters:
  ///   - revision: the resourceVersion of the lists; 0 if it is not known.
  ///   - namespacesAreKnown: whether Namespaces are among what has been applied.
  package func markSynced(revision: UInt64 = 0, namespacesAreKnown: Bool = false) {
    state.withLock { state in
      guard !state.isSynced else { return }
      state.isSynced = true
      state.isReady = true
      state.builder.see(revision)
      state.builder.dropStale(namespacesAreKnown: namespacesAreKnown, revision: revision)
      cell.publish(state.builder.snapshot(isReady: true))
    }
  }

  /// The last of what exists, Namespaces, has been applied too.
  package func markNamespacesSynced() {
    state.withLock { state in
      guard state.isSynced else { return }
      state.builder.dropStale(namespacesAreKnown: true, revision: 0)
      if state.builder.hasChanges { cell.publish(state.builder.snapshot(isReady: true)) }
    }
  }

  /// Replaces the operator's own names, which are answered before the cluster's, and before those
  /// are known.
  func setHosts(_ configuration: HostsConfiguration, _ entries: [HostsEntry]) {
    state.withLock { state in
      state.builder.setHosts(configuration, entries)
      cell.publish(state.builder.snapshot(isReady: state.isReady))
    }
  }

  /// Whether there are any.
  var hasHosts: Bool { state.withLock { $0.builder.hosts.count > 0 } }

  /// Whether names are answered.
  package var isReady: Bool { state.withLock { $0.isReady } }

  /// Whether the lists of the API server have been complete since this process started.
  package var isSynced: Bool { state.withLock { $0.isSynced } }

  /// The resourceVersion of the newest change, as the zone's serial has it.
  package var revision: UInt64 { state.withLock { $0.builder.revision } }

  /// Everything that is known, to be restored by a later process.
  var saved: SavedZone { state.withLock { $0.builder.saved } }
}
