/// Whether an upstream is worth asking.
struct UpstreamHealth: Sendable, Equatable {
  private(set) var failures = 0
  /// Questions sent to it come back to us.
  var isLooping = false

  /// An upstream that is down is asked only when all others are, too.
  var isUp: Bool { failures < ForwardingLimits.failuresUntilDown }

  /// It answered, whatever it said.
  mutating func succeeded() { failures = 0 }

  /// It did not answer. Returns whether that makes it down: health checks begin.
  mutating func failed() -> Bool {
    failures += 1
    return failures == ForwardingLimits.failuresUntilDown
  }
}
