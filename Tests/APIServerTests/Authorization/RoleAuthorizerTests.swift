import JSONTree
import KubernetesAPI
import Testing

@testable import APIServer

@Suite struct RoleAuthorizerTests {
  private let ada = UserInfo(name: "ada", groups: ["team"])
  private let access = "/apis/rbac.authorization.k8s.io/v1"
  private var inDefault: String { access + "/namespaces/default" }
  private let configMaps = "/api/v1/namespaces/default/configmaps"

  private func run(_ body: @Sendable (TestServer) async throws -> Void) async throws {
    try await TestServer.run(
      catalogue: KindCatalogue(CoreKinds.all), namespaces: ["default", "other"], body)
  }

  private func role(
    _ kind: String, _ name: String, _ resources: [String], _ verbs: [String]
  ) -> JSON {
    [
      "kind": .string(kind), "metadata": ["name": .string(name)],
      "rules": [
        ["apiGroups": [""], "resources": JSON(strings: resources), "verbs": JSON(strings: verbs)]
      ],
    ]
  }

  private func binding(
    _ name: String, to role: (kind: String, name: String), _ subjects: JSON...
  ) -> JSON {
    [
      "metadata": ["name": .string(name)],
      "roleRef": ["kind": .string(role.kind), "name": .string(role.name)],
      "subjects": .array(subjects),
    ]
  }

  private func user(_ name: String) -> JSON { ["kind": "User", "name": .string(name)] }

  @Test func `nobody may do anything without a role`() async throws {
    try await run { server in
      let answer = await server.send("GET", configMaps, as: ada)
      #expect(answer.code == 403)
      #expect(
        answer.message == #"configmaps is forbidden: User "ada" cannot list resource "#
          + #""configmaps" in API group "" in the namespace "default""#)
    }
  }

  @Test func `a role holds in its namespace, a cluster role where it is bound`() async throws {
    try await run { server in
      _ = await server.post(
        inDefault + "/roles", role("Role", "reader", ["configmaps"], ["list"]))
      _ = await server.post(
        inDefault + "/rolebindings", binding("ada", to: ("Role", "reader"), user("ada")))
      #expect(await server.send("GET", configMaps, as: ada).code == 200)
      #expect(
        await server.send("GET", "/api/v1/namespaces/other/configmaps", as: ada).code == 403)
      #expect(await server.send("GET", "/api/v1/configmaps", as: ada).code == 403)
      #expect(await server.send("GET", configMaps + "/x", as: ada).code == 403)

      _ = await server.post(
        access + "/clusterroles", role("ClusterRole", "reader", ["configmaps"], ["get", "list"]))
      let group: JSON = ["kind": "Group", "name": "team"]
      _ = await server.post(
        access + "/clusterrolebindings", binding("team", to: ("ClusterRole", "reader"), group))
      #expect(await server.send("GET", "/api/v1/configmaps", as: ada).code == 200)
      #expect(await server.send("GET", configMaps + "/x", as: ada).code == 404)

      #expect(await server.delete(access + "/clusterrolebindings/team").code == 200)
      #expect(await server.send("GET", "/api/v1/configmaps", as: ada).code == 403)
    }
  }

  @Test func `a ServiceAccount without a namespace is one of the binding's`() async throws {
    try await run { server in
      _ = await server.post(
        inDefault + "/roles", role("Role", "reader", ["configmaps"], ["list"]))
      let account: JSON = ["kind": "ServiceAccount", "name": "robot"]
      _ = await server.post(
        inDefault + "/rolebindings", binding("robot", to: ("Role", "reader"), account))
      let robot = UserInfo(name: "system:serviceaccount:default:robot", groups: [])
      let stranger = UserInfo(name: "system:serviceaccount:other:robot", groups: [])
      #expect(await server.send("GET", configMaps, as: robot).code == 200)
      #expect(await server.send("GET", configMaps, as: stranger).code == 403)
    }
  }

  /// ada may write roles and bindings, and read ConfigMaps.
  private func empower(_ server: TestServer) async {
    let keeper: JSON = [
      "metadata": ["name": "keeper"],
      "rules": [
        [
          "apiGroups": ["rbac.authorization.k8s.io"], "resources": ["roles", "rolebindings"],
          "verbs": ["create", "update", "patch", "get"],
        ], ["apiGroups": [""], "resources": ["configmaps"], "verbs": ["get", "list"]],
      ],
    ]
    _ = await server.post(access + "/clusterroles", keeper)
    _ = await server.post(
      inDefault + "/rolebindings", binding("keeper", to: ("ClusterRole", "keeper"), user("ada")))
  }

  @Test func `nobody gives away more than he has`() async throws {
    try await run { server in
      await empower(server)
      func create(_ plural: String, _ object: JSON) async -> TestServer.Answer {
        await server.send("POST", "\(inDefault)/\(plural)", object.encoded(), as: ada)
      }
      let less = role("Role", "less", ["configmaps"], ["get"])
      let more = role("Role", "more", ["configmaps", "secrets"], ["get", "delete"])
      #expect(await create("roles", less).code == 201)
      let refused = await create("roles", more)
      #expect(refused.code == 403)
      #expect(
        refused.message == """
          roles.rbac.authorization.k8s.io "more" is forbidden: user "ada" (groups=["team" \
          "system:authenticated"]) is attempting to grant RBAC permissions not currently held:
          {APIGroups:[""], Resources:["configmaps"], Verbs:["delete"]}
          {APIGroups:[""], Resources:["secrets"], Verbs:["get" "delete"]}
          """)
      let wider: JSON = ["rules": more.member("rules")]
      let patched = await server.send(
        "PATCH", inDefault + "/roles/less", wider.encoded(),
        headers: ["content-type": "application/merge-patch+json"], as: ada)
      #expect(patched.code == 403)
      let labelled: JSON = ["metadata": ["labels": ["a": "b"]]]
      let renamed = await server.send(
        "PATCH", inDefault + "/roles/less", labelled.encoded(),
        headers: ["content-type": "application/merge-patch+json"], as: ada)
      #expect(renamed.code == 200)
      let put = await server.send("PUT", inDefault + "/roles/more", more.encoded(), as: ada)
      #expect(put.code == 403, "a PUT that would create it")

      #expect(
        await create("rolebindings", binding("a", to: ("Role", "less"), user("bob"))).code == 201)
      _ = await server.post(inDefault + "/roles", more)
      #expect(
        await create("rolebindings", binding("b", to: ("Role", "more"), user("bob"))).code == 403)
      let missing = await create("rolebindings", binding("c", to: ("Role", "none"), user("bob")))
      #expect(missing.code == 404)
    }
  }

  @Test func `the verbs escalate and bind let him`() async throws {
    try await run { server in
      await empower(server)
      let license: JSON = [
        "metadata": ["name": "license"],
        "rules": [
          [
            "apiGroups": ["rbac.authorization.k8s.io"], "resources": ["roles"],
            "verbs": ["escalate", "bind"],
          ]
        ],
      ]
      _ = await server.post(access + "/clusterroles", license)
      _ = await server.post(
        inDefault + "/rolebindings", binding("l", to: ("ClusterRole", "license"), user("ada")))
      let more = role("Role", "more", ["secrets"], ["get"])
      #expect(
        await server.send("POST", inDefault + "/roles", more.encoded(), as: ada).code == 201)
      let bound = binding("b", to: ("Role", "more"), user("ada"))
      #expect(
        await server.send("POST", inDefault + "/rolebindings", bound.encoded(), as: ada).code
          == 201)
    }
  }
}
