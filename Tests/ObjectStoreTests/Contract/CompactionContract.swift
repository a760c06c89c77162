import ObjectStore
import Testing

extension ObjectStoreContract {
  @Suite struct Compaction {
    @Test("Compaction keeps its state and all that follows", arguments: StoreUnderTest.all)
    func keepsTheState(_ implementation: StoreUnderTest) async throws {
      try await implementation.withStore { store in
        try await store.put("a", "1")
        try await store.put("b", "1")
        try await store.put("a", "2")
        try await store.delete("b")
        try await store.put("a", "3")
        try await store.put("b", "2")
        let states = [4: ["a=2 created 1 at 3"], 5: ["a=3 created 1 at 5"]]
        try await store.compact(at: 4)

        #expect(try await store.compactedRevision() == 4)
        #expect(try await store.currentRevision() == 6)
        for (revision, expected) in states {
          let page = try await store.list("", at: Revision(rawValue: UInt64(revision)))
          #expect(page.summaries == expected, "at \(revision)")
        }
        #expect(
          try await store.list("").summaries == ["a=3 created 1 at 5", "b=2 created 6 at 6"])
        #expect(
          try await store.changes("", after: 4, through: 6).flatMap(\.events).map(\.summary) == [
            "5: put a=3 created 1 at 5 over a=2 created 1 at 3",
            "6: put b=2 created 6 at 6",
          ])
      }
    }

    @Test("What was before a compaction is refused", arguments: StoreUnderTest.all)
    func refusesThePast(_ implementation: StoreUnderTest) async throws {
      try await implementation.withStore { store in
        for index in 1...5 { try await store.put("a", "\(index)") }
        try await store.compact(at: 3)
        let compacted = StoreError(.compacted, "")
        for revision: Revision in [0, 1, 2] {
          await #expect(throws: compacted) { try await store.list("", at: revision) }
          await #expect(throws: compacted) {
            try await store.watch(prefix: "", after: revision)
          }
        }
        #expect(try await store.list("", at: 3).summaries == ["a=3 created 1 at 3"])
      }
    }

    @Test("Compacting again at an earlier revision does nothing", arguments: StoreUnderTest.all)
    func earlier(_ implementation: StoreUnderTest) async throws {
      try await implementation.withStore { store in
        for index in 1...5 { try await store.put("a", "\(index)") }
        try await store.compact(at: 3)
        try await store.compact(at: 2)
        try await store.compact(at: 3)
        #expect(try await store.compactedRevision() == 3)
        #expect(try await store.list("", at: 3).summaries == ["a=3 created 1 at 3"])
      }
    }

    @Test("A store cannot be compacted ahead of itself", arguments: StoreUnderTest.all)
    func ahead(_ implementation: StoreUnderTest) async throws {
      try await implementation.withStore { store in
        try await store.put("a", "1")
        await #expect(throws: StoreError(.futureRevision, "")) { try await store.compact(at: 2) }
        #expect(try await store.compactedRevision() == 0)
      }
    }

    @Test("Everything can be compacted, deletions included", arguments: StoreUnderTest.all)
    func everything(_ implementation: StoreUnderTest) async throws {
      try await implementation.withStore { store in
        for index in 0..<20 { try await store.put("k\(index)", "1") }
        for index in 0..<20 where index != 7 { try await store.delete("k\(index)") }
        let current = try await store.currentRevision()
        try await store.compact(at: current)
        #expect(try await store.currentRevision() == current)
        #expect(try await store.list("").summaries == ["k7=1 created 8 at 8"])
        #expect(try await store.list("", at: current).keys == ["k7"])
        // Revisions go on, and a key that was compacted away is created anew.
        #expect(try await store.put("k3", "2") == current.next)
        #expect(try await store.get("k3")?.createRevision == current.next)
        let events = try await store.changes("", after: current, through: current.next)
        #expect(events.flatMap(\.events).map(\.previous) == [nil])
      }
    }

    @Test("A watch that is up to date survives a compaction", arguments: StoreUnderTest.all)
    func watchesSurvive(_ implementation: StoreUnderTest) async throws {
      try await implementation.withStore { store in
        for index in 1...20 { try await store.put("a", "\(index)") }
        let watch = try await store.watch(prefix: "", after: nil)
        try await store.put("a", "21")
        try await store.compact(at: 21)
        try await store.put("a", "22")
        let revisions = try await watch.batches(through: 22).flatMap(\.events).map(\.revision)
        #expect(revisions == [21, 22])
      }
    }

    @Test("Compaction runs beside writers, readers and watches", arguments: StoreUnderTest.all)
    func besideOthers(_ implementation: StoreUnderTest) async throws {
      let (writers, rounds) = (4, 100)
      let last = Revision(rawValue: UInt64(writers * rounds * 11 / 10))
      try await implementation.withStore { store in
        let watch = try await store.watch(prefix: "", after: nil)
        try await withThrowingTaskGroup { group in
          for writer in 0..<writers {
            group.addTask {
              for round in 0..<rounds {
                try await store.put("w\(writer)/\(round % 5)", "\(round)")
                if round % 10 == writer { try await store.delete("w\(writer)/\(round % 5)") }
              }
            }
          }
          let reached = Shared(Revision.zero)
          group.addTask {
            for try await batch in watch {
              reached.value = batch.revision
              if batch.revision == last { break }
            }
          }
          group.addTask {
            // Never past the watch, which would rightly end it.
            while reached.value < last {
              try await store.compact(at: reached.value)
              let page = try await store.list("")
              #expect(page.objects.count <= writers * 5)
            }
          }
          try await group.waitForAll()
        }
        let current = try await store.currentRevision()
        #expect(current == last)
        let before = try await store.list("")
        try await store.compact(at: current)
        #expect(try await store.list("") == before)
      }
    }
  }
}
