import JSONTree
import KubernetesAPI
import Testing

@testable import APIServer

@Suite(.timeLimit(.minutes(5))) struct DeleteTests {
  private let widgets = "/apis/test.io/v1/namespaces/default/widgets"

  private func make(
    _ server: TestServer, _ name: String, finalizers: [String] = [], grace: Int64 = 0
  ) async -> TestServer.Answer {
    await server.post(
      widgets,
      [
        "metadata": ["name": .string(name), "finalizers": JSON(strings: finalizers)],
        "spec": ["graceSeconds": .integer(grace)],
      ])
  }

  @Test func `an object stays until its last finalizer is gone`() async throws {
    try await TestServer.run { server in
      _ = await make(server, "a", finalizers: ["test.io/x", "test.io/y"])
      let marked = await server.delete(widgets + "/a")
      #expect(marked.code == 200)
      #expect(marked.json[path: "metadata", "deletionTimestamp"] == "2023-11-14T22:13:20Z")
      #expect(marked.json[path: "metadata", "generation"] == 2)
      #expect(await server.delete(widgets + "/a").version == marked.version, "nothing to add")
      let again = await server.post(widgets, ["metadata": ["name": "a"]])
      #expect(again.message.hasPrefix("object is being deleted: "))
      let more = await server.patch(
        widgets + "/a", ["metadata": ["finalizers": ["test.io/x", "test.io/y", "test.io/z"]]])
      #expect(more.code == 422, "none may be added")
      _ = await server.patch(widgets + "/a", ["metadata": ["finalizers": ["test.io/y"]]])
      #expect(await server.get(widgets + "/a").code == 200)
      let last = await server.patch(widgets + "/a", ["metadata": ["finalizers": []]])
      #expect(last.code == 200)
      #expect(await server.get(widgets + "/a").code == 404)
    }
  }

  @Test func `a grace period can only be shortened`() async throws {
    try await TestServer.run { server in
      _ = await make(server, "a", grace: 30)
      let marked = await server.delete(widgets + "/a")
      #expect(marked.json[path: "metadata", "deletionGracePeriodSeconds"] == 30)
      #expect(marked.json[path: "metadata", "deletionTimestamp"] == "2023-11-14T22:13:50Z")
      let longer = await server.delete(widgets + "/a", ["gracePeriodSeconds": 60])
      #expect(longer.version == marked.version)
      let shorter = await server.delete(widgets + "/a", ["gracePeriodSeconds": 10])
      #expect(shorter.json[path: "metadata", "deletionTimestamp"] == "2023-11-14T22:13:30Z")
      #expect(await server.delete(widgets + "/a", ["gracePeriodSeconds": 0]).code == 200)
      #expect(await server.get(widgets + "/a").code == 404)
    }
  }

  @Test(arguments: [
    ("Foreground", "foregroundDeletion"), ("Orphan", "orphan"),
  ])
  func `what becomes of dependents is left to a finalizer`(
    policy: String, finalizer: String
  ) async throws {
    try await TestServer.run { server in
      _ = await make(server, "a")
      let marked = await server.delete(widgets + "/a?propagationPolicy=" + policy)
      #expect(marked.json[path: "metadata", "finalizers"] == [.string(finalizer)])
      #expect(await server.delete(widgets + "/a?propagationPolicy=Background").code == 200)
      #expect(await server.get(widgets + "/a").code == 404)
    }
  }

  @Test func `a collection is deleted by selector, and a dry run deletes nothing`() async throws {
    try await TestServer.run { server in
      for (name, on) in [("a", "yes"), ("b", "no"), ("c", "yes")] {
        _ = await server.post(
          widgets, ["metadata": ["name": .string(name), "labels": ["on": .string(on)]]])
      }
      let selected = widgets + "?labelSelector=on%3Dyes"
      #expect(await server.delete(selected + "&dryRun=All").code == 200)
      #expect(await server.get(widgets).json.items("items").count == 3)
      #expect(await server.delete(widgets + "/b?dryRun=All").code == 200)
      let deleted = await server.delete(selected)
      #expect(deleted.json.items("items").count == 2)
      let left = await server.get(widgets).json.items("items")
      #expect(left.map { $0.member("metadata").text("name") } == ["b"])
    }
  }

  @Test func `a namespace lets nothing in once it is going`() async throws {
    try await TestServer.run(namespaces: ["default", "temp"]) { server in
      let marked = await server.delete("/api/v1/namespaces/temp")
      #expect(marked.json[path: "status", "phase"] == "Terminating")
      let refused = await server.post(
        "/apis/test.io/v1/namespaces/temp/widgets", ["metadata": ["name": "late"]])
      #expect(refused.code == 403)
      #expect(
        refused.json[path: "details", "causes"]?.array?.first?["reason"] == "NamespaceTerminating")
      var object = marked.json
      object["spec"] = ["finalizers": []]
      #expect(await server.put("/api/v1/namespaces/temp/finalize", object).code == 200)
      #expect(await server.get("/api/v1/namespaces/temp").code == 404)
    }
  }
}
