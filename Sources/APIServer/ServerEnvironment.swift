package import KubernetesAPI

/// What the server takes from the world around it; tests put their own in place.
package struct ServerEnvironment: Sendable {
  /// The wall clock, for timestamps and expiry.
  package var now: @Sendable () -> Timestamp
  /// A clock that never jumps, for timeouts and latencies; its zero is arbitrary.
  package var uptime: @Sendable () -> Duration
  /// A number below a bound that nobody can foresee, for uids and generated names.
  package var random: @Sendable (_ below: UInt64) -> UInt64

  package init(
    now: @escaping @Sendable () -> Timestamp, uptime: @escaping @Sendable () -> Duration,
    random: @escaping @Sendable (UInt64) -> UInt64
  ) {
    self.now = now
    self.uptime = uptime
    self.random = random
  }

  /// The machine's clocks and its random numbers.
  package static let system: ServerEnvironment = {
    let start = ContinuousClock.now
    return ServerEnvironment(
      now: { .now() },
      uptime: { start.duration(to: .now) },
      random: { UInt64.random(in: 0..<max(1, $0)) })
  }()
}
