/// Runs an operation and cancels it when it takes longer; then throws `TransportError` (timed out).
func withDeadline<Result: Sendable>(
  _ limit: Duration, _ time: TimeSource,
  _ operation: @escaping @Sendable () async throws -> Result
) async throws -> Result {
  try await withThrowingTaskGroup(of: Result?.self) { group in
    group.addTask { try await operation() }
    group.addTask {
      try await time.sleep(limit)
      return nil
    }
    defer { group.cancelAll() }
    guard let first = try await group.next(), let result = first else {
      throw TransportError(.timedOut, "no end after \(limit)")
    }
    return result
  }
}
