import GRDB

/// Reads the log through one connection; everything that belongs together within one transaction.
struct LogReader {
  let database: Database

  /// What the newest row of a key says: its number, and the object unless it deletes.
  func newest(
    _ key: String, before number: LogNumber = .end
  ) throws(StoreError) -> (number: LogNumber, object: StoredObject?)? {
    let statement = try SQLStatement(
      database,
      """
      SELECT number, created, value FROM log
      WHERE key = ?1 AND number < ?2 ORDER BY number DESC LIMIT 1
      """)
    defer { statement.reset() }
    statement.bind(key, at: 1)
    statement.bind(number, at: 2)
    guard try statement.step() else { return nil }
    let number = statement.number(0)
    guard !number.isDeletion else { return (number, nil) }
    let object = StoredObject(
      key: key, value: statement.bytes(2), createRevision: statement.revision(1),
      modRevision: number.revision)
    return (number, object)
  }

  /// The newest revision and the one compacted at.
  func revisions() throws(StoreError) -> (current: Revision, compacted: Revision) {
    let progress = try progress()
    let statement = try SQLStatement(database, "SELECT max(number) FROM log")
    defer { statement.reset() }
    // Compaction removes deletions, and with the last of them the newest row.
    let newest = try statement.step() ? statement.number(0).revision : .zero
    return (max(newest, progress.compacted), progress.compacted)
  }

  /// What has been compacted, and up to which row this has been carried out.
  func progress() throws(StoreError) -> (compacted: Revision, purged: LogNumber) {
    let statement = try SQLStatement(database, "SELECT compacted, purged FROM progress")
    defer { statement.reset() }
    guard try statement.step() else {
      throw StoreError(.corrupt, "the store does not know what has been compacted")
    }
    return (statement.revision(0), statement.number(1))
  }

  func page(
    prefix: String, startingAt start: String?, limit: Int, at revision: Revision
  ) throws(StoreError) -> StorePage {
    var page = StorePage(objects: [], revision: revision, next: nil, remaining: 0)
    let first = max(StoreKey(prefix), StoreKey(start ?? ""))
    let keys = try existingKeys(from: first.string, prefix: prefix, at: revision)
    defer { keys.reset() }
    var found: [(key: String, number: LogNumber)] = []
    while try keys.step() {
      if limit == 0 || found.count < limit {
        found.append((keys.text(0), keys.number(1)))
      } else {
        if page.next == nil { page.next = keys.text(0) }
        page.remaining += 1
      }
    }
    page.objects = try objects(found)
    return page
  }

  /// The objects in rows, in the order given.
  ///
  /// The rows are read in the order of the file, so that each of its pages is read once.
  private func objects(
    _ entries: [(key: String, number: LogNumber)]
  ) throws(StoreError) -> [StoredObject] {
    let rows = try SQLStatement(database, "SELECT created, value FROM log WHERE number = ?1")
    defer { rows.reset() }
    var objects = entries.map { entry in
      StoredObject(
        key: entry.key, value: [], createRevision: .zero, modRevision: entry.number.revision)
    }
    let order = entries.indices.sorted { entries[$0].number < entries[$1].number }
    for index in order {
      rows.bind(entries[index].number, at: 1)
      guard try rows.step() else {
        throw StoreError(
          .corrupt, "the index names a row \(entries[index].number.rawValue) that is missing")
      }
      objects[index].createRevision = rows.revision(0)
      objects[index].value = rows.bytes(1)
      rows.reset()
    }
    return objects
  }

  /// Key and row number of what exists at a revision, in key order, from the index alone.
  private func existingKeys(
    from first: String, prefix: String, at revision: Revision
  ) throws(StoreError) -> SQLStatement {
    let end = StoreKey.end(ofPrefix: prefix)
    let statement = try SQLStatement(
      database,
      """
      SELECT key, max(number) AS newest FROM log
      WHERE key >= ?1 \(end == nil ? "" : "AND key < ?3") AND number <= ?2
      GROUP BY key HAVING newest & 1 = 0 ORDER BY key
      """)
    statement.bind(first, at: 1)
    statement.bind(.last(of: revision), at: 2)
    if let end { statement.bind(end, at: 3) }
    return statement
  }

  /// Whole transactions after one revision, up to another or to as much as makes a batch.
  func changes(
    under prefix: String, after position: Revision, through last: Revision
  ) throws(StoreError) -> StoreWatchBatch {
    let statement = try SQLStatement(
      database,
      "SELECT number, key, created, value FROM log WHERE number > ?1 AND number <= ?2 ORDER BY number"
    )
    defer { statement.reset() }
    statement.bind(.last(of: position), at: 1)
    statement.bind(.last(of: last), at: 2)
    var events: [StoreEvent] = []
    var (bytes, rows) = (0, 0)
    var reached = position
    while try statement.step() {
      let number = statement.number(0)
      if number.revision > reached {
        let isFull =
          rows >= StoreLimits.eventsPerWatchBatch || bytes >= StoreLimits.bytesPerWatchBatch
        if isFull { return StoreWatchBatch(events: events, revision: reached) }
        reached = number.revision
      }
      rows += 1
      let key = statement.text(1)
      guard StoreKey(key).hasPrefix(prefix) else { continue }
      let previous = try newest(key, before: number)?.object
      var change = StoreEvent.Change.delete
      if !number.isDeletion {
        let object = StoredObject(
          key: key, value: statement.bytes(3), createRevision: statement.revision(2),
          modRevision: number.revision)
        bytes += object.value.count
        change = .put(object)
      }
      events.append(
        StoreEvent(key: key, revision: number.revision, change: change, previous: previous))
    }
    return StoreWatchBatch(events: events, revision: last)
  }
}
