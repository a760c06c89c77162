import Foundation
import Testing

/// What the proxy's test bed needs: root for network namespaces, and the programs it is made with.
enum ProxyBed {
  static let isPossible =
    geteuid() == 0 && Kubectl.isInstalled
    && ["ip", "nft", "python3", "sysctl", "unshare"].allSatisfy { Tool.find($0) != nil }

  static let hasOpenLDAP = ["dig", "ldapsearch", "slapadd", "slapd"].allSatisfy {
    Tool.find($0) != nil
  }

  /// Runs a script of the bed in namespaces of its own; every line that says FAIL is an issue.
  static func run(_ script: String, behaviours: Int) async throws {
    let result = try await Tool.run(
      "unshare",
      [
        "-mn", "--propagation", "private", "python3",
        Plane.root + "/Tests/EndToEndTests/Scripts/" + script, Plane.binary, Kubectl.newest.path,
      ], deadline: .seconds(900))
    for line in result.lines where line.hasPrefix("FAIL ") { Issue.record("\(line)") }
    #expect(result.lines.last == "done", "\(result.errors)")
    #expect(result.lines.count { $0.hasPrefix("ok ") } >= behaviours)
  }
}

extension EndToEnd {
  /// Two nodes with Pods and a client outside, each a network namespace, against the real kernel.
  @Suite(.enabled(if: ProxyBed.isPossible, "needs root, nftables and iproute2"), .serialized)
  struct ProxyTests {
    @Test func everyBehaviourOfTheServiceProxyHolds() async throws {
      try await ProxyBed.run("proxy_bed.py", behaviours: 115)
    }

    @Test(.enabled(if: ProxyBed.hasOpenLDAP, "needs slapd, ldapsearch and dig"))
    func openLDAPIsReachedThroughAHeadlessANodePortAndALoadBalancerService() async throws {
      try await ProxyBed.run("ldap_bed.py", behaviours: 8)
    }
  }
}
