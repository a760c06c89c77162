import JSONTree
import KubernetesAPI
import Logging
import Testing

@testable import APIServer

@Suite struct BuiltInRoleTests {
  private let roles = "/apis/rbac.authorization.k8s.io/v1/clusterroles"
  private let bindings = "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings"

  /// A server on which the built-in roles have been made.
  private func run(
    _ body: @Sendable (TestServer, ClusterBootstrap) async throws -> Void
  ) async throws {
    try await TestServer.run(catalogue: KindCatalogue(CoreKinds.all)) { test in
      let bootstrap = ClusterBootstrap(
        configuration: ClusterBootstrap.Configuration(
          serviceAddresses: [], advertised: nil, port: 443, certificateAuthority: ""),
        server: test.server,
        logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))
      try await bootstrap.ensureRoles()
      try await body(test, bootstrap)
    }
  }

  private func rules(_ test: TestServer, _ role: String) async -> [PolicyRule] {
    await test.get(roles + "/" + role).json.items("rules").map(PolicyRule.init(json:))
  }

  @Test func `every role and binding is one the server itself accepts`() async throws {
    try await run { test, _ in
      let made = Set(
        await test.get(roles).json.items("items").map { $0.member("metadata").text("name") })
      #expect(made == Set(BuiltInRole.all.map(\.name)))
      let bound = Set(
        await test.get(bindings).json.items("items").map { $0.member("metadata").text("name") })
      #expect(
        bound.isSuperset(of: ["cluster-admin", "system:node-proxier", "system:coredns"]))
    }
  }

  private static let resources = [
    "/api/v1/services", "/api/v1/endpoints", "/apis/discovery.k8s.io/v1/endpointslices",
  ]

  @Test(arguments: [
    "system:serviceaccount:kube-system:coredns", "system:kube-proxy",
    "system:serviceaccount:kube-system:kube-proxy",
  ])
  func `DNS and proxies follow Services and endpoints, and write neither`(
    name: String
  ) async throws {
    try await run { test, _ in
      let user = UserInfo(name: name, groups: [])
      for path in Self.resources {
        #expect(await test.send("GET", path, as: user).code == 200, "\(path)")
      }
      let body: JSON = ["metadata": ["name": "x"], "spec": ["ports": [["port": 80]]]]
      let services = "/api/v1/namespaces/default/services"
      #expect(await test.send("POST", services, body.encoded(), as: user).code == 403)
      #expect(await test.send("GET", "/api/v1/secrets", as: user).code == 403)
    }
  }

  @Test func `everybody who is known learns what is served, and strangers do not`() async throws {
    try await run { test, _ in
      let ada = UserInfo(name: "ada", groups: [])
      #expect(await test.send("GET", "/apis", as: ada).code == 200)
      #expect(await test.send("GET", "/openapi/v3", as: ada).code == 200)
      #expect(await test.send("GET", "/metrics", as: ada).code == 403)
      #expect(await test.send("GET", "/apis", as: nil).code == 401)
      let monitor = UserInfo(name: "m", groups: ["system:monitoring"])
      #expect(await test.send("GET", "/metrics", as: monitor).code == 200)
    }
  }

  @Test func `view, edit and admin hold more and more`() async throws {
    try await run { test, _ in
      let (view, edit, admin) = (
        await rules(test, "view"), await rules(test, "edit"), await rules(test, "admin")
      )
      let secrets = PolicyRule(apiGroups: [""], resources: ["secrets"], verbs: ["get"])
      let roles = PolicyRule(
        apiGroups: ["rbac.authorization.k8s.io"], resources: ["roles"], verbs: ["create"])
      #expect(!view.isEmpty)
      #expect(PolicyRule.missing(from: edit, of: view).isEmpty)
      #expect(PolicyRule.missing(from: admin, of: edit).isEmpty)
      #expect(PolicyRule.missing(from: view, of: [secrets]) == [secrets])
      #expect(PolicyRule.missing(from: edit, of: [secrets]).isEmpty)
      #expect(PolicyRule.missing(from: edit, of: [roles]) == [roles])
      #expect(PolicyRule.missing(from: admin, of: [roles]).isEmpty)
    }
  }

  @Test func `a role with the label of another gives to it`() async throws {
    try await run { test, bootstrap in
      let extra: JSON = [
        "metadata": [
          "name": "extra",
          "labels": ["rbac.authorization.k8s.io/aggregate-to-view": "true"],
        ],
        "rules": [["apiGroups": ["example.org"], "resources": ["things"], "verbs": ["get"]]],
      ]
      #expect(await test.post(roles, extra).code == 201)
      try await bootstrap.aggregateRoles()
      let wanted = PolicyRule(
        apiGroups: ["example.org"], resources: ["things"], verbs: ["get"])
      for role in ["view", "edit", "admin"] {
        #expect(await rules(test, role).contains(wanted), "\(role)")
      }
      #expect(await test.delete(roles + "/extra").code == 200)
      try await bootstrap.aggregateRoles()
      #expect(await !rules(test, "admin").contains(wanted))
    }
  }

  @Test func `what was taken away comes back, what was added stays`() async throws {
    try await run { test, bootstrap in
      let own = PolicyRule(apiGroups: [""], resources: ["nodes"], verbs: ["list"])
      _ = await test.patch(roles + "/system:coredns", ["rules": [own.json]])
      _ = await test.patch(
        bindings + "/system:coredns", ["subjects": [["kind": "Group", "name": "g"]]])
      _ = await test.delete(roles + "/system:kube-dns")
      _ = await test.patch(
        roles + "/system:node",
        ["metadata": ["annotations": [BuiltInRole.annotation: "false"]], "rules": []])
      try await bootstrap.ensureRoles()
      let restored = await rules(test, "system:coredns")
      let wanted = BuiltInRole.all.first { $0.name == "system:coredns" }?.rules ?? []
      #expect(restored.contains(own))
      #expect(PolicyRule.missing(from: restored, of: wanted).isEmpty)
      #expect(await test.get(bindings + "/system:coredns").json.items("subjects").count == 2)
      #expect(await test.get(roles + "/system:kube-dns").code == 200)
      #expect(await rules(test, "system:node").isEmpty)

      let version = await test.get(roles).version
      try await bootstrap.ensureRoles()
      #expect(await test.get(roles).version == version, "doing it again changes nothing")
    }
  }
}
