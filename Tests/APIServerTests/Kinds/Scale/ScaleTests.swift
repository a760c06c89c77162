import JSONTree
import KubernetesAPI
import Testing

@testable import APIServer

@Suite struct ScaleTests {
  private let sets = "/apis/apps/v1/namespaces/default/statefulsets"

  private func run(_ body: @Sendable (TestServer) async throws -> Void) async throws {
    try await TestServer.run(catalogue: KindCatalogue(CoreKinds.all)) { server in
      let made = await server.post(sets, WorkloadSample.workload(["replicas": 3]))
      #expect(made.code == 201)
      try await body(server)
    }
  }

  @Test func `A workload shows its scale`() async throws {
    try await run { server in
      let scale = await server.get(sets + "/web/scale").json
      #expect(scale["kind"] == "Scale")
      #expect(scale["apiVersion"] == "autoscaling/v1")
      #expect(scale["spec"] == ["replicas": 3])
      #expect(scale["status"] == ["replicas": 0, "selector": "app=web"])
      #expect(await server.get(sets + "/none/scale").code == 404)
      #expect(await server.post(sets + "/web/scale", [:]).code == 405)
    }
  }

  @Test func `A scale changes the number of Pods and nothing else`() async throws {
    try await run { server in
      let before = await server.get(sets + "/web").json
      var scale = await server.get(sets + "/web/scale").json
      scale["spec"] = ["replicas": 5]
      let put = await server.put(sets + "/web/scale", scale)
      #expect(put.code == 200 && put.json["spec"] == ["replicas": 5])
      let after = await server.get(sets + "/web").json
      #expect(after[path: "spec", "replicas"] == 5)
      #expect(after[path: "metadata", "generation"] == 2)
      #expect(after[path: "spec", "template"] == before[path: "spec", "template"])
      let stale = await server.put(sets + "/web/scale", scale)
      #expect(stale.code == 409 && stale.reason == "Conflict")
      let patched = await server.patch(sets + "/web/scale", ["spec": ["replicas": 0]])
      #expect(patched.code == 200 && patched.json["spec"] == .object([:]))
      #expect(await server.get(sets + "/web").json[path: "spec", "replicas"] == 0)
    }
  }

  @Test func `A number below zero is refused as the scale's mistake`() async throws {
    try await run { server in
      let answer = await server.patch(sets + "/web/scale", ["spec": ["replicas": -1]])
      #expect(answer.code == 422)
      #expect(
        answer.message
          == "Scale.autoscaling \"web\" is invalid: spec.replicas: Invalid value: -1: must be "
          + "greater than or equal to 0")
    }
  }

  @Test func `Discovery names the kind of the subresource`() async throws {
    try await run { server in
      let list = await server.get("/apis/apps/v1").json
      let scale = list["resources"]?.array?.first { $0["name"] == "statefulsets/scale" }
      #expect(scale?["kind"] == "Scale" && scale?["group"] == "autoscaling")
    }
  }
}
