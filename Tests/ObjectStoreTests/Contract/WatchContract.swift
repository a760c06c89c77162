import ObjectStore
import Testing

extension ObjectStoreContract {
  @Suite struct Watching {
    @Test(
      "A watch from history has every change and what it replaced", arguments: StoreUnderTest.all)
    func fromHistory(_ implementation: StoreUnderTest) async throws {
      try await implementation.withStore { store in
        try await store.put("a", "1")
        try await store.put("b", "1")
        try await store.put("a", "2")
        try await store.delete("a")
        try await store.put("a", "3")
        let all = [
          "1: put a=1 created 1 at 1",
          "2: put b=1 created 2 at 2",
          "3: put a=2 created 1 at 3 over a=1 created 1 at 1",
          "4: delete a over a=2 created 1 at 3",
          "5: put a=3 created 5 at 5",
        ]
        // Once with the history in memory, once after enough writes that it no longer is.
        for round in 0..<2 {
          for start in 0...4 {
            let batches = try await store.changes(
              "", after: Revision(rawValue: UInt64(start)), through: 5)
            let events = batches.flatMap(\.events).filter { $0.revision <= 5 }
            #expect(events.map(\.summary) == Array(all[start...]), "round \(round) from \(start)")
          }
          for index in 0..<50 { try await store.put("later\(index)", "x") }
        }
      }
    }

    @Test("A watch from now has only what comes after it", arguments: StoreUnderTest.all)
    func fromNow(_ implementation: StoreUnderTest) async throws {
      try await implementation.withStore { store in
        try await store.put("a", "1")
        let watch = try await store.watch(prefix: "", after: nil)
        try await store.put("a", "2")
        let batches = try await watch.batches(through: 2)
        #expect(
          batches.flatMap(\.events).map(\.summary) == [
            "2: put a=2 created 1 at 2 over a=1 created 1 at 1"
          ])
      }
    }

    @Test("A waiting watch is woken by the next write", arguments: StoreUnderTest.all)
    func wakes(_ implementation: StoreUnderTest) async throws {
      try await implementation.withStore { store in
        let watch = try await store.watch(prefix: "a", after: nil)
        for round in 1...100 {
          let revision = Revision(rawValue: UInt64(round))
          async let next = watch.batches(through: revision)
          try await store.put("a", "\(round)")
          #expect(try await next.flatMap(\.events).map(\.revision) == [revision])
        }
      }
    }

    @Test("A watch has its prefix alone, and learns how far it is", arguments: StoreUnderTest.all)
    func prefix(_ implementation: StoreUnderTest) async throws {
      try await implementation.withStore { store in
        let watch = try await store.watch(prefix: "b/", after: nil)
        try await store.put("a/1", "x")
        try await store.write(.put("b/1", "x"), .put("c/1", "x"), .put("b/2", "x"))
        try await store.put("b", "x")
        try await store.put("c/1", "y")
        let batches = try await watch.batches(through: 4)
        #expect(batches.flatMap(\.events).map(\.key) == ["b/1", "b/2"])
        #expect(batches.last?.revision == 4)
      }
    }

