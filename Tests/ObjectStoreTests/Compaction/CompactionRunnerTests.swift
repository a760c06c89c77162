import Testing

@testable import ObjectStore

@Suite(.timeLimit(.minutes(1)))
struct CompactionRunnerTests {
  private let policy = CompactionPolicy(revisions: 5, age: .seconds(120), interval: .seconds(60))

  @Test("A store is compacted behind its head as time passes")
  func compacts() async throws {
    let store = MemoryStore()
    let clock = ManualClock()
    let runner = CompactionRunner(store: store, policy: policy, clock: clock) {
      Issue.record($0)
    }
    let running = Task { await runner.run() }
    await clock.waitForSleeper()
    var compacted: [UInt64] = []
    for minute in 0..<5 {
      for index in 0..<10 { try await store.put("k", "\(minute)-\(index)") }
      await clock.advance(by: .seconds(60))
      await clock.waitForSleeper()
      compacted.append(try await store.compactedRevision().rawValue)
    }
    #expect(compacted == [0, 0, 10, 20, 30])
    running.cancel()
    await clock.advance(by: .seconds(60))
    await running.value
    await store.close()
  }

  @Test("It ends when the store is closed")
  func endsWithTheStore() async throws {
    let store = MemoryStore()
    let clock = ManualClock()
    let runner = CompactionRunner(store: store, policy: policy, clock: clock) {
      Issue.record($0)
    }
    let running = Task { await runner.run() }
    await clock.waitForSleeper()
    await store.close()
    await clock.advance(by: .seconds(60))
    await running.value
  }

  @Test("A failure is reported, and the next compaction comes all the same")
  func goesOn() async throws {
    let store = FailingStore()
    let clock = ManualClock()
    let failures = Shared<[StoreError]>([])
    let runner = CompactionRunner(store: store, policy: policy, clock: clock) { error in
      failures.update { $0.append(error) }
    }
    let running = Task { await runner.run() }
    for _ in 0..<4 { await clock.advance(by: .seconds(60)) }
    await clock.waitForSleeper()
    #expect(failures.value.map(\.code) == [.outOfSpace, .outOfSpace, .outOfSpace])
    running.cancel()
    await clock.advance(by: .seconds(60))
    await running.value
  }
}

/// A store at revision 100 that cannot be compacted.
private struct FailingStore: ObjectStore {
  private let store = MemoryStore()

  func currentRevision() async throws(StoreError) -> Revision { 100 }
  func compactedRevision() async throws(StoreError) -> Revision { .zero }
  func get(_ key: String) async throws(StoreError) -> StoredObject? { try await store.get(key) }
  func list(
    prefix: String, startingAt start: String?, limit: Int, at revision: Revision?
  ) async throws(StoreError) -> StorePage {
    try await store.list(prefix: prefix, startingAt: start, limit: limit, at: revision)
  }
  func commit(_ transaction: StoreTransaction) async throws(StoreError) -> CommitResult {
    try await store.commit(transaction)
  }
  func watch(prefix: String, after revision: Revision?) async throws(StoreError) -> StoreWatch {
    try await store.watch(prefix: prefix, after: revision)
  }
  func compact(at revision: Revision) async throws(StoreError) {
    throw StoreError(.outOfSpace, "no space left")
  }
  func close() async { await store.close() }
}
