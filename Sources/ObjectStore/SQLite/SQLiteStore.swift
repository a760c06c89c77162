private import Dispatch
import GRDB
private import Synchronization

/// A store in one directory on disk, for one process at a time.
///
/// One connection writes. Transactions that arrive while it is busy wait, and are then written
/// together: each is decided on its own and has its own revision, and one synchronization with the
/// disk makes all of them durable. Only then are they acknowledged and shown to watchers. Readers
/// have connections of their own, which neither wait for the writer nor hold it up.
package final class SQLiteStore: ObjectStore {
  package struct Configuration: Sendable {
    /// How much of the newest history is kept in memory for watchers.
    package var watchWindow = WatchWindow.standard

    /// The size in bytes that the database file may not exceed, beyond which commits throw
    /// `outOfSpace`; nil leaves it to the file system.
    package var maximumFileSize: Int?

    /// Called on the writer before it writes, with the number of transactions it writes together.
    package var willWrite: (@Sendable (_ transactions: Int) -> Void)?

    package init() {}
  }

  private let configuration: Configuration
  /// Nil once closed.
  private let lock: Mutex<DirectoryLock?>
  let pool: DatabasePool
  let log: ChangeLog
  private let gate = OperationGate()
  private let queue = CommitQueue()
  private let counters = Mutex(Statistics())
  /// Whether there may be rows that a compaction has made superfluous.
  private let isPurging: Atomic<Bool>

  /// Opens the store in a directory, and creates either if it is missing.
  ///
  /// - Throws: `locked` if another process has the directory, `corrupt` if the file there is
  ///   damaged or of another program, `unsupportedVersion` if a newer version wrote it, `storage`
  ///   or `outOfSpace` if it cannot be opened.
  package init(
    directory: String, configuration: Configuration = Configuration()
  ) throws(StoreError) {
    self.configuration = configuration
    try SQLiteFile.createDirectory(directory)
    lock = Mutex(try DirectoryLock(directory: directory))
    let path = try SQLiteFile.prepare(in: directory)
    do {
      pool = try DatabasePool(path: path, configuration: .store)
      // Not in the connection's own preparation, after which GRDB chooses less durability.
      try pool.writeWithoutTransaction { database in
        try database.execute(
          sql: Self.writerSettings(maximumFileSize: configuration.maximumFileSize))
      }
      let (revisions, progress) = try pool.read { database in
        let reader = LogReader(database: database)
        return (try reader.revisions(), try reader.progress())
      }
      isPurging = Atomic(progress.purged < .last(of: progress.compacted))
      log = ChangeLog(
        current: revisions.current, compacted: revisions.compacted,
        window: configuration.watchWindow)
    } catch {
      throw StoreError(sqlite: error)
    }
  }

  package func currentRevision() async throws(StoreError) -> Revision { try log.current() }

  package func compactedRevision() async throws(StoreError) -> Revision { try log.compacted() }

  package func close() async {
    log.close()
    guard await gate.shut() else { return }
    await withCheckedContinuation { continuation in
      // Blocks until every connection is closed, and must not do so on a thread of the tasks.
      DispatchQueue.global().async { [pool] in
        try? pool.close()  // There is nothing left to write, and nobody to tell.
        continuation.resume()
      }
    }
    lock.withLock { $0 = nil }
  }
}

// MARK: - Writing

extension SQLiteStore {
  package func commit(
    _ transaction: StoreTransaction
  ) async throws(StoreError) -> CommitResult {
    try transaction.validate()
    try gate.enter()
    defer { gate.leave() }
    let result = await withCheckedContinuation { continuation in
      let entry = CommitQueue.Entry(transaction: transaction, continuation: continuation)
      if queue.add(entry) { serveQueue() }
    }
    return try result.get()
  }

  private func serveQueue() {
    pool.asyncWriteWithoutTransaction { [self] database in
      for _ in 0..<StoreLimits.batchesPerTurn {
        let entries = queue.take(
          count: StoreLimits.transactionsPerBatch, bytes: StoreLimits.bytesPerBatch)
        guard !entries.isEmpty else { return }
        write(entries, with: LogWriter(database: database))
      }
      serveQueue()  // Behind the step of a compaction that may be waiting for its turn.
    }
  }

  private func write(_ entries: [CommitQueue.Entry], with writer: LogWriter) {
    configuration.willWrite?(entries.count)
    do throws(StoreError) {
      let batch = try writer.write(entries.map(\.transaction), after: log.published)
      log.publish(batch.changes)
      counters.withLock { counters in
        counters.transactions += batch.changes.count
        if !batch.changes.isEmpty { counters.synchronizations += 1 }
      }
      for (entry, result) in zip(entries, batch.results) {
        entry.continuation.resume(returning: .success(result))
      }
    } catch {
      for entry in entries { entry.continuation.resume(returning: .failure(error)) }
    }
  }

  /// Runs a body on the writer's connection between two batches.
  func onWriter<Result: Sendable>(
    _ body: @escaping @Sendable (LogWriter) throws(StoreError) -> Result
  ) async throws(StoreError) -> Result {
    try gate.enter()
    defer { gate.leave() }
    return try await withCheckedContinuation { continuation in
      pool.asyncWriteWithoutTransaction { database in
        continuation.resume(
          returning: Swift.Result { () throws(StoreError) in
            try body(LogWriter(database: database))
          })
      }
    }.get()
  }
}

