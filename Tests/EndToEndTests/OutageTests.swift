import Foundation
import Testing

extension EndToEnd {
  /// Cluster DNS while its API server is away.
  @Suite(.serialized)
  struct OutageTests {
    /// A running `rollcall dns` beside a plane.
    final class DNSProcess {
      let output: OutputFile
      let process = Process()
      private(set) var port = "0"

      init(kubeConfig: String, snapshot: String, port: String = "0", scratch: String) async throws {
        output = OutputFile(path: "\(scratch)/dns-\(UUID().uuidString)")
        process.executableURL = URL(fileURLWithPath: Plane.binary)
        process.arguments = [
          "dns", "--kubeconfig", kubeConfig, "--listen", "127.0.0.1:\(port)", "--snapshot",
          snapshot,
        ]
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = try output.open()
        process.standardError = FileHandle.nullDevice
        try Tool.start(process)
        try await eventually("rollcall dns prints its ready line", within: .seconds(30)) {
          output.text.contains("\n") || !process.isRunning
        }
        self.port =
          output.text.split(whereSeparator: \.isWhitespace).last?.split(separator: ":").last
          .map(String.init) ?? ""
      }

      deinit { if process.isRunning { kill(process.processIdentifier, SIGKILL) } }

      func stop() {
        kill(process.processIdentifier, SIGINT)
        process.waitUntilExit()
      }

      func dig(_ arguments: String...) async throws -> [String] {
        try await Tool.run(
          "dig", ["@127.0.0.1", "-p", port, "+short", "+tries=1", "+time=2"] + arguments
        ).lines
      }
    }

    private func service(_ name: String, _ address: String) -> String {
      """
      apiVersion: v1
      kind: Service
      metadata: {name: \(name)}
      spec: {clusterIP: \(address), ports: [{name: http, port: 80}]}
      """
    }

    @Test(.enabled(if: Kubectl.isInstalled && Tool.find("dig") != nil, "needs kubectl and dig"))
    func aRestartDuringAnOutageAnswersFromTheSnapshot() async throws {
      let scratch = try Scratch()
      let snapshot = scratch.path + "/zone"
      let plane = try await Plane()
      var result = try await plane.kubectl(
        .newest, "apply", "-f", "-", input: service("before", "10.96.0.77"))
      try #require(result.status == 0, "\(result.errors)")
      let first = try await DNSProcess(
        kubeConfig: plane.kubeConfig, snapshot: snapshot, scratch: scratch.path)
      let name = "before.default.svc.cluster.local"
      try await eventually("the Service is answered", within: .seconds(10)) {
        try await first.dig(name) == ["10.96.0.77"]
      }
      first.stop()
      plane.crash()

      let second = try await DNSProcess(
        kubeConfig: plane.kubeConfig, snapshot: snapshot, port: first.port, scratch: scratch.path)
      #expect(try await second.dig(name) == ["10.96.0.77"])
      let age = try await second.dig("CH", "TXT", "age.rollcall")
      #expect(age.first?.contains("source=snapshot") == true, "\(age)")

      try await plane.restart()
      result = try await plane.kubectl(
        .newest, "apply", "-f", "-", input: service("after", "10.96.0.78"))
      try #require(result.status == 0, "\(result.errors)")
      try await eventually("what came after is answered", within: .seconds(10)) {
        try await second.dig("after.default.svc.cluster.local") == ["10.96.0.78"]
      }
      try await eventually("the view is the API server's", within: .seconds(10)) {
        try await second.dig("CH", "TXT", "age.rollcall").first?.contains("source=api") == true
      }
      second.stop()
      #expect(second.process.terminationStatus == 0)
    }

    @Test(.enabled(if: Kubectl.isInstalled, "needs kubectl"))
    func explainNamesTheCauseAndTheAnswer() async throws {
      let plane = try await Plane()
      let result = try await plane.kubectl(
        .newest, "apply", "-f", "-", input: service("db-svc", "10.96.0.79"))
      try #require(result.status == 0, "\(result.errors)")
      let good = try await Tool.run(
        Plane.binary, ["explain", "db-svc", "--kubeconfig", plane.kubeConfig])
      #expect(good.status == 0)
      #expect(good.output.contains("db-svc.default.svc.cluster.local. A 10.96.0.79"))
      let bad = try await Tool.run(
        Plane.binary, ["explain", "db", "-o", "json", "--kubeconfig", plane.kubeConfig])
      #expect(bad.status == 1)
      #expect(bad.output.contains("\"similarName\""))
    }
  }
}
