private import DequeModule

/// Decides at which revision to compact, from what it is shown of a store over time.
struct CompactionSchedule<Instant: InstantProtocol> where Instant.Duration == Duration {
  private let policy: CompactionPolicy
  /// When which revision was the newest; the first is the newest one that is old enough.
  private var heads: Deque<(instant: Instant, revision: Revision)> = []

  init(policy: CompactionPolicy) { self.policy = policy }

  /// Takes note of the newest revision, and says what may be forgotten.
  ///
  /// - Returns: nil while nothing may be.
  mutating func revision(at now: Instant, current: Revision) -> Revision? {
    heads.append((now, current))
    while heads.count > 1, heads[1].instant.duration(to: now) >= policy.age { heads.removeFirst() }
    guard heads[0].instant.duration(to: now) >= policy.age, current.rawValue > policy.revisions
    else { return nil }
    return min(heads[0].revision, Revision(rawValue: current.rawValue - policy.revisions))
  }
}
