import ObjectStore
import Testing

extension ObjectStoreContract {
  @Suite struct Reading {
    @Test("A new store is empty and at revision zero", arguments: StoreUnderTest.all)
    func newStore(_ implementation: StoreUnderTest) async throws {
      try await implementation.withStore { store in
        #expect(try await store.currentRevision() == .zero)
        #expect(try await store.compactedRevision() == .zero)
        #expect(try await store.get("a") == nil)
        let page = try await store.list("")
        #expect(page == StorePage(objects: [], revision: .zero, next: nil, remaining: 0))
        #expect(try await store.list("", at: .zero).objects.isEmpty)
      }
    }

    @Test("A key holds its newest value and knows both revisions", arguments: StoreUnderTest.all)
    func revisionsOfAKey(_ implementation: StoreUnderTest) async throws {
      try await implementation.withStore { store in
        let first = try await store.put("a", "one")
        #expect(first == 1)
        #expect(try await store.get("a")?.summary == "a=one created 1 at 1")
        #expect(try await store.put("b", "other") == 2)
        #expect(try await store.put("a", "two") == 3)
        #expect(try await store.get("a")?.summary == "a=two created 1 at 3")
        #expect(try await store.delete("a") == 4)
        #expect(try await store.get("a") == nil)
        #expect(try await store.put("a", "three") == 5)
        #expect(try await store.get("a")?.summary == "a=three created 5 at 5")
        #expect(try await store.currentRevision() == 5)
      }
    }

