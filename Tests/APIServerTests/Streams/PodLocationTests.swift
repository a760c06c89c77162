import JSONTree
import KubernetesAPI
import Testing

@testable import APIServer

struct PodLocationTests {
  private func location(_ containers: [String], initial: [String] = []) -> PodLocation {
    func list(_ names: [String]) -> JSON { .array(names.map { ["name": .string($0)] }) }
    return PodLocation(
      pod: ["spec": ["containers": list(containers), "initContainers": list(initial)]],
      namespace: "default", name: "web")
  }

  private func problem(_ location: PodLocation, _ wanted: String) -> String? {
    do throws(APIStatus) {
      _ = try location.container(wanted)
      return nil
    } catch {
      #expect(error.code == 400 && error.reason == .badRequest)
      return error.message
    }
  }

  @Test func theOnlyContainerNeedNotBeNamed() throws {
    #expect(try location(["main"], initial: ["first"]).container("") == "main")
    #expect(try location(["main"], initial: ["first"]).container("first") == "first")
    #expect(
      problem(location(["a", "b"]), "")
        == "a container name must be specified for pod web, choose one of: [a b]")
    #expect(
      problem(location(["a", "b"], initial: ["c"]), "")
        == "a container name must be specified for pod web, choose one of: [a b] or one of the "
        + "init containers: [c]")
    #expect(problem(location(["a"]), "x") == "container x is not valid for pod web")
  }

  @Test func pathsOfAgentsAreEncoded() {
    var path = AgentPath("exec", "default", "web", "main")
    path.add("command", "echo a&b=ä")
    path.add("output", "1")
    #expect(path.text == "/exec/default/web/main?command=echo%20a%26b%3D%C3%A4&output=1")
  }

  @Test func aNodesAddressPortAndCertificateAreItsOwn() throws {
    let address = try NodeAddress([
      "metadata": ["annotations": ["rollcall.local/agent-certificate": "sha256:AB"]],
      "status": [
        "addresses": [
          ["type": "Hostname", "address": "one"], ["type": "InternalIP", "address": "fd00::1"],
        ], "daemonEndpoints": ["kubeletEndpoint": ["Port": 4711]],
      ],
    ])
    #expect(address.description == "[fd00::1]:4711")
    #expect(address.fingerprint == "AB")
    let plain = try NodeAddress(
      ["status": ["addresses": [["type": "Hostname", "address": "one"]]]])
    #expect(plain.description == "one:10250" && plain.fingerprint == nil)
    #expect(throws: APIStatus.self) { try NodeAddress([:]) }
  }
}
