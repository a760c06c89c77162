import Foundation
import Testing

extension EndToEnd {
  /// What `rollcall` says and how it exits when it cannot start.
  @Suite(.serialized)
  struct CommandLineTests {
    private func rollcall(_ arguments: String...) async throws -> ToolResult {
      try await Tool.run(Plane.binary, arguments, deadline: .seconds(30))
    }

    @Test(arguments: [
      ["up", "--listen", "nonsense"], ["up", "--service-cidr", "10.0.0.0/8,10.1.0.0/16"],
      ["up", "--service-node-port-range", "9-1"], ["up", "--cluster-domain", "-x"],
      ["up", "--pod-cidr", "nonsense"], ["up", "--pod-cidr", "10.0.0.0/24,10.1.0.0/24"],
      ["up", "--no-node", "--rootless"], ["up", "--nonsense"], ["nonsense"],
      ["up", "--data-dir", "/tmp/x", "--ephemeral"],
    ])
    func wrongUsageExitsWith64(arguments: [String]) async throws {
      let result = try await Tool.run(Plane.binary, arguments, deadline: .seconds(30))
      #expect(result.status == 64)
      #expect(!result.errors.isEmpty)
    }

    @Test(arguments: [[], ["up"], ["apiserver"], ["controllers"], ["dns"], ["agent"], ["down"]])
    func helpSaysWhatTheCommandDoes(command: [String]) async throws {
      let result = try await Tool.run(Plane.binary, command + ["--help"])
      #expect(result.status == 0)
      #expect(result.output.contains("OVERVIEW:") && result.output.contains("USAGE: rollcall"))
    }

    @Test func aTakenPortIsOneLineAnd69() async throws {
      let plane = try await Plane()
      let taken = plane.api.split(separator: "/").last.map(String.init) ?? ""
      let result = try await rollcall(
        "up", "--no-node", "--ephemeral", "--listen", taken, "--dns-listen", "127.0.0.1:0")
      #expect(result.status == 69)
      #expect(result.errors.split(separator: "\n").count == 1, "\(result.errors)")
      #expect(result.errors.contains(taken))
      let dns = try await rollcall(
        "up", "--no-node", "--ephemeral", "--listen", "127.0.0.1:0", "--dns-listen",
        "127.0.0.1:\(plane.dnsPort)"
      )
      #expect(dns.status == 69)
      #expect(dns.errors.contains(plane.dnsPort))
    }

    @Test func aLockedDataDirectoryIsOneLineAnd75() async throws {
      let plane = try await Plane()
      let result = try await rollcall(
        "up", "--no-node", "--data-dir", plane.dataDirectory, "--listen", "127.0.0.1:0",
        "--dns-listen",
        "127.0.0.1:0")
      #expect(result.status == 75)
      #expect(result.errors.split(separator: "\n").count == 1, "\(result.errors)")
      #expect(result.errors.contains(plane.dataDirectory))
    }

    @Test func aBrokenManifestStartsNothing() async throws {
      let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      defer { try? FileManager.default.removeItem(at: folder) }
      let data = folder.appendingPathComponent("data").path
      let broken = folder.appendingPathComponent("broken.yaml")
      try Data("kind: Service\nspec: [1\n".utf8).write(to: broken)
      let result = try await rollcall("up", "--no-node", "--data-dir", data, "-f", broken.path)
      #expect(result.status == 65)
      #expect(result.errors.split(separator: "\n").count == 1, "\(result.errors)")
      #expect(result.errors.contains("broken.yaml"))
      #expect(!FileManager.default.fileExists(atPath: data))
      let missing = try await rollcall(
        "up", "--no-node", "--data-dir", data, "-f", "\(broken.path).none")
      #expect(missing.status == 66)
      let file = try await rollcall("up", "--no-node", "--data-dir", broken.path)
      #expect(file.status == 73)
    }

    @Test func aRefusedManifestSaysWhichAndStops() async throws {
      let file = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        .appendingPathExtension("yaml")
      defer { try? FileManager.default.removeItem(at: file) }
      try Data(
        """
        apiVersion: v1
        kind: Service
        metadata: {name: web}
        spec: {ports: [{port: 0}]}
        """.utf8
      ).write(to: file)
      let result = try await rollcall(
        "up", "--no-node", "--ephemeral", "--listen", "127.0.0.1:0", "--dns-listen", "127.0.0.1:0",
        "-f",
        file.path)
      #expect(result.status == 65)
      #expect(result.errors.contains("spec.ports[0].port: Invalid value: 0"))
    }
  }
}