    @Test("Values of every size come back byte for byte", arguments: StoreUnderTest.all)
    func valueSizes(_ implementation: StoreUnderTest) async throws {
      try await implementation.withStore { store in
        for size in [0, 1, 4000, 4096, 5000, 70_000, 2_000_000] {
          let value = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ size) }
          try await store.write(.put(key: "v", value: value))
          #expect(try await store.get("v")?.value == value, "size \(size)")
        }
      }
    }

    @Test("Listing returns a prefix in byte order", arguments: StoreUnderTest.all)
    func prefixes(_ implementation: StoreUnderTest) async throws {
      let keys = ["/a", "/a/", "/a/1", "/a/10", "/a/2", "/a/B", "/a/b", "/a0", "/b/1", "é", "z"]
      let cases: [(prefix: String, keys: [String])] = [
        ("", ["/a", "/a/", "/a/1", "/a/10", "/a/2", "/a/B", "/a/b", "/a0", "/b/1", "z", "é"]),
        ("/a/", ["/a/", "/a/1", "/a/10", "/a/2", "/a/B", "/a/b"]),
        ("/a/1", ["/a/1", "/a/10"]),
        ("/c", []),
        ("é", ["é"]),
      ]
      try await implementation.withStore { store in
        for key in keys.shuffled() { try await store.put(key, "x") }
        for (prefix, expected) in cases {
          #expect(try await store.list(prefix).keys == expected, "prefix \(prefix)")
        }
      }
    }

    @Test(
      "Keys that differ only in normalization are different keys", arguments: StoreUnderTest.all)
    func normalization(_ implementation: StoreUnderTest) async throws {
      let (composed, decomposed) = ("caf\u{e9}", "cafe\u{301}")
      try await implementation.withStore { store in
        try await store.put(composed, "composed")
        #expect(try await store.get(decomposed) == nil)
        try await store.put(decomposed, "decomposed")
        #expect(try await store.get(composed)?.summary.hasPrefix("\(composed)=composed") == true)
        #expect(try await store.list("cafe").objects.count == 1)
        #expect(try await store.list("").objects.count == 2)
      }
    }

    @Test("Pages follow one another at one revision", arguments: StoreUnderTest.all)
    func pages(_ implementation: StoreUnderTest) async throws {
      try await implementation.withStore { store in
        for index in 0..<10 { try await store.put("k\(index)", "v") }
        try await store.delete("k4")
        let revision = try await store.currentRevision()

        let first = try await store.list("k", limit: 4)
        #expect(first.keys == ["k0", "k1", "k2", "k3"])
        #expect(first.next == "k5")
        #expect(first.remaining == 5)
        #expect(first.revision == revision)

        try await store.put("k4", "back")
        try await store.delete("k5")
        try await store.put("k6", "changed")

        let second = try await store.list("k", from: first.next, limit: 4, at: first.revision)
        #expect(second.keys == ["k5", "k6", "k7", "k8"])
        #expect(second.objects[1].value == Array("v".utf8))
        #expect(second.next == "k9")
        #expect(second.remaining == 1)
        #expect(second.revision == revision)

        let third = try await store.list("k", from: second.next, limit: 4, at: first.revision)
        #expect(third.keys == ["k9"])
        #expect(third.next == nil)
        #expect(third.remaining == 0)
      }
    }

    @Test("A limit that fits exactly leaves no next page", arguments: StoreUnderTest.all)
    func exactLimit(_ implementation: StoreUnderTest) async throws {
      try await implementation.withStore { store in
        for index in 0..<3 { try await store.put("k\(index)", "v") }
        try await store.put("l", "v")
        let page = try await store.list("k", limit: 3)
        #expect(page.keys == ["k0", "k1", "k2"])
        #expect(page.next == nil)
        #expect(page.remaining == 0)
        #expect(try await store.list("k", from: "a").keys == ["k0", "k1", "k2"])
        #expect(try await store.list("k", from: "k1\0").keys == ["k2"])
        #expect(try await store.list("k", from: "x").keys.isEmpty)
      }
    }

    @Test("Listing at a revision shows the state of then", arguments: StoreUnderTest.all)
    func pastStates(_ implementation: StoreUnderTest) async throws {
      try await implementation.withStore { store in
        try await store.put("a", "1")
        try await store.put("b", "1")
        try await store.put("a", "2")
        try await store.delete("b")
        try await store.write(.put("b", "2"), .delete("a"), .put("c", "1"))
        let states: [(revision: Revision, objects: [String])] = [
          (0, []),
          (1, ["a=1 created 1 at 1"]),
          (2, ["a=1 created 1 at 1", "b=1 created 2 at 2"]),
          (3, ["a=2 created 1 at 3", "b=1 created 2 at 2"]),
          (4, ["a=2 created 1 at 3"]),
          (5, ["b=2 created 5 at 5", "c=1 created 5 at 5"]),
        ]
        for (revision, expected) in states {
          let page = try await store.list("", at: revision)
          #expect(page.summaries == expected, "at \(revision)")
          #expect(page.revision == revision)
        }
        #expect(try await store.list("").summaries == states.last?.objects)
      }
    }

    @Test("A revision that is yet to come is refused", arguments: StoreUnderTest.all)
    func futureRevision(_ implementation: StoreUnderTest) async throws {
      try await implementation.withStore { store in
        try await store.put("a", "1")
        await #expect(throws: StoreError(.futureRevision, "")) {
          try await store.list("", at: 2)
        }
        await #expect(throws: StoreError(.futureRevision, "")) {
          try await store.watch(prefix: "", after: 2)
        }
      }
    }

    @Test("A closed store answers nothing", arguments: StoreUnderTest.all)
    func closed(_ implementation: StoreUnderTest) async throws {
      try await implementation.withStore { store in
        try await store.put("a", "1")
        await store.close()
        let closed = StoreError(.closed, "")
        await #expect(throws: closed) { try await store.currentRevision() }
        await #expect(throws: closed) { try await store.compactedRevision() }
        await #expect(throws: closed) { try await store.get("a") }
        await #expect(throws: closed) { try await store.list("") }
        await #expect(throws: closed) { try await store.put("a", "2") }
        await #expect(throws: closed) { try await store.watch(prefix: "", after: nil) }
        await #expect(throws: closed) { try await store.compact(at: 1) }
        await store.close()
      }
    }
  }
}
