import GRDB

/// Writes to the log through the one connection that may.
struct LogWriter {
  /// What became of several transactions that were written together.
  struct Batch {
    /// One for each transaction, in order.
    var results: [CommitResult] = []
    /// What the transactions that raised the revision changed, one entry for each revision.
    var changes: [[StoreEvent]] = []
  }

  private let database: Database
  private let reader: LogReader

  init(database: Database) {
    self.database = database
    self.reader = LogReader(database: database)
  }

  /// Applies transactions one after the other, and makes all durable with one commit of SQLite.
  ///
  /// Each is decided before anything of it is written, so that a conflict undoes nothing.
  ///
  /// - Throws: if any of it could not be written; then nothing has been.
  func write(
    _ transactions: [StoreTransaction], after revision: Revision
  ) throws(StoreError) -> Batch {
    try inTransaction { () throws(StoreError) in
      var batch = Batch()
      var current = revision
      batch.results.reserveCapacity(transactions.count)
      for transaction in transactions {
        let outcome = try transaction.outcome(at: current.next) { key throws(StoreError) in
          try reader.newest(key)?.object
        }
        switch outcome {
        case .conflict(let condition, let object):
          batch.results.append(.conflict(condition, current: object))
        case .unchanged:
          batch.results.append(.committed(current))
        case .changes(let events):
          try append(events)
          batch.changes.append(events)
          current = current.next
          batch.results.append(.committed(current))
        }
      }
      return batch
    }
  }

  /// Records that everything before a revision may go.
  func recordCompaction(at revision: Revision) throws(StoreError) {
    try inTransaction { () throws(StoreError) in
      let statement = try SQLStatement(
        database, "UPDATE progress SET compacted = max(compacted, ?1)")
      statement.bind(revision, at: 1)
      try statement.run()
    }
  }

  /// Removes some of the rows that compaction has made superfluous.
  ///
  /// Every row up to the compacted revision is looked at once: it makes the row of the same key
  /// before it superfluous, and itself if it deletes. There is at most one before it, since those
  /// before that went when it was looked at.
  ///
  /// - Returns: whether there may be more.
  func purge(rows limit: Int) throws(StoreError) -> Bool {
    try inTransaction { () throws(StoreError) in
      let progress = try reader.progress()
      let end = LogNumber.last(of: progress.compacted)
      guard progress.purged < end else { return false }
      let rows = try rows(after: progress.purged, through: end, limit: limit)
      let superseded = try SQLStatement(
        database,
        """
        DELETE FROM log WHERE number =
        (SELECT number FROM log WHERE key = ?1 AND number < ?2 ORDER BY number DESC LIMIT 1)
        """)
      let deletion = try SQLStatement(database, "DELETE FROM log WHERE number = ?1")
      for row in rows {
        superseded.bind(row.key, at: 1)
        superseded.bind(row.number, at: 2)
        try superseded.run()
        guard row.number.isDeletion else { continue }
        deletion.bind(row.number, at: 1)
        try deletion.run()
      }
      let isDone = rows.count < limit
      let record = try SQLStatement(database, "UPDATE progress SET purged = ?1")
      record.bind(isDone ? end : rows[rows.count - 1].number, at: 1)
      try record.run()
      return !isDone
    }
  }

  /// Moves some pages from the end of the file into free ones, and cuts the file there.
  ///
  /// - Returns: whether there are more free pages.
  func vacuum(pages limit: Int) throws(StoreError) -> Bool {
    try SQLStatement(database, "PRAGMA incremental_vacuum(\(limit))").run()
    let free = try SQLStatement(database, "PRAGMA freelist_count")
    defer { free.reset() }
    return try free.step() && free.integer(0) > 0
  }

  /// Brings the whole write-ahead log into the file and empties it.
  ///
  /// - Returns: false if a reader stood in the way.
  func checkpoint() throws(StoreError) -> Bool {
    do {
      try database.checkpoint(.truncate)
      return true
    } catch let error as DatabaseError where error.resultCode == .SQLITE_BUSY {
      return false
    } catch {
      throw StoreError(sqlite: error)
    }
  }

  private func append(_ events: [StoreEvent]) throws(StoreError) {
    let insert = try SQLStatement(database, "INSERT INTO log VALUES (?1, ?2, ?3, ?4)")
    for (position, event) in events.enumerated() {
      let object: StoredObject? =
        switch event.change {
        case .put(let object): object
        case .delete: nil
        }
      insert.bind(
        LogNumber(event.revision, position: position, isDeletion: object == nil), at: 1)
      insert.bind(event.key, at: 2)
      insert.bind(object?.createRevision ?? event.revision, at: 3)
      insert.bind(object?.value, at: 4)
      try insert.run()
    }
  }

  private func rows(
    after start: LogNumber, through end: LogNumber, limit: Int
  ) throws(StoreError) -> [(number: LogNumber, key: String)] {
    let statement = try SQLStatement(
      database,
      "SELECT number, key FROM log WHERE number > ?1 AND number <= ?2 ORDER BY number LIMIT ?3")
    defer { statement.reset() }
    statement.bind(start, at: 1)
    statement.bind(end, at: 2)
    statement.bind(Int64(limit), at: 3)
    var rows: [(number: LogNumber, key: String)] = []
    while try statement.step() { rows.append((statement.number(0), statement.text(1))) }
    return rows
  }

  /// Runs a body in a transaction that is durable when this returns, and undone if it throws.
  private func inTransaction<Result>(
    _ body: () throws(StoreError) -> Result
  ) throws(StoreError) -> Result {
    do {
      try SQLStatement(database, "BEGIN IMMEDIATE").run()
      let result = try body()
      try SQLStatement(database, "COMMIT").run()
      return result
    } catch {
      // Some errors have ended the transaction already.
      if database.isInsideTransaction { try SQLStatement(database, "ROLLBACK").run() }
      throw error
    }
  }
}
