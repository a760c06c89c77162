import Glibc
import ObjectStore

/// A compaction of everything the run has written, and what it does to a writer meanwhile.
struct CompactionLoad {
  var store: SQLiteStore
  var directory: String

  func run() async throws {
    let before = size()
    let clock = ContinuousClock()
    let current = try await store.currentRevision()
    let writing = Task {
      var longest: [Duration] = []
      while !Task.isCancelled {
        let begin = clock.now
        _ = try await store.commit(
          StoreTransaction(writes: [.put(key: "/lease", value: [1, 2, 3])]))
        longest.append(clock.now - begin)
      }
      return longest.sorted()
    }
    let duration = try await clock.measure { try await store.compact(at: current) }
    writing.cancel()
    let latencies = try await writing.value
    print(
      "compaction of \(current) revisions: \(duration), \(before >> 10) to \(size() >> 10) KiB; "
        + "a writer meanwhile: \(latencies.count) commits, p50 \(latencies.percentile(50)) µs, "
        + "p99 \(latencies.percentile(99)) µs, longest \(latencies.percentile(100)) µs")
  }

  /// Of the database and its write-ahead log.
  private func size() -> Int {
    ["objects.sqlite", "objects.sqlite-wal"].reduce(0) { sum, name in
      var status = stat()
      return stat(directory + "/" + name, &status) == 0 ? sum + Int(status.st_size) : sum
    }
  }
}
