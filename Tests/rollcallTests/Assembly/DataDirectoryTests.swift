import Foundation
import Testing

@testable import rollcall

struct DataDirectoryTests {
  @Test(arguments: [
    (["ROLLCALL_DATA": "/x", "HOME": "/h"], false, "/x"),
    (["HOME": "/h"], true, "/var/lib/rollcall"),
    (["HOME": "/h"], false, "/h/.local/state/rollcall"),
    (["HOME": "/h", "XDG_STATE_HOME": "/s"], false, "/s/rollcall"),
    (["HOME": "/h", "XDG_STATE_HOME": "relative"], false, "/h/.local/state/rollcall"),
  ])
  func theEnvironmentChoosesTheDefault(
    environment: [String: String], isRoot: Bool, path: String
  ) {
    #expect(DataDirectory.defaultPath(environment: environment, isRoot: isRoot) == path)
  }

  @Test func anEphemeralDirectoryIsPrivateAndGoes() throws {
    let directory = try DataDirectory.ephemeral()
    let attributes = try FileManager.default.attributesOfItem(atPath: directory.path)
    #expect(attributes[.posixPermissions] as? Int == 0o700)
    directory.remove()
    #expect(!FileManager.default.fileExists(atPath: directory.path))
  }

  @Test func aFileInItsPlaceIsRefused() throws {
    let file = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    try Data().write(to: file)
    defer { try? FileManager.default.removeItem(at: file) }
    let failure = #expect(throws: CommandFailure.self) { try DataDirectory.open(path: file.path) }
    #expect(failure?.status == .cannotCreate)
  }
}
