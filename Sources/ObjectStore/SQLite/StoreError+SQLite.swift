import GRDB
import GRDBSQLite

extension StoreError {
  /// What the last call on a connection failed with.
  init(sqliteConnection connection: OpaquePointer?) {
    self.init(
      sqliteCode: sqlite3_extended_errcode(connection),
      String(cString: sqlite3_errmsg(connection)))
  }

  init(sqlite error: any Error) {
    switch error {
    case let error as StoreError: self = error
    case let error as DatabaseError:
      self.init(
        sqliteCode: error.extendedResultCode.rawValue, error.message ?? error.description)
    default: self.init(.storage, "\(error)")
    }
  }

  private init(sqliteCode: CInt, _ message: String) {
    let code: Code =
      switch (sqliteCode & 0xFF, sqliteCode) {
      case (SQLITE_FULL, _), (SQLITE_READONLY, _): .outOfSpace
      // Writing, syncing, growing: (primary code 10 | detail << 8), macros Swift does not import.
      case (SQLITE_IOERR, 778), (SQLITE_IOERR, 1034), (SQLITE_IOERR, 4874): .outOfSpace
      case (SQLITE_CORRUPT, _), (SQLITE_NOTADB, _): .corrupt
      default: .storage
      }
    self.init(code, "SQLite: \(message) (\(sqliteCode))")
  }
}
