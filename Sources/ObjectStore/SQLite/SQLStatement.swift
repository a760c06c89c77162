import GRDB
import GRDBSQLite

/// A statement of a connection's cache, bound, stepped and read without detours: GRDB's own way
/// takes every value through a `DatabaseValue` and every BLOB through `Data`.
///
/// Used on the queue of its connection only, as everything that GRDB hands out.
struct SQLStatement {
  private let statement: Statement

  init(_ database: Database, _ sql: String) throws(StoreError) {
    do {
      statement = try database.cachedStatement(sql: sql)
    } catch {
      throw StoreError(sqlite: error)
    }
  }

  // The handle is valid for as long as `statement`, which this value holds.
  private var handle: SQLiteStatement { statement.sqliteStatement }

  func bind(_ value: Int64, at index: CInt) { sqlite3_bind_int64(handle, index, value) }

  func bind(_ number: LogNumber, at index: CInt) { bind(number.rawValue, at: index) }

  func bind(_ revision: Revision, at index: CInt) { bind(Int64(revision.rawValue), at: index) }

  func bind(_ text: String, at index: CInt) {
    var text = text
    text.withUTF8 { bytes in
      bytes.withMemoryRebound(to: CChar.self) { bytes in
        // SQLite copies before it returns.
        _ = sqlite3_bind_text(handle, index, bytes.baseAddress, CInt(bytes.count), copying)
      }
    }
  }

  func bind(_ bytes: [UInt8]?, at index: CInt) {
    guard let bytes else { return _ = sqlite3_bind_null(handle, index) }
    // An empty array may have no address, which SQLite would take for NULL.
    guard !bytes.isEmpty else { return _ = sqlite3_bind_zeroblob(handle, index, 0) }
    bytes.withUnsafeBytes { bytes in
      // SQLite copies before it returns.
      _ = sqlite3_bind_blob64(handle, index, bytes.baseAddress, UInt64(bytes.count), copying)
    }
  }

  /// Goes to the next row; false after the last.
  func step() throws(StoreError) -> Bool {
    switch sqlite3_step(handle) {
    case SQLITE_ROW: return true
    case SQLITE_DONE: return false
    default: throw StoreError(sqliteConnection: sqlite3_db_handle(handle))
    }
  }

  /// Ends the run, so that the statement can be bound anew and holds no lock.
  func reset() { sqlite3_reset(handle) }

  /// Runs a statement that is bound and has no rows to read.
  func run() throws(StoreError) {
    defer { reset() }
    while try step() {}
  }

  func integer(_ column: CInt) -> Int64 { sqlite3_column_int64(handle, column) }

  func number(_ column: CInt) -> LogNumber { LogNumber(rawValue: integer(column)) }

  func revision(_ column: CInt) -> Revision { Revision(rawValue: UInt64(integer(column))) }

  func text(_ column: CInt) -> String {
    guard let start = sqlite3_column_text(handle, column) else { return "" }
    let count = Int(sqlite3_column_bytes(handle, column))
    // Valid until the next step, and copied here.
    return String(decoding: UnsafeBufferPointer(start: start, count: count), as: UTF8.self)
  }

  func bytes(_ column: CInt) -> [UInt8] {
    guard let start = sqlite3_column_blob(handle, column) else { return [] }
    let count = Int(sqlite3_column_bytes(handle, column))
    // Valid until the next step, and copied here.
    return Array(UnsafeRawBufferPointer(start: start, count: count))
  }
}

/// SQLITE_TRANSIENT, a macro that Swift does not import: the address -1, never called.
private var copying: sqlite3_destructor_type { unsafeBitCast(-1, to: sqlite3_destructor_type.self) }
