import Testing

/// Polls a condition until it holds, and records an issue if it does not in time.
///
/// - Returns: how long it took.
@discardableResult
func eventually(
  _ what: String, within limit: Duration = .seconds(10),
  sourceLocation: SourceLocation = #_sourceLocation,
  _ condition: () async throws -> Bool
) async throws -> Duration {
  let clock = ContinuousClock()
  let start = clock.now
  while true {
    if try await condition() { return clock.now - start }
    if clock.now - start > limit {
      Issue.record("not within \(limit): \(what)", sourceLocation: sourceLocation)
      return clock.now - start
    }
    // The pause of the poll; the condition decides.
    try await Task.sleep(for: .milliseconds(5))
  }
}
