/// The bounds of the stores, and how each was chosen.
enum StoreLimits {
  /// What a row number of the SQLite log leaves for a position inside a transaction (15 bits).
  /// Kubernetes objects are written one or a handful at a time; etcd refuses more than 128.
  static let writesPerTransaction = 1 << 15

  /// Events handed to a watcher at once: enough that a busy watcher is not woken for each, few
  /// enough that one batch stays a small piece of memory.
  static let eventsPerWatchBatch = 1024

  /// Bytes of values handed to a watcher at once when they come from history.
  static let bytesPerWatchBatch = 4 << 20

  /// Transactions and bytes of values written with one synchronization: more would not be faster,
  /// and would let the first of them wait for the last.
  static let transactionsPerBatch = 512
  static let bytesPerBatch = 8 << 20

  /// Batches after which the writer lets a step of a compaction in.
  static let batchesPerTurn = 8

  /// What a compaction does at a time: one or two milliseconds, for which writers wait.
  static let rowsPerPurge = 128
  static let pagesPerVacuum = 64

  /// How often a compaction tries to empty the write-ahead log, and how long in seconds it waits
  /// for a reader each time. If it does not get there, the log is emptied the next time.
  static let checkpointAttempts = 5
  static let readerPatience = 0.1

  /// Pages in the write-ahead log at which they are brought into the database.
  static let pagesPerCheckpoint = 1000

  /// Of pages that the writer keeps in memory: the index, and where rows are overwritten. Readers
  /// read each page once, and have SQLite's default of 2 MiB.
  static let writerCacheKibibytes = 8192

  /// Connections for reading: lists at the same time, beyond which they wait for one another.
  static let readers = 4
}

/// How much of the newest history a store keeps in memory for its watchers.
///
/// A watcher that is further behind reads from the store's history instead, so these bound memory
/// and not what a watcher may miss.
package struct WatchWindow: Sendable {
  package var revisions: Int
  /// Of values and keys, each counted once.
  package var bytes: Int

  package init(revisions: Int, bytes: Int) {
    self.revisions = revisions
    self.bytes = bytes
  }

  /// About half a second of the fastest writing, and never more than a small part of the memory
  /// an API server has anyway.
  package static let standard = WatchWindow(revisions: 4096, bytes: 8 << 20)
}
