import Foundation
import Testing

extension EndToEnd {
  /// Plain record semantics: what a server of zone files answers for the same records.
  @Suite(.enabled(if: Kubectl.isInstalled, "needs kubectl"), .serialized)
  struct ZoneFileTests {
    private static let python = "\(Plane.root)/.build/python/bin/python"

    private static var canCompare: Bool {
      FileManager.default.isExecutableFile(atPath: python)
        && FileManager.default.isExecutableFile(atPath: "/usr/sbin/nsd")
    }

    static let objects = """
      apiVersion: v1
      kind: Service
      metadata: {name: web}
      spec: {clusterIP: 10.96.0.55, ports: [{name: http, port: 80}, {name: alt, port: 81}]}
      ---
      apiVersion: v1
      kind: Service
      metadata: {name: db}
      spec: {clusterIP: None, ports: [{name: sql, port: 5432}]}
      ---
      apiVersion: discovery.k8s.io/v1
      kind: EndpointSlice
      metadata: {name: db-1, labels: {kubernetes.io/service-name: db}}
      addressType: IPv4
      ports: [{name: sql, port: 5432}]
      endpoints:
      - {addresses: [10.77.0.1], hostname: db-0}
      - {addresses: [10.77.0.2], hostname: db-1}
      - {addresses: [10.77.0.3]}
      ---
      apiVersion: discovery.k8s.io/v1
      kind: EndpointSlice
      metadata: {name: db-2, labels: {kubernetes.io/service-name: db}}
      addressType: IPv6
      ports: [{name: sql, port: 5432}]
      endpoints:
      - {addresses: ["fd00:77::1"], hostname: db-0}
      ---
      apiVersion: v1
      kind: Service
      metadata: {name: alias}
      spec: {type: ExternalName, externalName: db.default.svc.cluster.local}
      ---
      apiVersion: v1
      kind: Service
      metadata: {name: outside}
      spec: {type: ExternalName, externalName: www.example.com}
      ---
      apiVersion: v1
      kind: Service
      metadata: {name: dangling}
      spec: {type: ExternalName, externalName: nix.default.svc.cluster.local}
      """

    @Test(.enabled(if: canCompare, "needs nsd and .build/python"))
    func answersAreThoseOfTheSameZoneInAFile() async throws {
      let plane = try await Plane(["--upstream", "none"])
      let applied = try await plane.kubectl(.newest, "apply", "-f", "-", input: Self.objects)
      try #require(applied.status == 0, "\(applied.errors)")
      let scratch = try Scratch()
      let output = OutputFile(path: "\(scratch.path)/dns.output")
      let server = Process()
      server.executableURL = URL(fileURLWithPath: Plane.binary)
      server.arguments = [
        "dns", "--kubeconfig", plane.kubeConfig, "--listen", "127.0.0.1:0", "--upstream", "none",
        "--transfer-to", "127.0.0.0/8",
      ]
      server.standardInput = FileHandle.nullDevice
      server.standardOutput = try output.open()
      server.standardError = FileHandle.nullDevice
      try Tool.start(server)
      defer {
        kill(server.processIdentifier, SIGTERM)
        server.waitUntilExit()
      }
      try await eventually("rollcall dns is ready", within: .seconds(30)) {
        output.text.contains("ready dns=") || !server.isRunning
      }
      let port = try #require(
        output.text.split(whereSeparator: \.isWhitespace).last?.split(separator: ":").last)
      let result = try await Tool.run(
        Self.python,
        [
          "\(Plane.root)/Tests/EndToEndTests/Scripts/zone_file.py", "\(port)", "cluster.local",
          scratch.path,
        ], deadline: .seconds(240))
      if result.errors.contains("No module named") {
        print("dnspython is not installed")
        return
      }
      let differences = result.lines.filter { $0.hasPrefix("differs") }
      #expect(differences.isEmpty, "\(differences.joined(separator: "\n"))")
      let same = result.lines.last.flatMap { $0.split(separator: " ").last }.flatMap { Int($0) }
      #expect((same ?? 0) > 200, "\(result.output)\(result.errors)")
    }
  }
}
