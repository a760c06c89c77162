package import KubernetesAPI

/// The clocks a role depends on, so that a test decides what time it is.
package struct TimeSource: Sendable {
  /// Time since an arbitrary start. Never goes back.
  package var uptime: @Sendable () -> Duration
  /// Civil time in UTC, as objects carry it.
  package var now: @Sendable () -> Timestamp
  /// Waits that long; throws `CancellationError` when the task is cancelled meanwhile.
  package var sleep: @Sendable (Duration) async throws -> Void

  package init(
    uptime: @escaping @Sendable () -> Duration, now: @escaping @Sendable () -> Timestamp,
    sleep: @escaping @Sendable (Duration) async throws -> Void
  ) {
    self.uptime = uptime
    self.now = now
    self.sleep = sleep
  }

  /// The machine's own clocks.
  package static let system: TimeSource = {
    let start = ContinuousClock.now
    return TimeSource(
      uptime: { ContinuousClock.now - start },
      now: { .now() },
      sleep: { try await Task.sleep(for: $0) })
  }()
}
