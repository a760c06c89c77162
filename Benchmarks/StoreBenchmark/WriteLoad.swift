import ObjectStore

/// Writers that each commit one transaction after the other.
struct WriteLoad {
  enum Kind: String { case create, update }

  var store: SQLiteStore
  var writers: Int
  var kind: Kind
  var valueSize: Int

  func run(for duration: Duration, watches: Int = 0) async throws -> Measured {
    let clock = ContinuousClock()
    let watching = try await watch(watches)
    let before = store.statistics
    let start = clock.now
    let processor = processorTime()
    let durations = try await withThrowingTaskGroup(of: [Duration].self) { group in
      for writer in 0..<writers {
        group.addTask { try await write(as: writer, until: start + duration) }
      }
      return try await group.reduce(into: []) { $0 += $1 }
    }
    let elapsed = clock.now - start
    for watch in watching { watch.cancel() }
    let after = store.statistics
    let transactions = after.transactions - before.transactions
    let synchronizations = after.synchronizations - before.synchronizations
    let share = Double(transactions) / Double(max(1, synchronizations))
    return Measured(
      durations: durations, elapsed: elapsed, processor: processorTime() - processor,
      note: ", \((share * 10).rounded() / 10) transactions per synchronization")
  }

  private func watch(_ count: Int) async throws -> [Task<Void, any Error>] {
    var tasks: [Task<Void, any Error>] = []
    for _ in 0..<count {
      let watch = try await store.watch(prefix: "/", after: nil)
      tasks.append(Task { for try await _ in watch {} })
    }
    return tasks
  }

  private func write(
    as writer: Int, until end: ContinuousClock.Instant
  ) async throws -> [Duration] {
    let clock = ContinuousClock()
    let value = [UInt8](repeating: UInt8(ascii: "v"), count: valueSize)
    var durations: [Duration] = []
    var held: Revision?
    var begin = clock.now
    while begin < end {
      let isNew = kind == .create || held == nil
      let name = isNew ? durations.count : 0
      let key = "/registry/configmaps/namespace-\(writer)/\(writers)-\(kind)-\(name)"
      let condition: StoreTransaction.Condition =
        if let held, !isNew { .unchanged(key: key, since: held) } else { .absent(key: key) }
      let result = try await store.commit(
        StoreTransaction(conditions: [condition], writes: [.put(key: key, value: value)]))
      switch result {
      case .committed(let revision): held = revision
      case .conflict(_, let current): held = current?.modRevision
      }
      let now = clock.now
      durations.append(now - begin)
      begin = now
    }
    return durations
  }
}
