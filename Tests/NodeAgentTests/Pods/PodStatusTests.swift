import JSONTree
import KubernetesAPI
import Testing

@testable import NodeAgent

struct PodStatusTests {
  private func status(_ facts: PodFacts) -> JSON {
    PodStatus(
      facts: facts, addresses: [.v4(0x0AF4_0002)], hostAddresses: [.v4(0x0AF4_0001)]
    ).json
  }

  private func condition(_ type: String, _ status: JSON) -> JSON? {
    status["conditions"]?.array?.first { $0["type"]?.string == type }
  }

  @Test func aReadyPodSaysSo() {
    var facts = PodFacts(
      pod: PodMachineTests.pod(), sandbox: .ready, records: ["main": PodMachineTests.running()],
      now: PodMachineTests.now)
    facts.ready = ["main"]
    facts.started = ["main"]
    let status = status(facts)
    #expect(status["phase"] == "Running")
    #expect(status["podIP"] == "10.244.0.2")
    #expect(status["hostIP"] == "10.244.0.1")
    for type in [
      "Ready", "ContainersReady", "Initialized", "PodScheduled", "PodReadyToStartContainers",
    ] {
      #expect(condition(type, status)?["status"] == "True", "\(type)")
    }
  }

  @Test func anUnreadyContainerIsNamed() {
    let facts = PodFacts(
      pod: PodMachineTests.pod(), sandbox: .ready, records: ["main": PodMachineTests.running()],
      now: PodMachineTests.now)
    let ready = condition("Ready", status(facts))
    #expect(ready?["status"] == "False")
    #expect(ready?["reason"] == "ContainersNotReady")
    #expect(ready?["message"] == "containers with unready status: [main]")
  }

  @Test func aCrashLoopWaitsWithItsLastEnd() throws {
    let facts = PodFacts(
      pod: PodMachineTests.pod(), sandbox: .ready,
      records: ["main": PodMachineTests.ended(7, failures: 3)], now: PodMachineTests.now)
    let container = try #require(status(facts)["containerStatuses"]?.array?.first)
    #expect(container[path: "state", "waiting", "reason"] == "CrashLoopBackOff")
    #expect(
      container[path: "state", "waiting", "message"]
        == "back-off 20s restarting failed container=main pod=web_default(u1)")
    #expect(container[path: "lastState", "terminated", "exitCode"] == 7)
    #expect(container["restartCount"] == 2)
  }

  @Test func aConditionKeepsTheTimeOfItsLastChange() {
    var json = PodMachineTests.pod().json
    json["status"] = [
      "conditions": [
        [
          "type": "PodScheduled", "status": "True", "lastTransitionTime": "2020-01-01T00:00:00Z",
        ]
      ]
    ]
    let facts = PodFacts(
      pod: AgentPod(json: json), sandbox: .ready, records: [:], now: PodMachineTests.now)
    #expect(
      condition("PodScheduled", status(facts))?["lastTransitionTime"] == "2020-01-01T00:00:00Z")
  }

  @Test func aReadinessGateHoldsReadyBack() {
    var json = PodMachineTests.pod().json
    json["spec"]?["readinessGates"] = [["conditionType": "example.com/gate"]]
    var facts = PodFacts(
      pod: AgentPod(json: json), sandbox: .ready, records: ["main": PodMachineTests.running()],
      now: PodMachineTests.now)
    facts.ready = ["main"]
    let found = status(facts)
    #expect(condition("Ready", found)?["reason"] == "ReadinessGatesNotReady")
    #expect(condition("ContainersReady", found)?["status"] == "True")
  }
}