// MARK: - Reading

extension SQLiteStore {
  package func get(_ key: String) async throws(StoreError) -> StoredObject? {
    let newest = try await read { reader throws(StoreError) in try reader.newest(key) }
    guard let newest else { return nil }
    try await log.waitUntilPublished(newest.number.revision)
    return newest.object
  }

  package func list(
    prefix: String, startingAt start: String?, limit: Int, at revision: Revision?
  ) async throws(StoreError) -> StorePage {
    let wanted = try revision.map { revision throws(StoreError) in try log.readable(at: revision) }
    let page = try await read { reader throws(StoreError) in
      let (current, compacted) = try reader.revisions()
      if let wanted, wanted < compacted { throw StoreError.compacted(wanted, compacted) }
      return try reader.page(
        prefix: prefix, startingAt: start, limit: limit, at: wanted ?? current)
    }
    try await log.waitUntilPublished(page.revision)
    return page
  }

  package func watch(
    prefix: String, after revision: Revision?
  ) async throws(StoreError) -> StoreWatch {
    let start = try log.readable(at: revision)
    return Watcher(prefix: prefix, after: start, log: log) { [self] position throws(StoreError) in
      let last = try log.current()
      return try await read { reader throws(StoreError) in
        let compacted = try reader.progress().compacted
        guard position >= compacted else { throw StoreError.compacted(position, compacted) }
        return try reader.changes(under: prefix, after: position, through: last)
      }
    }.stream()
  }

  /// Runs a body in a transaction of a connection for reading, which begins after this call.
  private func read<Result: Sendable>(
    _ body: @escaping @Sendable (LogReader) throws(StoreError) -> Result
  ) async throws(StoreError) -> Result {
    try gate.enter()
    defer { gate.leave() }
    return try await withCheckedContinuation { continuation in
      pool.asyncRead { database in
        continuation.resume(
          returning: Swift.Result { () throws(StoreError) in
            do {
              return try body(LogReader(database: database.get()))
            } catch {
              throw StoreError(sqlite: error)
            }
          })
      }
    }.get()
  }
}

// MARK: - Compacting

extension SQLiteStore {
  package func compact(at revision: Revision) async throws(StoreError) {
    try log.requireReached(revision)
    let isBehind = try revision <= log.compacted()
    if isBehind, !isPurging.load(ordering: .relaxed) { return }
    // A compaction that fails or is cut off is carried on by the next, whatever its revision.
    isPurging.store(true, ordering: .relaxed)
    try await onWriter { writer throws(StoreError) in try writer.recordCompaction(at: revision) }
    _ = log.compact(at: revision)
    // Each step is one turn of the writer, and lets the transactions that came meanwhile go first.
    while try await onWriter({ writer throws(StoreError) in
      try writer.purge(rows: StoreLimits.rowsPerPurge)
    }) {}
    while try await onWriter({ writer throws(StoreError) in
      try writer.vacuum(pages: StoreLimits.pagesPerVacuum)
    }) {}
    for _ in 0..<StoreLimits.checkpointAttempts {
      if try await onWriter({ writer throws(StoreError) in try writer.checkpoint() }) { break }
    }
    isPurging.store(false, ordering: .relaxed)
  }
}

// MARK: - Observing

extension SQLiteStore {
  package struct Statistics: Sendable, Equatable {
    /// Transactions that raised the revision.
    package var transactions = 0
    /// Commits of SQLite that carried them, each one synchronization with the disk.
    package var synchronizations = 0
    /// Transactions that wait for the writer now.
    package var waiting = 0
  }

  /// What the store has done since it was opened.
  package var statistics: Statistics {
    var statistics = counters.withLock { $0 }
    statistics.waiting = queue.count
    return statistics
  }
}

extension SQLiteStore {
  private static func writerSettings(maximumFileSize: Int?) -> String {
    let pageSize = 4096  // SQLite's own, which the file was created with.
    let maximumPages = maximumFileSize.map { "PRAGMA max_page_count = \($0 / pageSize);" } ?? ""
    return """
      PRAGMA synchronous = FULL;
      PRAGMA cache_size = -\(StoreLimits.writerCacheKibibytes);
      PRAGMA wal_autocheckpoint = \(StoreLimits.pagesPerCheckpoint);
      \(maximumPages)
      """
  }
}

extension GRDB.Configuration {
  /// For every connection, before GRDB turns the write-ahead log on.
  fileprivate static var store: GRDB.Configuration {
    var configuration = GRDB.Configuration()
    configuration.label = "ObjectStore"
    configuration.maximumReaderCount = StoreLimits.readers
    // Nobody else writes: what can be busy is a reader in the way of a checkpoint.
    configuration.busyMode = .timeout(StoreLimits.readerPatience)
    configuration.prepareDatabase { database in
      // Overwrites what is deleted where this costs no additional page.
      try database.execute(sql: "PRAGMA secure_delete = FAST")
    }
    return configuration
  }
}
