import Foundation
import ObjectStore
import Testing

@Suite(.timeLimit(.minutes(1)))
struct SQLiteFileTests {
  @Test("A directory in use is refused at once, and says by whom")
  func locked() async throws {
    try await withTemporaryDirectory { directory in
      let store = try SQLiteStore(directory: directory)
      let error = #expect(throws: StoreError.self) { try SQLiteStore(directory: directory) }
      #expect(error?.code == .locked)
      #expect(error?.message == "\(directory) is in use by process \(getpid())")
      try await store.put("a", "1")
      await store.close()
      let next = try SQLiteStore(directory: directory)
      #expect(try await next.get("a") != nil)
      await next.close()
    }
  }

  @Test("Only the user can enter the directory and read the files")
  func modes() async throws {
    try await withTemporaryDirectory { parent in
      let directory = parent + "/a/b"
      let store = try SQLiteStore(directory: directory)
      try await store.put("a", "1")
      for path in [parent, parent + "/a", directory] { #expect(mode(of: path) == 0o700) }
      let files = try FileManager.default.contentsOfDirectory(atPath: directory)
      #expect(
        Set(files).isSuperset(of: ["objects.sqlite", "objects.sqlite-wal", "lock"]), "\(files)")
      for file in files { #expect(mode(of: directory + "/" + file) == 0o600, "\(file)") }
      await store.close()
    }
  }

  @Test(
    "A file that is no store is refused and left alone",
    arguments: [
      "", "x",
      "not a database at all, but longer than the hundred bytes of a header; "
        + "so it has to be told by what it says, which is nothing that SQLite would say",
    ])
  func foreign(_ content: String) async throws {
    try await withTemporaryDirectory { directory in
      try FileManager.default.createDirectory(
        atPath: directory, withIntermediateDirectories: true)
      let path = directory + "/objects.sqlite"
      try Data(content.utf8).write(to: URL(fileURLWithPath: path))
      #expect(throws: StoreError(.corrupt, "")) { try SQLiteStore(directory: directory) }
      #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == Data(content.utf8))
      #expect(
        try FileManager.default.contentsOfDirectory(atPath: directory).sorted()
          == ["lock", "objects.sqlite"])
    }
  }

  @Test("Another program's database is refused, and a newer version's with the reason")
  func otherHeaders() async throws {
    try await withTemporaryDirectory { directory in
      await (try SQLiteStore(directory: directory)).close()
      let file = URL(fileURLWithPath: directory + "/objects.sqlite")
      let ours = try Data(contentsOf: file)

      var other = ours
      other[68] ^= 0xFF  // Part of the application id.
      try other.write(to: file)
      #expect(throws: StoreError(.corrupt, "")) { try SQLiteStore(directory: directory) }

      var newer = ours
      newer[63] = 2  // The last byte of the user version.
      try newer.write(to: file)
      let error = #expect(throws: StoreError.self) { try SQLiteStore(directory: directory) }
      #expect(error?.code == .unsupportedVersion)
      #expect(error?.message.contains("format 2, written by a newer version") == true)

      try ours.write(to: file)
      await (try SQLiteStore(directory: directory)).close()
    }
  }

  @Test("A damaged file is reported as such", arguments: [0.1, 0.5, 0.9])
  func damaged(_ place: Double) async throws {
    try await withTemporaryDirectory { directory in
      let store = try SQLiteStore(directory: directory)
      for index in 0..<500 { try await store.put("k\(index)", String(repeating: "v", count: 500)) }
      await store.close()
      let file = URL(fileURLWithPath: directory + "/objects.sqlite")
      var data = try Data(contentsOf: file)
      // Everything from one place on, but not the first page, which says what file it is.
      let start = max(4096, Int(Double(data.count) * place))
      for index in start..<data.count { data[index] = 0xA5 }
      try data.write(to: file)
      await #expect(throws: StoreError(.corrupt, "")) {
        let damaged = try SQLiteStore(directory: directory)
        defer { Task { await damaged.close() } }
        _ = try await damaged.list("")
        _ = try await damaged.changes("", after: .zero, through: 500)
      }
    }
  }

  @Test("A creation that was interrupted is begun again")
  func interruptedCreation() async throws {
    try await withTemporaryDirectory { directory in
      try FileManager.default.createDirectory(
        atPath: directory, withIntermediateDirectories: true)
      for name in ["objects.sqlite.new", "objects.sqlite.new-journal", "objects.sqlite-wal"] {
        try Data("half".utf8).write(to: URL(fileURLWithPath: directory + "/" + name))
      }
      let store = try SQLiteStore(directory: directory)
      #expect(try await store.put("a", "1") == 1)
      await store.close()
    }
  }

  @Test("A directory that cannot be made is an error")
  func impossibleDirectory() {
    #expect(throws: StoreError(.storage, "")) { try SQLiteStore(directory: "/dev/null/store") }
  }

  private func mode(of path: String) -> mode_t? {
    var status = stat()
    return stat(path, &status) == 0 ? status.st_mode & 0o777 : nil
  }
}
