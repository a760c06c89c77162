import Foundation
import Testing

extension EndToEnd {
  /// kill -9 under load: what was acknowledged is there, and nothing else.
  @Suite(
    .enabled(if: Kubectl.isInstalled && Tool.find("python3") != nil, "needs kubectl and python3"),
    .serialized)
  struct CrashTests {
    /// `ROLLCALL_CRASHES` asks for more than a test run has time for.
    static let crashes =
      ProcessInfo.processInfo.environment["ROLLCALL_CRASHES"].flatMap { Int($0) } ?? 3

    @Test func everyAcknowledgedWriteSurvivesAndNoneIsInvented() async throws {
      let plane = try await Plane()
      var attempted: Set<String> = []
      var acknowledged: [String: UInt64] = [:]
      var newest: UInt64 = 0
      var random = SystemRandomNumberGenerator()
      for round in 0..<Self.crashes {
        let writer = Task { [kubeConfig = plane.kubeConfig] in
          try await Tool.run(
            "python3",
            [
              Plane.root + "/Tests/EndToEndTests/Scripts/crash_writer.py", kubeConfig,
              Kubectl.newest.path, "16", String(round),
            ])
        }
        // The crash comes at a random moment of the load.
        try await Task.sleep(for: .milliseconds(Int.random(in: 700...2500, using: &random)))
        plane.crash()
        let result = try await writer.value
        #expect(result.status == 0, "\(result.errors)")
        for line in result.lines {
          let words = line.split(separator: " ").map(String.init)
          if words[0] == "try" { attempted.insert(words[1]) }
          if words[0] == "ack" {
            let revision = try #require(UInt64(words[2]))
            #expect(revision > newest, "\(words[1]) came after the restart")
            acknowledged[words[1]] = revision
          }
        }
        newest = acknowledged.values.max() ?? newest
        try await plane.restart()
        try await check(plane, attempted, acknowledged, &newest)
      }
      #expect(acknowledged.count > Self.crashes * 20, "the load was real")
    }

    private func check(
      _ plane: Plane, _ attempted: Set<String>, _ acknowledged: [String: UInt64],
      _ newest: inout UInt64
    ) async throws {
      let list = try await plane.kubectl(
        .newest, "get", "configmaps", "-o",
        #"jsonpath={range .items[*]}{.metadata.name} {.metadata.resourceVersion}{"\n"}{end}"#)
      var present: [String: UInt64] = [:]
      for line in list.lines {
        let words = line.split(separator: " ").map(String.init)
        present[words[0]] = UInt64(words[1])
      }
      for (name, revision) in acknowledged where present[name] != revision {
        Issue.record(
          "\(name) was acknowledged at \(revision), is at \(String(describing: present[name]))")
      }
      for name in present.keys where name.hasPrefix("round") && !attempted.contains(name) {
        Issue.record("\(name) was never asked for")
      }
      // What was written without being acknowledged counts as history too.
      newest = max(newest, present.filter { $0.key.hasPrefix("round") }.values.max() ?? 0)
    }
  }
}
