import Foundation
import Testing

/// Kubernetes' own client library for Python.
enum PythonClient {
  /// The interpreter with the `kubernetes` package that `make test` prepares.
  static let interpreter = Tool.find(Plane.root + "/.build/python/bin/python")
}

extension EndToEnd {
  /// A foreign client's watch through a restart of the server.
  @Suite(
    .enabled(if: Kubectl.isInstalled && PythonClient.interpreter != nil, "needs the Python client"),
    .serialized)
  struct InformerTests {
    @Test func thePythonClientsWatchSurvivesARestartWithoutLossOrRepetition() async throws {
      let plane = try await Plane()
      let python = try #require(PythonClient.interpreter)
      let process = Process()
      process.executableURL = URL(fileURLWithPath: python)
      process.arguments = [
        Plane.root + "/Tests/EndToEndTests/Scripts/informer.py", plane.kubeConfig, "default",
      ]
      let scratch = try Scratch()
      let output = OutputFile(path: scratch.path + "/events")
      process.standardOutput = try output.open()
      process.standardError = FileHandle.nullDevice
      try Tool.start(process)
      defer { kill(process.processIdentifier, SIGKILL) }
      try await eventually("the informer synced") { output.text.contains("synced") }

      let total = 30
      for number in 0..<total {
        if number == total / 3 { try await plane.restart() }
        if number == 2 * total / 3 {
          plane.crash()
          try await plane.restart()
        }
        let created = try await plane.kubectl(
          .newest, "create", "configmap", "map-\(number)", "--from-literal=n=\(number)")
        try #require(created.status == 0, "\(created.errors)")
      }
      try await eventually("every creation was seen", within: .seconds(30)) {
        (0..<total).allSatisfy { output.text.contains("ADDED map-\($0) ") }
      }
      let seen = output.text.split(separator: "\n").filter { $0.hasPrefix("ADDED map-") }
      #expect(seen.count == total, "each exactly once")
      #expect(!output.text.contains("relist"))
      let revisions = seen.compactMap { $0.split(separator: " ").last.flatMap { UInt64($0) } }
      #expect(revisions == revisions.sorted())
    }
  }
}
