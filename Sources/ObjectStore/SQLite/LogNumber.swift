/// The number of a row in the log: which revision wrote it, where in its transaction, and whether
/// it deletes. Rows in number order are the history in order.
///
/// The deletion is part of the number so that the index on keys, which ends in the number, answers
/// what exists without a look at the rows.
struct LogNumber: RawRepresentable, Comparable, Sendable {
  private static let revisionShift = 16

  /// Below every row.
  static let zero = LogNumber(rawValue: 0)
  /// Above every row.
  static let end = LogNumber(rawValue: .max)

  let rawValue: Int64

  init(rawValue: Int64) { self.rawValue = rawValue }

  init(_ revision: Revision, position: Int, isDeletion: Bool) {
    rawValue =
      Int64(revision.rawValue) << Self.revisionShift | Int64(position) << 1 | (isDeletion ? 1 : 0)
  }

  /// The highest number a row of a revision can have.
  static func last(of revision: Revision) -> LogNumber {
    LogNumber(rawValue: Int64(revision.next.rawValue) << revisionShift - 1)
  }

  var revision: Revision { Revision(rawValue: UInt64(rawValue >> Self.revisionShift)) }

  var isDeletion: Bool { rawValue & 1 == 1 }

  static func < (left: LogNumber, right: LogNumber) -> Bool { left.rawValue < right.rawValue }
}
