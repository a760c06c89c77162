import JSONTree
import KubernetesAPI
import Testing

@testable import APIServer

@Suite struct ReviewTests {
  private let reviews = "/apis/authorization.k8s.io/v1/"
  private let ada = UserInfo(name: "ada", groups: ["team"])

  /// A server on which everybody known may ask, and ada may list Pods in `default`.
  private func run(_ body: @Sendable (TestServer) async throws -> Void) async throws {
    try await TestServer.run(catalogue: KindCatalogue(CoreKinds.all)) { server in
      let access = "/apis/rbac.authorization.k8s.io/v1/"
      for name in ["system:basic-user", "view"] {
        for role in BuiltInRole.all where role.name == name || role.givesTo == name {
          _ = await server.post(access + "clusterroles", role.role)
          if let binding = role.binding {
            _ = await server.post(access + "clusterrolebindings", binding)
          }
        }
      }
      _ = await server.post(
        access + "namespaces/default/rolebindings",
        [
          "metadata": ["name": "ada"],
          "roleRef": ["kind": "ClusterRole", "name": "system:aggregate-to-view"],
          "subjects": [["kind": "User", "name": "ada"]],
        ])
      try await body(server)
    }
  }

  private func ask(
    _ server: TestServer, _ plural: String, _ spec: JSON, as user: UserInfo
  ) async -> TestServer.Answer {
    await server.send("POST", reviews + plural, (["spec": spec] as JSON).encoded(), as: user)
  }

  @Test(arguments: [
    (#"{"verb":"list","resource":"pods","namespace":"default"}"#, true),
    (#"{"verb":"list","resource":"pods","namespace":"other"}"#, false),
    (#"{"verb":"delete","resource":"pods","namespace":"default"}"#, false),
    (#"{"verb":"get","resource":"pods","subresource":"log","namespace":"default"}"#, true),
  ])
  func `one may ask what one may do`(request: String, isAllowed: Bool) async throws {
    let attributes = try JSON(parsing: request)
    try await run { server in
      let own = await ask(
        server, "selfsubjectaccessreviews", ["resourceAttributes": attributes], as: ada)
      #expect(own.code == 201)
      #expect(own.json[path: "status", "allowed"] == .bool(isAllowed))
      let others = await ask(
        server, "subjectaccessreviews", ["resourceAttributes": attributes, "user": "ada"],
        as: TestServer.admin)
      #expect(others.json[path: "status", "allowed"] == .bool(isAllowed))
      let refused = await ask(
        server, "subjectaccessreviews", ["resourceAttributes": attributes, "user": "ada"], as: ada)
      #expect(refused.code == 403)
    }
  }

  @Test func `a question must be one`() async throws {
    try await run { server in
      let nothing = await ask(server, "selfsubjectaccessreviews", [:], as: ada)
      #expect(nothing.code == 422)
      #expect(
        nothing.message == "SelfSubjectAccessReview.authorization.k8s.io \"\" is invalid: "
          + "spec.resourceAttributes: Invalid value: null: exactly one of nonResourceAttributes "
          + "or resourceAttributes must be specified")
      let nobody = await ask(
        server, "subjectaccessreviews", ["nonResourceAttributes": ["path": "/", "verb": "get"]],
        as: TestServer.admin)
      #expect(nobody.message.contains("spec.user: Invalid value: \"\": at least one of"))
    }
  }

  @Test func `questions are asked, not listed`() async throws {
    try await run { server in
      let answer = await server.get(reviews + "selfsubjectaccessreviews")
      #expect(answer.code == 405)
    }
  }

  @Test func `everything one may do is told`() async throws {
    try await run { server in
      let answer = await ask(
        server, "selfsubjectrulesreviews", ["namespace": "default"], as: ada)
      let rules = answer.json[path: "status", "resourceRules"]?.array ?? []
      #expect(rules.contains { $0.items("resources").contains("endpointslices") })
      #expect(answer.json[path: "status", "incomplete"] == false)
      let elsewhere = await ask(
        server, "selfsubjectrulesreviews", ["namespace": "other"], as: ada)
      let fewer = elsewhere.json[path: "status", "resourceRules"]?.array ?? []
      #expect(!fewer.isEmpty && fewer.count < rules.count)
    }
  }

  @Test func `one may ask who one is`() async throws {
    try await run { server in
      let answer = await server.send(
        "POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews", Array("{}".utf8), as: ada)
      #expect(answer.code == 201)
      let user = answer.json[path: "status", "userInfo"]
      #expect(user == ["username": "ada", "groups": ["team", "system:authenticated"]])
    }
  }
}
