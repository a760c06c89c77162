import Foundation
import ObjectStore
import Testing

@Suite(.timeLimit(.minutes(2)))
struct SQLiteSpaceTests {
  private let value = [UInt8](repeating: 0x76, count: 2000)

  @Test("Compaction gives the space of history back")
  func spaceReturned() async throws {
    try await withTemporaryDirectory { directory in
      let store = try SQLiteStore(directory: directory)
      for round in 0..<40 {
        let writes = (0..<50).map {
          StoreTransaction.Write.put(key: "k\(($0 &* 7 &+ round) % 50)", value: value)
        }
        _ = try await store.commit(StoreTransaction(writes: writes))
      }
      let before = try size(of: directory)
      try await store.compact(at: 40)
      let after = try size(of: directory)
      #expect(before > 40 * 50 * value.count)
      // 50 objects, two to a page, and the index.
      #expect(after < 60 * 4096, "from \(before) to \(after) bytes")
      #expect(try await store.list("").objects.count == 50)
      await store.close()
      #expect(try size(of: directory) <= after)
    }
  }

  @Test("A full store refuses writes, publishes nothing, and goes on once there is room")
  func sizeLimit() async throws {
    try await withTemporaryDirectory { directory in
      var configuration = SQLiteStore.Configuration()
      configuration.maximumFileSize = 1 << 20
      let store = try SQLiteStore(directory: directory, configuration: configuration)
      try await fillAndRecover(store)
      await store.close()
    }
  }

  @Test("So does a store on a full disk", .enabled(if: canMount, "needs root to mount a tmpfs"))
  func fullDisk() async throws {
    try await withTemporaryDirectory { directory in
      try FileManager.default.createDirectory(
        atPath: directory, withIntermediateDirectories: true)
      try #require(mount("tmpfs", directory, "tmpfs", 0, "size=4m") == 0)
      defer { umount2(directory, Int32(MNT_DETACH)) }
      let store = try SQLiteStore(directory: directory + "/store")
      let ballast = directory + "/ballast"
      try Data(count: 1 << 20).write(to: URL(fileURLWithPath: ballast))
      // Room for the write-ahead log in which the compaction that frees the rest is written.
      try await fillAndRecover(store) { try FileManager.default.removeItem(atPath: ballast) }
      await store.close()
    }
  }

  /// Overwrites a key until nothing fits any more, and compacts.
  private func fillAndRecover(
    _ store: SQLiteStore, makeRoom: () throws -> Void = {}
  ) async throws {
    let watch = try await store.watch(prefix: "", after: nil)
    var acknowledged = Revision.zero
    let refusal = await #expect(throws: StoreError.self) {
      for _ in 0..<10_000 {
        acknowledged = try await store.write(.put(key: "k", value: value))
      }
    }
    #expect(refusal?.code == .outOfSpace)
    #expect(acknowledged > 100)

    // Together, and still each of them.
    let waiting = (0..<8).map { index in
      Task { try await store.write(.put(key: "k\(index)", value: value)) }
    }
    for task in waiting {
      await #expect(throws: StoreError(.outOfSpace, "")) { try await task.value }
    }
    #expect(try await store.currentRevision() == acknowledged)
    #expect(try await store.list("").objects.map(\.modRevision) == [acknowledged])

    try makeRoom()
    try await store.compact(at: acknowledged)
    let next = try await store.write(.put(key: "k", value: value))
    #expect(next == acknowledged.next)
    // Through the history that is left: the watch never saw what was refused.
    let tail = try await store.changes("", after: acknowledged, through: next)
    #expect(tail.flatMap(\.events).map(\.revision) == [next])
    let seen = try await watch.batches(through: next).flatMap(\.events).map(\.revision.rawValue)
    #expect(seen == Array(1...next.rawValue))
  }

  private func size(of directory: String) throws -> Int {
    try ["objects.sqlite", "objects.sqlite-wal"].reduce(0) { sum, name in
      let path = directory + "/" + name
      guard FileManager.default.fileExists(atPath: path) else { return sum }
      let size = try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int
      return sum + (size ?? 0)
    }
  }
}

private let canMount = geteuid() == 0
