/// How much history a store keeps.
///
/// History is what lets a watch resume and a paged listing continue. Both bounds hold: a revision
/// is forgotten once there are more newer ones than `revisions` and it was replaced as head longer
/// ago than `age`.
package struct CompactionPolicy: Sendable, Equatable {
  /// Newer revisions than this are kept however old. A burst of writes ages nobody's watch: one
  /// that reconnects after it still finds its place. At the 2 KB of a Pod this is 20 MB.
  package var revisions: UInt64

  /// Newer revisions than this are kept however many. Five minutes is what kube-apiserver grants
  /// with etcd, so it is what clients expect of a resource version they come back with.
  package var age: Duration

  /// How often to look. It is also how exactly `age` is kept: a revision stays up to this much
  /// longer. A minute keeps each compaction small, next to five minutes of history.
  package var interval: Duration

  package init(
    revisions: UInt64 = 10_000, age: Duration = .seconds(300), interval: Duration = .seconds(60)
  ) {
    self.revisions = revisions
    self.age = age
    self.interval = interval
  }
}
