import Testing

@testable import ObjectStore

@Suite struct CompactionScheduleTests {
  @Test("Nothing is forgotten before it is both old and far behind")
  func bothBounds() {
    let policy = CompactionPolicy(revisions: 100, age: .seconds(300), interval: .seconds(60))
    // At each minute: the newest revision, and what may be forgotten.
    let busy: [(current: UInt64, expected: UInt64?)] = [
      (1000, nil), (2000, nil), (3000, nil), (4000, nil), (5000, nil),
      (6000, 1000), (7000, 2000), (7001, 3000),
    ]
    let quiet: [(current: UInt64, expected: UInt64?)] = [
      (10, nil), (20, nil), (30, nil), (40, nil), (50, nil),
      (60, nil), (100, nil), (101, 1), (120, 20),
    ]
    for table in [busy, quiet] {
      var schedule = CompactionSchedule<ManualClock.Instant>(policy: policy)
      for (minute, row) in table.enumerated() {
        let now = ManualClock.Instant(offset: .seconds(60 * minute))
        let revision = schedule.revision(at: now, current: Revision(rawValue: row.current))
        #expect(revision?.rawValue == row.expected, "minute \(minute) at \(row.current)")
      }
    }
  }

  @Test("The defaults are what kube-apiserver's clients are used to")
  func defaults() {
    let policy = CompactionPolicy()
    #expect(policy.revisions == 10_000)
    #expect(policy.age == .seconds(300))
  }
}
