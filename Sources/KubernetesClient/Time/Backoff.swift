/// Growing delays between attempts that fail, with jitter so that many clients of one server do not
/// come back at the same instant.
package struct Backoff: Sendable {
  package struct Policy: Sendable {
    /// The delay after the first failure, before jitter.
    package var initial: Duration
    /// No delay is longer, jitter included.
    package var maximum: Duration
    /// Success for this long and the next failure counts as the first.
    package var forgetAfter: Duration

    package init(
      initial: Duration = .milliseconds(200), maximum: Duration = .seconds(10),
      forgetAfter: Duration = .seconds(60)
    ) {
      self.initial = initial
      self.maximum = maximum
      self.forgetAfter = forgetAfter
    }
  }

  private let policy: Policy
  private var failures = 0
  private var lastFailure: Duration?

  package init(policy: Policy) { self.policy = policy }

  /// Whether nothing has failed lately.
  package func isRested(at now: Duration) -> Bool {
    guard let lastFailure else { return true }
    return now - lastFailure > policy.forgetAfter
  }

  /// How long to wait after a failure: twice as long as the time before, shortened at random by up
  /// to a half.
  ///
  /// - Parameters:
  ///   - now: uptime of the failure.
  ///   - random: a number in 0..<1.
  package mutating func delay(at now: Duration, random: Double) -> Duration {
    if isRested(at: now) { failures = 0 }
    lastFailure = now
    var delay = policy.initial
    for _ in 0..<failures where delay < policy.maximum { delay *= 2 }
    failures += 1
    return min(delay, policy.maximum) * (1 - random / 2)
  }
}
