import JSONTree
import KubernetesAPI
import Testing

@testable import APIServer

struct PodLogTests {
  private let pods = "/api/v1/namespaces/default/pods"

  private func run(_ body: @Sendable (TestServer) async throws -> Void) async throws {
    try await TestServer.run(catalogue: KindCatalogue(CoreKinds.all)) { test in
      for name in ["waits", "bound"] {
        var spec: JSON = ["containers": [["name": "main", "image": "x"]]]
        if name == "bound" { spec["nodeName"] = "node-1" }
        let made = await test.post(
          pods, ["metadata": ["name": .string(name)], "spec": spec])
        #expect(made.code == 201, "\(made.text)")
      }
      try await body(test)
    }
  }

  @Test func aPodWithoutANodeHasSaidNothing() async throws {
    try await run { test in
      let log = await test.get(pods + "/waits/log")
      #expect(log.code == 200 && log.text == "")
      #expect(await test.get(pods + "/nobody/log").message == "pods \"nobody\" not found")
      #expect(
        await test.get(pods + "/waits/log?container=x").message
          == "container x is not valid for pod waits")
      #expect(await test.get(pods + "/bound/log").message == "nodes \"node-1\" not found")
    }
  }

  @Test(arguments: [
    ("tailLines=-1", "tailLines: Invalid value: -1: must be greater than or equal to 0"),
    ("limitBytes=0", "limitBytes: Invalid value: 0: must be greater than 0"),
    ("sinceSeconds=0", "sinceSeconds: Invalid value: 0: must be greater than 0"),
  ])
  func optionsAreChecked(query: String, problem: String) async throws {
    try await run { test in
      let answer = await test.get(pods + "/waits/log?" + query)
      #expect(answer.code == 422)
      #expect(answer.message == "PodLogOptions \"waits\" is invalid: \(problem)")
    }
  }

  @Test func streamsNeedAnUpgradeAndTheRightToCreateOne() async throws {
    try await run { test in
      for part in ["exec", "attach", "portforward"] {
        for method in ["GET", "POST"] {
          let answer = await test.send(method, pods + "/waits/\(part)?command=a&stdout=true")
          #expect(answer.code == 400)
          #expect(answer.message == "Upgrade request required")
          let refused = await test.send(
            method, pods + "/waits/\(part)", as: UserInfo(name: "eve", groups: []))
          #expect(refused.code == 403)
          #expect(refused.message.contains("cannot create resource \"pods/\(part)\""))
        }
      }
    }
  }
}
