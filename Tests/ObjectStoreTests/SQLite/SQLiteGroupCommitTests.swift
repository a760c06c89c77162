import Dispatch
import ObjectStore
import Testing

@Suite(.timeLimit(.minutes(1)))
struct SQLiteGroupCommitTests {
  @Test("Transactions that wait for the writer share one synchronization")
  func shared() async throws {
    try await withTemporaryDirectory { directory in
      let gate = DispatchSemaphore(value: 0)
      let batches = Shared<[Int]>([])
      var configuration = SQLiteStore.Configuration()
      configuration.willWrite = { count in
        // The first transaction holds the writer up until the others wait.
        if batches.update({
          $0.append(count); return $0.count == 1
        }) {
          gate.wait()
        }
      }
      let store = try SQLiteStore(directory: directory, configuration: configuration)
      let first = Task { try await store.put("first", "1") }
      while batches.value.isEmpty { await Task.yield() }
      let others = (0..<50).map { index in
        Task { try await store.put("k\(index)", "\(index)") }
      }
      while store.statistics.waiting < 50 { await Task.yield() }
      gate.signal()

      #expect(try await first.value == 1)
      var revisions: [UInt64] = []
      for other in others { revisions.append(try await other.value.rawValue) }
      #expect(revisions.sorted() == Array(2...51))
      #expect(batches.value == [1, 50])
      #expect(store.statistics.transactions == 51)
      #expect(store.statistics.synchronizations == 2)
      await store.close()
    }
  }

  @Test("A conflict in a batch is its own, and sees the transactions before it")
  func conflicts() async throws {
    try await withTemporaryDirectory { directory in
      let gate = DispatchSemaphore(value: 0)
      let batches = Shared<[Int]>([])
      var configuration = SQLiteStore.Configuration()
      configuration.willWrite = { count in
        if batches.update({
          $0.append(count); return $0.count == 1
        }) {
          gate.wait()
        }
      }
      let store = try SQLiteStore(directory: directory, configuration: configuration)
      let first = Task { try await store.put("first", "1") }
      while batches.value.isEmpty { await Task.yield() }
      var creations: [Task<CommitResult, any Error>] = []
      for index in 0..<10 {
        creations.append(
          Task {
            try await store.commit(
              StoreTransaction(conditions: [.absent(key: "one")], writes: [.put("one", "\(index)")])
            )
          })
        while store.statistics.waiting < creations.count { await Task.yield() }
      }
      gate.signal()
      _ = try await first.value
      var results: [CommitResult] = []
      for creation in creations { results.append(try await creation.value) }
      let winner = try await store.get("one")
      #expect(winner?.summary == "one=0 created 2 at 2")
      #expect(results.first == .committed(2))
      #expect(
        results.dropFirst().allSatisfy { $0 == .conflict(.absent(key: "one"), current: winner) })
      #expect(store.statistics.transactions == 2)
      await store.close()
    }
  }

  @Test("What waits when the store is closed is still written")
  func closing() async throws {
    try await withTemporaryDirectory { directory in
      let store = try SQLiteStore(directory: directory)
      let writers = (0..<20).map { index in
        Task { try await store.put("k\(index)", "v") }
      }
      let first = try await writers[0].value
      await store.close()
      var acknowledged = Set([first])
      for writer in writers.dropFirst() {
        switch await writer.result {
        case .success(let revision): acknowledged.insert(revision)
        case .failure(let error): #expect(error as? StoreError == StoreError(.closed, ""))
        }
      }
      let reopened = try SQLiteStore(directory: directory)
      let found = try await reopened.list("").objects.map(\.modRevision)
      #expect(Set(found) == acknowledged)
      await reopened.close()
    }
  }
}
