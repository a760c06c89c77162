import Foundation
import Testing

extension EndToEnd {
  /// Who may do what: roles, bindings and the tokens of ServiceAccounts.
  @Suite(.enabled(if: Kubectl.isInstalled, "needs kubectl"), .serialized)
  struct AccessTests {
    /// A kubectl that comes in by a token instead of the administrator's certificate.
    private func kubectl(
      _ plane: Plane, token: String, _ arguments: String...
    ) async throws -> ToolResult {
      try await Tool.run(
        Kubectl.newest.path,
        [
          "--server", plane.api, "--certificate-authority",
          plane.dataDirectory + "/pki/ca.crt", "--token", token,
        ] + arguments,
        environment: ["KUBECONFIG": "/dev/null", "HOME": plane.dataDirectory])
    }

    private func token(
      _ plane: Plane, of account: String, in namespace: String
    ) async throws
      -> String
    {
      let issued = try await plane.kubectl(.newest, "create", "token", account, "-n", namespace)
      try #require(issued.status == 0, "\(issued.errors)")
      return issued.lines[0]
    }

    @Test(.enabled(if: Tool.find("python3") != nil, "needs python3"))
    func requestsThatFollowAtOnceOnOneConnectionAreAnswered() async throws {
      let plane = try await Plane()
      let result = try await Tool.run(
        "python3",
        [Plane.root + "/Tests/EndToEndTests/Scripts/follow.py", plane.kubeConfig, "300"])
      #expect(result.output == "all answered\n", "\(result.errors)")
    }

    @Test func aServiceAccountMayDoWhatItsRolesAllow() async throws {
      let plane = try await Plane()
      _ = try await plane.kubectl(.newest, "create", "serviceaccount", "robot")
      let token = try await token(plane, of: "robot", in: "default")
      let refused = try await kubectl(plane, token: token, "get", "pods")
      #expect(
        refused.errors.contains(
          #"pods is forbidden: User "system:serviceaccount:default:robot" cannot list resource "#
            + #""pods" in API group "" in the namespace "default""#))

      let bound = try await plane.kubectl(
        .newest, "create", "rolebinding", "robot", "--clusterrole=view",
        "--serviceaccount=default:robot")
      #expect(bound.status == 0, "\(bound.errors)")
      try await eventually("the role holds") {
        try await kubectl(plane, token: token, "get", "pods").status == 0
      }
      #expect(try await kubectl(plane, token: token, "get", "secrets").status == 1)
      let may = try await kubectl(plane, token: token, "auth", "can-i", "list", "pods")
      #expect(may.output == "yes\n", "\(may.errors)")
      let mayNot = try await kubectl(plane, token: token, "auth", "can-i", "list", "secrets")
      #expect(mayNot.output == "no\n" && mayNot.status == 1, "\(mayNot.errors)")
      let all = try await kubectl(plane, token: token, "auth", "can-i", "--list")
      #expect(all.output.contains("endpointslices.discovery.k8s.io"), "\(all.errors)")
      let who = try await kubectl(plane, token: token, "auth", "whoami")
      #expect(who.output.contains("system:serviceaccount:default:robot"), "\(who.errors)")
      #expect(try await kubectl(plane, token: token, "get", "pods", "-A").status == 1)
      let grabbing = try await kubectl(
        plane, token: token, "create", "rolebinding", "grab", "--clusterrole=cluster-admin",
        "--serviceaccount=default:robot")
      #expect(grabbing.status == 1)
    }

    @Test func rolesAreCreatedAndShown() async throws {
      let plane = try await Plane()
      let role = try await plane.kubectl(
        .newest, "create", "role", "reader", "--verb=get,list", "--resource=pods")
      #expect(role.status == 0, "\(role.errors)")
      let shown = try await plane.kubectl(.newest, "describe", "role", "reader")
      #expect(shown.output.contains("pods"))
      let view = try await plane.kubectl(.newest, "describe", "clusterrole", "view")
      #expect(view.output.contains("endpointslices.discovery.k8s.io"))
      let rows = try await plane.kubectl(.newest, "get", "clusterrolebindings", "-o", "wide")
      #expect(rows.lines[0].split(separator: " ").starts(with: ["NAME", "ROLE", "AGE"]))
      #expect(
        rows.lines.contains {
          $0.contains("ClusterRole/system:coredns") && $0.contains("kube-system/coredns")
        })
    }

    /// The rights CoreDNS and kube-proxy have in every cluster suffice for cluster DNS.
    @Test(.enabled(if: Tool.find("dig") != nil, "needs dig"))
    func dnsRunsWithTheRightsCoreDNSHas() async throws {
      let plane = try await Plane()
      _ = try await plane.kubectl(
        .newest, "create", "serviceaccount", "coredns", "-n", "kube-system")
      let token = try await token(plane, of: "coredns", in: "kube-system")
      let scratch = try Scratch()
      let kubeConfig = scratch.path + "/kubeconfig"
      try Data(
        """
        apiVersion: v1
        kind: Config
        clusters:
        - name: plane
          cluster:
            server: \(plane.api)
            certificate-authority: \(plane.dataDirectory)/pki/ca.crt
        users:
        - name: coredns
          user: {token: \(token)}
        contexts:
        - name: dns
          context: {cluster: plane, user: coredns}
        current-context: dns
        """.utf8
      ).write(to: URL(fileURLWithPath: kubeConfig))
      let process = Process()
      process.executableURL = URL(fileURLWithPath: Plane.binary)
      process.arguments = ["dns", "--kubeconfig", kubeConfig, "--listen", "127.0.0.1:0"]
      let output = OutputFile(path: scratch.path + "/output")
      process.standardOutput = try output.open()
      process.standardError = FileHandle.nullDevice
      try Tool.start(process)
      defer { kill(process.processIdentifier, SIGKILL) }
      try await eventually("it serves", within: .seconds(30)) { output.text.contains("ready ") }
      let port = try #require(
        output.text.split(whereSeparator: \.isWhitespace).last?.split(separator: ":").last)
      let answer = try await Tool.run(
        "dig",
        [
          "@127.0.0.1", "-p", String(port), "+short", "kubernetes.default.svc.cluster.local",
        ])
      #expect(answer.lines == ["10.96.0.1"])
    }
  }
}
