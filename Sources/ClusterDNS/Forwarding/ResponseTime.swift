import NIOCore

/// How long an upstream takes, and so how long it is waited for: smoothed as TCP does (RFC 6298).
struct ResponseTime: Sendable, Equatable {
  private var smoothed: Int64?
  private var variation: Int64 = 0
  /// Doubled by each timeout, until a response comes.
  private var backOff: Int64 = 1

  mutating func responded(after time: TimeAmount) {
    backOff = 1
    guard let old = smoothed else {
      smoothed = time.nanoseconds
      variation = time.nanoseconds / 2
      return
    }
    variation = (3 * variation + abs(old - time.nanoseconds)) / 4
    smoothed = (7 * old + time.nanoseconds) / 8
  }

  mutating func timedOut() { backOff = min(backOff * 2, 8) }

  /// How long the next try may take.
  var timeout: TimeAmount {
    let base = smoothed.map { $0 + 4 * variation } ?? ForwardingLimits.firstTry.nanoseconds
    let bounded = max(base, ForwardingLimits.shortestTry.nanoseconds) * backOff
    return .nanoseconds(min(bounded, ForwardingLimits.longestTry.nanoseconds))
  }
}
