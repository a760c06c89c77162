import NIOCore

/// Questions that no upstream could answer a moment ago: asking again at once would only add to the
/// trouble (RFC 9520).
struct FailureMemory {
  private struct Entry {
    var until: NIODeadline
    /// Seconds of the next pause.
    var pause: UInt32
  }

  private var entries: [ForwardedQuestion: Entry] = [:]

  /// Whether the question failed so recently that it is not to be asked.
  func holds(_ question: ForwardedQuestion, now: NIODeadline) -> Bool {
    entries[question].map { now < $0.until } ?? false
  }

  mutating func failed(_ question: ForwardedQuestion, now: NIODeadline) {
    if entries.count >= CacheLimits.failures {
      entries = entries.filter { now < $0.value.until }
      // All of them fresh: a random name each, most likely. Forgetting costs one question each.
      if entries.count >= CacheLimits.failures { entries = [:] }
    }
    var pause = CacheLimits.firstFailure
    if let last = entries[question], now - last.until < .seconds(Int64(CacheLimits.longestFailure))
    {
      pause = last.pause
    }
    entries[question] = Entry(
      until: now + .seconds(Int64(pause)), pause: min(pause * 2, CacheLimits.longestFailure))
  }

  mutating func answered(_ question: ForwardedQuestion) {
    if !entries.isEmpty { entries[question] = nil }
  }
}
