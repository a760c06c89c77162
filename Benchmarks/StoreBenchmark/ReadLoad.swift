import ObjectStore

/// Reads among 10 000 objects of 1.9 KB, which are about as large as Pods.
struct ReadLoad {
  private static let count = 10_000
  private static let size = 1900

  var store: SQLiteStore

  func run() async throws {
    try await fill()
    try await measure("list of \(Self.count) x \(Self.size) B", times: 20) {
      let page = try await store.list(prefix: "/pods/", startingAt: nil, limit: 0, at: nil)
      precondition(page.objects.count == Self.count, "the list is not whole")
    }
    try await measure("the same in pages of 500", times: 5) {
      var next: String?
      var revision: Revision?
      repeat {
        let page = try await store.list(
          prefix: "/pods/", startingAt: next, limit: 500, at: revision)
        (next, revision) = (page.next, page.revision)
      } while next != nil
    }
    try await measure("get", times: 5000) { _ = try await store.get("/pods/77") }
  }

  /// In no order of keys, as a cluster that has lived for a while.
  private func fill() async throws {
    let value = [UInt8](repeating: UInt8(ascii: "p"), count: Self.size)
    for start in stride(from: 0, to: Self.count, by: 100) {
      let writes = (start..<start + 100).map {
        StoreTransaction.Write.put(key: "/pods/\(($0 &* 7919) % Self.count)", value: value)
      }
      _ = try await store.commit(StoreTransaction(writes: writes))
    }
  }

  private func measure(
    _ name: String, times: Int, _ body: () async throws -> Void
  ) async throws {
    let clock = ContinuousClock()
    let start = clock.now
    let processor = processorTime()
    var durations: [Duration] = []
    for _ in 0..<times { durations.append(try await clock.measure { try await body() }) }
    let measured = Measured(
      durations: durations, elapsed: clock.now - start, processor: processorTime() - processor)
    print("\(name): \(measured)")
  }
}