    @Test("A transaction is never cut in two", arguments: StoreUnderTest.all)
    func wholeTransactions(_ implementation: StoreUnderTest) async throws {
      let (transactions, size) = (20, 300)
      try await implementation.withStore { store in
        for transaction in 0..<transactions {
          let writes = (0..<size).map {
            StoreTransaction.Write.put("k\($0)", "\(transaction)")
          }
          _ = try await store.commit(StoreTransaction(writes: writes))
        }
        let last = Revision(rawValue: UInt64(transactions))
        let batches = try await store.changes("", after: .zero, through: last)
        var seen: [Revision: Int] = [:]
        for batch in batches {
          for event in batch.events {
            seen[event.revision, default: 0] += 1
            #expect(event.revision <= batch.revision)
          }
          for (revision, count) in seen { #expect(count == size, "\(revision) was cut") }
        }
        #expect(seen.count == transactions)
      }
    }

    @Test("A watch resumes without gap or repetition among writers", arguments: StoreUnderTest.all)
    func resumes(_ implementation: StoreUnderTest) async throws {
      let (writers, rounds) = (4, 100)
      let last = Revision(rawValue: UInt64(writers * rounds))
      try await implementation.withStore { store in
        try await withThrowingTaskGroup { group in
          for writer in 0..<writers {
            group.addTask {
              for round in 0..<rounds { try await store.put("w\(writer)", "\(round)") }
            }
          }
          group.addTask {
            // Breaks off after every few batches and takes up where it was.
            var reached = Revision.zero
            var revisions: [UInt64] = []
            while reached < last {
              let watch = try await store.watch(prefix: "w", after: reached)
              var batches = 0
              for try await batch in watch {
                revisions += batch.events.map(\.revision.rawValue)
                reached = batch.revision
                batches += 1
                if reached >= last || batches == 3 { break }
              }
            }
            #expect(revisions == Array(1...last.rawValue))
          }
          try await group.waitForAll()
        }
      }
    }

    @Test("Several watches are told the same", arguments: StoreUnderTest.all)
    func severalWatches(_ implementation: StoreUnderTest) async throws {
      try await implementation.withStore { store in
        var watches: [StoreWatch] = []
        for _ in 0..<20 { watches.append(try await store.watch(prefix: "", after: nil)) }
        try await withThrowingTaskGroup(of: [String].self) { group in
          for watch in watches {
            group.addTask {
              try await watch.batches(through: 60).flatMap(\.events).map(\.summary)
            }
          }
          for index in 0..<60 { try await store.put("k\(index % 7)", "\(index)") }
          let first = try await group.next()
          #expect(first?.count == 60)
          for try await other in group { #expect(other == first) }
        }
      }
    }

    @Test("Closing the store ends its watches", arguments: StoreUnderTest.all)
    func endsOnClose(_ implementation: StoreUnderTest) async throws {
      try await implementation.withStore { store in
        let watch = try await store.watch(prefix: "", after: nil)
        let ended = Task { () -> StoreError? in
          do {
            for try await _ in watch {}
            return nil
          } catch {
            return error as? StoreError
          }
        }
        try await store.put("a", "1")
        await store.close()
        #expect(await ended.value == StoreError(.closed, ""))
      }
    }

    @Test("Cancelling its task ends a watch, and the store goes on", arguments: StoreUnderTest.all)
    func cancellation(_ implementation: StoreUnderTest) async throws {
      try await implementation.withStore { store in
        for _ in 0..<50 {
          let watch = try await store.watch(prefix: "", after: nil)
          let consumer = Task { for try await _ in watch {} }
          consumer.cancel()
          try await consumer.value
        }
        #expect(try await store.put("a", "1") == 1)
      }
    }

    @Test(
      "A slow watch is served from history as long as there is any", arguments: StoreUnderTest.all)
    func slowWatch(_ implementation: StoreUnderTest) async throws {
      try await implementation.withStore { store in
        let watch = try await store.watch(prefix: "", after: nil)
        for index in 1...100 { try await store.put("k", "\(index)") }
        let revisions = try await watch.batches(through: 100).flatMap(\.events).map(\.revision)
        #expect(revisions.map(\.rawValue) == Array(1...100))
      }
    }

    @Test("A watch that is behind all history ends with an error", arguments: StoreUnderTest.all)
    func tooSlow(_ implementation: StoreUnderTest) async throws {
      try await implementation.withStore { store in
        let watch = try await store.watch(prefix: "", after: nil)
        for index in 1...100 { try await store.put("k", "\(index)") }
        try await store.compact(at: 90)
        await #expect(throws: StoreError(.compacted, "")) {
          try await watch.batches(through: 100)
        }
      }
    }
  }
}
