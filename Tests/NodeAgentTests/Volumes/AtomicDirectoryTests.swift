import Foundation
import Testing

@testable import NodeAgent

struct AtomicDirectoryTests {
  private func file(_ text: String, mode: UInt32 = 0o644) -> AtomicDirectory.File {
    AtomicDirectory.File(bytes: Array(text.utf8), mode: mode)
  }

  @Test func filesAppearChangeAndGo() throws {
    let path = NSTemporaryDirectory() + "/rollcall-volume-\(UUID().uuidString)"
    defer { FileTree.remove(path) }
    let directory = AtomicDirectory(path: path)
    func text(_ name: String) -> String? {
      try? String(contentsOfFile: "\(path)/\(name)", encoding: .utf8)
    }
    try directory.write(["a": file("1"), "sub/b": file("2", mode: 0o600)])
    #expect(text("a") == "1")
    #expect(text("sub/b") == "2")
    let first = try FileManager.default.destinationOfSymbolicLink(atPath: path + "/..data")
    try directory.write(["a": file("1"), "sub/b": file("2", mode: 0o600)])
    #expect(
      try FileManager.default.destinationOfSymbolicLink(atPath: path + "/..data") == first)
    try directory.write(["a": file("new")])
    #expect(text("a") == "new")
    #expect(text("sub/b") == nil)
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: path).filter { !$0.hasPrefix("..") }
        == ["a"])
    #expect(!FileManager.default.fileExists(atPath: "\(path)/\(first)"))
  }

  @Test(arguments: [
    ("aGk=", "hi"), ("", ""), ("aGVsbG8", "hello"), ("aGVs\nbG8=", "hello"),
  ])
  func base64IsDecoded(text: String, expected: String) {
    #expect(Base64Bytes.decode(text) == Array(expected.utf8))
    #expect(Base64Bytes.decode("!") == nil)
  }
}
