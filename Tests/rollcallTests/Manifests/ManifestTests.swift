import Foundation
import JSONTree
import Testing

@testable import rollcall

struct ManifestLoaderTests {
  private func withFiles(
    _ files: [String: String], _ body: (String) throws -> Void
  ) throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    defer { try? FileManager.default.removeItem(at: folder) }
    for (name, text) in files {
      let file = folder.appendingPathComponent(name)
      try FileManager.default.createDirectory(
        at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(text.utf8).write(to: file)
    }
    try body(folder.path)
  }

  @Test func directoriesAreReadWholeAndWhatOthersNeedComesFirst() throws {
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\n"
    let service = "apiVersion: v1\nkind: Service\nmetadata: {name: s}\n"
    let namespace = "apiVersion: v1\nkind: Namespace\nmetadata: {name: own}\n"
    try withFiles([
      "a/one.yaml": pod + "---\n" + service, "b.yml": namespace, "notes.txt": "not a manifest",
      "c.json":
        #"{"kind":"List","apiVersion":"v1","items":[{"kind":"Node","apiVersion":"v1","metadata":{"name":"x"}}]}"#,
    ]) { folder in
      let documents = try ManifestLoader.load([folder])
      #expect(documents.map(\.kind) == ["Namespace", "Node", "Service", "Pod"])
      #expect(documents.last?.origin.hasSuffix("a/one.yaml (document 1)") ?? false)
    }
  }

  @Test(arguments: [
    ("kind: A\nmetadata: {name: x}", 65), ("apiVersion: v1\nmetadata: {name: x}", 65),
    ("apiVersion: v1\nkind: A", 65), ("- 1", 65), ("a: [", 65), ("text", 65),
  ])
  func whatIsNoManifestIsNamed(text: String, status: Int32) throws {
    try withFiles(["broken.yaml": text]) { folder in
      let failure = #expect(throws: CommandFailure.self) { try ManifestLoader.load([folder]) }
      #expect(failure?.status.rawValue == status)
      #expect(failure?.message.contains("broken.yaml") ?? false)
      #expect(failure?.message.contains("\n") == false, "one line")
    }
  }

  @Test func missingAndEmptyPathsAreNamed() throws {
    #expect(throws: CommandFailure(.noInput, "/nowhere: no such file or directory")) {
      try ManifestLoader.load(["/nowhere"])
    }
    try withFiles(["empty/readme": ""]) { folder in
      #expect(throws: CommandFailure(.noInput, "\(folder): no .yaml, .yml or .json file in it")) {
        try ManifestLoader.load([folder])
      }
    }
  }
}

struct ManifestApplierTests {
  @Test func thePatchSetsWhatIsDesiredAndRemovesWhatWasAppliedBefore() {
    let previous: JSON = ["spec": ["a": 1, "b": ["c": 2, "d": 3]], "old": [1]]
    let desired: JSON = ["spec": ["b": ["c": 4]], "new": [2]]
    #expect(
      ManifestApplier.patch(from: previous, to: desired) == [
        "spec": ["a": .null, "b": ["c": 4, "d": .null]], "old": .null, "new": [2],
      ])
  }

  @Test func nothingIsRemovedThatWasNotApplied() {
    #expect(ManifestApplier.patch(from: [:], to: ["spec": ["a": 1]]) == ["spec": ["a": 1]])
  }
}
