import Foundation

/// Runs a test with the path of a directory that does not exist yet, and removes it afterwards.
func withTemporaryDirectory<Result>(
  _ body: (String) async throws -> Result
) async throws -> Result {
  let path = NSTemporaryDirectory() + "rollcall-store-\(UUID().uuidString)"
  defer { try? FileManager.default.removeItem(atPath: path) }
  return try await body(path)
}
