import GRDB
import Glibc

/// The database file: where it is, what is in it, and whether a file is one of ours.
///
/// `log` holds every version of every key that compaction has left, and is only ever appended to
/// and compacted. `progress` is one row: what has been compacted, and how far the rows that
/// compaction made superfluous have been removed.
enum SQLiteFile {
  static let name = "objects.sqlite"

  /// Raised by every change of the tables.
  static let version: Int32 = 1

  /// "Roll", in the file's header to tell it from other programs' databases.
  private static let applicationID: Int32 = 0x526F_6C6C

  private static let schema = """
    PRAGMA application_id = \(applicationID);
    PRAGMA user_version = \(version);
    CREATE TABLE log (
      number INTEGER PRIMARY KEY,
      key TEXT NOT NULL,
      created INTEGER NOT NULL,
      value BLOB
    ) STRICT;
    CREATE INDEX log_by_key ON log (key);
    CREATE TABLE progress (
      compacted INTEGER NOT NULL,
      purged INTEGER NOT NULL
    ) STRICT;
    INSERT INTO progress VALUES (0, 0);
    """

  /// Makes sure that a directory holds a database this program can use, and only then lets SQLite
  /// near it. Creates directory and file if they are missing.
  static func prepare(in directory: String) throws(StoreError) -> String {
    let path = directory + "/" + name
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    if descriptor < 0 {
      guard errno == ENOENT else { throw .system("cannot open \(path)") }
      try create(path, in: directory)
      return path
    }
    defer { close(descriptor) }
    guard fchmod(descriptor, 0o600) == 0 else { throw .system("cannot protect \(path)") }
    // Neither field is written after the creation, so that the file has them whatever the WAL has.
    var header = [UInt8](repeating: 0, count: 100)
    guard read(descriptor, &header, header.count) == header.count,
      header.starts(with: Array("SQLite format 3\0".utf8)),
      header.bigEndianInteger(at: 68) == applicationID
    else { throw StoreError(.corrupt, "\(path) is not an object store of this program") }
    let found = header.bigEndianInteger(at: 60)
    guard found <= version else {
      throw StoreError(
        .unsupportedVersion,
        "\(path) has format \(found), written by a newer version; this one knows \(version)")
    }
    return path
  }

  /// Creates a directory that none but the user may enter, and those above it that are missing.
  static func createDirectory(_ directory: String) throws(StoreError) {
    if mkdir(directory, 0o700) == 0 { return try synchronize(parent(of: directory)) }
    switch errno {
    case EEXIST: return
    case ENOENT where parent(of: directory) != directory:
      try createDirectory(parent(of: directory))
      try createDirectory(directory)
    default: throw .system("cannot create \(directory)")
    }
  }

  /// Creates the file under another name first: there is a whole one or none.
  private static func create(_ path: String, in directory: String) throws(StoreError) {
    let new = path + ".new"
    for leftover in [new, new + "-journal"] { unlink(leftover) }
    let descriptor = open(new, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw .system("cannot create \(new)") }
    close(descriptor)
    do {
      let queue = try DatabaseQueue(path: new)
      try queue.inDatabase { database in
        try database.execute(sql: "PRAGMA synchronous = FULL; PRAGMA auto_vacuum = INCREMENTAL")
        try database.inTransaction {
          try database.execute(sql: schema)
          return .commit
        }
      }
      try queue.close()
    } catch {
      throw StoreError(sqlite: error)
    }
    // A WAL without its database says nothing any more, and must not be applied to the new one.
    for leftover in [path + "-wal", path + "-shm"] { unlink(leftover) }
    guard rename(new, path) == 0 else { throw .system("cannot create \(path)") }
    try synchronize(directory)
  }

  /// Makes the entries of a directory durable.
  private static func synchronize(_ directory: String) throws(StoreError) {
    let descriptor = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw .system("cannot open \(directory)") }
    defer { close(descriptor) }
    guard fsync(descriptor) == 0 else { throw .system("cannot synchronize \(directory)") }
  }

  private static func parent(of path: String) -> String {
    let trimmed = path.dropLast(path.count > 1 && path.hasSuffix("/") ? 1 : 0)
    guard let slash = trimmed.lastIndex(of: "/") else { return "." }
    return slash == trimmed.startIndex ? "/" : String(trimmed[..<slash])
  }
}

extension [UInt8] {
  fileprivate func bigEndianInteger(at offset: Int) -> Int32 {
    Int32(bitPattern: self[offset..<offset + 4].reduce(0) { $0 << 8 | UInt32($1) })
  }
}
