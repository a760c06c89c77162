/// Compacts a store as a policy says, for as long as it runs.
package struct CompactionRunner<C: Clock>: Sendable where C.Duration == Duration {
  private let store: any ObjectStore
  private let policy: CompactionPolicy
  private let clock: C
  private let didFail: @Sendable (StoreError) -> Void

  /// - Parameter didFail: told when a compaction did not succeed; the next one comes all the same.
  package init(
    store: any ObjectStore, policy: CompactionPolicy = CompactionPolicy(), clock: C,
    didFail: @escaping @Sendable (StoreError) -> Void
  ) {
    self.store = store
    self.policy = policy
    self.clock = clock
    self.didFail = didFail
  }

  /// Returns when its task is cancelled or the store is closed.
  package func run() async {
    var schedule = CompactionSchedule<C.Instant>(policy: policy)
    while !Task.isCancelled {
      do throws(StoreError) {
        let current = try await store.currentRevision()
        if let revision = schedule.revision(at: clock.now, current: current) {
          try await store.compact(at: revision)
        }
      } catch {
        if error.code == .closed { return }
        didFail(error)
      }
      do { try await clock.sleep(for: policy.interval) } catch { return }
    }
  }
}
