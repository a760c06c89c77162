import Foundation
import Testing

/// What the proxy's test bed needs: root for network namespaces, and the programs it is made with.
enum ProxyBed {
  static let isPossible =
    geteuid() == 0 && Kubectl.isInstalled
    && ["ip", "nft", "python3", "sysctl", "unshare"].allSatisfy { Tool.find($0) != nil }

  static let script = Plane.root + "/Tests/EndToEndTests/Scripts/proxy_bed.py"
}

extension EndToEnd {
  /// Two nodes with Pods and a client outside, each a network namespace, against the real kernel.
  @Suite(.enabled(if: ProxyBed.isPossible, "needs root, nftables and iproute2"), .serialized)
  struct ProxyTests {
    @Test func everyBehaviourOfTheServiceProxyHolds() async throws {
      let result = try await Tool.run(
        "unshare",
        [
          "-mn", "--propagation", "private", "python3", ProxyBed.script, Plane.binary,
          Kubectl.newest.path,
        ], deadline: .seconds(900))
      for line in result.lines where line.hasPrefix("FAIL ") { Issue.record("\(line)") }
      #expect(result.lines.last == "done", "\(result.errors)")
      #expect(result.lines.count { $0.hasPrefix("ok ") } >= 100)
    }
  }
}
