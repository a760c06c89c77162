import Glibc
import ObjectStore

/// Writes to a store until it is killed: `StoreCrashWriter DIRECTORY WRITERS`.
///
/// Each writer counts. With each number it writes, in one transaction, the number under
/// `/a/WRITER` and `/b/WRITER`, and a new key `/n/WRITER/NUMBER`; every third transaction also
/// deletes the new key of two numbers before. Once a transaction is acknowledged, a line
/// `WRITER NUMBER REVISION` goes to the standard output in one system call. Meanwhile the store is
/// compacted again and again.
@main
struct StoreCrashWriter {
  static func main() async throws {
    let arguments = CommandLine.arguments
    guard arguments.count == 3, let writers = Int(arguments[2]) else { exit(64) }
    let store = try SQLiteStore(directory: arguments[1])
    try await withThrowingTaskGroup { group in
      for writer in 0..<writers {
        group.addTask { try await count(as: writer, in: store) }
      }
      group.addTask { try await compact(store) }
      try await group.waitForAll()
    }
  }

  private static func count(as writer: Int, in store: SQLiteStore) async throws {
    let last = try await store.get("/a/\(writer)").map { String(decoding: $0.value, as: UTF8.self) }
    var number = (last.flatMap(Int.init) ?? 0) + 1
    while true {
      let text = Array("\(number)".utf8)
      let padding = [UInt8](repeating: 0x20, count: 700)
      var writes: [StoreTransaction.Write] = [
        .put(key: "/a/\(writer)", value: text),
        .put(key: "/n/\(writer)/\(number)", value: text + padding),
        .put(key: "/b/\(writer)", value: text),
      ]
      if number.isMultiple(of: 3) { writes.append(.delete(key: "/n/\(writer)/\(number - 2)")) }
      let result = try await store.commit(StoreTransaction(writes: writes))
      guard case .committed(let revision) = result else { exit(70) }
      let line = Array("\(writer) \(number) \(revision)\n".utf8)
      guard write(STDOUT_FILENO, line, line.count) == line.count else { exit(74) }
      number += 1
    }
  }

  private static func compact(_ store: SQLiteStore) async throws {
    while true {
      let current = try await store.currentRevision().rawValue
      if current > 200 { try await store.compact(at: Revision(rawValue: current - 200)) }
      await Task.yield()
    }
  }
}
