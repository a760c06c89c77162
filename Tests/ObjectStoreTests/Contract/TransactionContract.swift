import ObjectStore
import Testing

extension ObjectStoreContract {
  @Suite struct Transactions {
    @Test("A transaction's writes share one revision", arguments: StoreUnderTest.all)
    func oneRevision(_ implementation: StoreUnderTest) async throws {
      try await implementation.withStore { store in
        try await store.put("gone", "x")
        let revision = try await store.write(.put("b", "1"), .delete("gone"), .put("a", "1"))
        #expect(revision == 2)
        #expect(
          try await store.list("").summaries == ["a=1 created 2 at 2", "b=1 created 2 at 2"])
        #expect(try await store.currentRevision() == 2)
      }
    }

    @Test("What changes nothing raises no revision", arguments: StoreUnderTest.all)
    func nothingToWrite(_ implementation: StoreUnderTest) async throws {
      try await implementation.withStore { store in
        #expect(try await store.write() == 0)
        #expect(try await store.delete("absent") == 0)
        try await store.put("a", "1")
        #expect(try await store.write(.delete("b"), .delete("c")) == 1)
        #expect(try await store.currentRevision() == 1)
        #expect(try await store.write(.delete("b"), .put("a", "1")) == 2)
        #expect(
          try await store.changes("", after: 0, through: 2).flatMap(\.events).map(\.summary) == [
            "1: put a=1 created 1 at 1", "2: put a=1 created 1 at 2 over a=1 created 1 at 1",
          ])
      }
    }

    @Test("Conditions hold or say what their key holds", arguments: StoreUnderTest.all)
    func conditions(_ implementation: StoreUnderTest) async throws {
      try await implementation.withStore { store in
        try await store.put("a", "1")
        try await store.put("a", "2")
        try await store.put("b", "1")
        try await store.delete("b")
        let held = try await store.get("a")
        #expect(held?.summary == "a=2 created 1 at 2")
        let failing: [(StoreTransaction.Condition, StoredObject?)] = [
          (.absent(key: "a"), held),
          (.unchanged(key: "a", since: 1), held),
          (.unchanged(key: "a", since: 3), held),
          (.unchanged(key: "b", since: 3), nil),
          (.unchanged(key: "c", since: 0), nil),
        ]
        for (condition, current) in failing {
          let result = try await store.commit(
            StoreTransaction(conditions: [condition], writes: [.put("z", "no")]))
          #expect(result == .conflict(condition, current: current))
        }
        #expect(try await store.get("z") == nil)
        #expect(try await store.currentRevision() == 4)

        let holding: [StoreTransaction.Condition] = [
          .absent(key: "b"), .absent(key: "c"), .unchanged(key: "a", since: 2),
        ]
        let result = try await store.commit(
          StoreTransaction(conditions: holding, writes: [.put("z", "yes")]))
        #expect(result == .committed(5))
      }
    }

    @Test("The first failing condition is the one reported", arguments: StoreUnderTest.all)
    func firstFailure(_ implementation: StoreUnderTest) async throws {
      try await implementation.withStore { store in
        try await store.put("a", "1")
        let result = try await store.commit(
          StoreTransaction(
            conditions: [
              .absent(key: "x"), .unchanged(key: "b", since: 1), .absent(key: "a"),
            ],
            writes: [.put("z", "no"), .delete("a")]))
        #expect(result == .conflict(.unchanged(key: "b", since: 1), current: nil))
        #expect(try await store.list("").keys == ["a"])
      }
    }

    @Test("Conditions alone can be checked without writing", arguments: StoreUnderTest.all)
    func conditionsOnly(_ implementation: StoreUnderTest) async throws {
      try await implementation.withStore { store in
        try await store.put("a", "1")
        let result = try await store.commit(
          StoreTransaction(conditions: [.unchanged(key: "a", since: 1)]))
        #expect(result == .committed(1))
      }
    }

    @Test("A key may not be written twice in one transaction", arguments: StoreUnderTest.all)
    func duplicateKeys(_ implementation: StoreUnderTest) async throws {
      try await implementation.withStore { store in
        await #expect(throws: StoreError(.invalidTransaction, "")) {
          try await store.write(.put("a", "1"), .put("b", "1"), .delete("a"))
        }
        let current = try await store.currentRevision()
        #expect(current == .zero)
      }
    }

    @Test(
      "Of concurrent writers of one key, each revision has one winner",
      arguments: StoreUnderTest.all)
    func compareAndSwap(_ implementation: StoreUnderTest) async throws {
      let (writers, rounds) = (8, 25)
      try await implementation.withStore { store in
        try await store.put("counter", "0")
        try await withThrowingTaskGroup { group in
          for _ in 0..<writers {
            group.addTask { for _ in 0..<rounds { try await increment("counter", in: store) } }
          }
          try await group.waitForAll()
        }
        let counter = try await store.get("counter")
        #expect(counter?.value == Array("\(writers * rounds)".utf8))
        #expect(counter?.modRevision.rawValue == UInt64(writers * rounds + 1))
      }
    }

    @Test("Of concurrent creators of one key, one succeeds", arguments: StoreUnderTest.all)
    func oneCreator(_ implementation: StoreUnderTest) async throws {
      try await implementation.withStore { store in
        let created = try await withThrowingTaskGroup(of: Bool.self) { group in
          for index in 0..<16 {
            group.addTask {
              let result = try await store.commit(
                StoreTransaction(
                  conditions: [.absent(key: "one")], writes: [.put("one", "\(index)")]))
              if case .committed = result { return true }
              return false
            }
          }
          return try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
        }
        #expect(created == 1)
        #expect(try await store.currentRevision() == 1)
      }
    }

    @Test("A read sees every write acknowledged before it", arguments: StoreUnderTest.all)
    func linearizableReads(_ implementation: StoreUnderTest) async throws {
      try await implementation.withStore { store in
        try await withThrowingTaskGroup { group in
          for writer in 0..<4 {
            group.addTask {
              for round in 0..<50 {
                let revision = try await store.put("k\(writer)", "\(round)")
                let object = try await store.get("k\(writer)")
                #expect(object?.modRevision == revision)
                let page = try await store.list("k\(writer)")
                #expect(page.objects.map(\.modRevision) == [revision])
                #expect(page.revision >= revision)
                let current = try await store.currentRevision()
                #expect(current >= page.revision)
              }
            }
          }
          try await group.waitForAll()
        }
      }
    }
  }
}

/// Adds one to a decimal number under a key, again until nobody came in between.
private func increment(_ key: String, in store: any ObjectStore) async throws {
  while true {
    guard let held = try await store.get(key),
      let number = Int(String(decoding: held.value, as: UTF8.self))
    else { throw StoreError(.corrupt, "no number under \(key)") }
    let result = try await store.commit(
      StoreTransaction(
        conditions: [.unchanged(key: key, since: held.modRevision)],
        writes: [.put(key, "\(number + 1)")]))
    if case .committed = result { return }
  }
}
