import JSONTree
import KubernetesAPI
import Testing

@testable import NodeAgent

/// The Pod lifecycle as a table: what is known, and what is done next.
struct PodMachineTests {
  static let now = Timestamp(seconds: 1_000_000)

  static func pod(
    containers: [String] = ["main"], initial: [String] = [], sidecars: [String] = [],
    policy: String = "Always", deleting: Bool = false, phase: String = "Pending"
  ) -> AgentPod {
    func list(_ names: [String], _ extra: JSONObject = [:]) -> [JSON] {
      names.map { name in
        var object = extra
        object["name"] = .string(name)
        object["command"] = ["true"]
        return .object(object)
      }
    }
    var metadata: JSONObject = ["name": "web", "namespace": "default", "uid": "u1"]
    if deleting { metadata["deletionTimestamp"] = "2026-01-01T00:00:00Z" }
    return AgentPod(json: [
      "metadata": .object(metadata),
      "spec": [
        "restartPolicy": .string(policy), "containers": .array(list(containers)),
        "initContainers": .array(list(sidecars, ["restartPolicy": "Always"]) + list(initial)),
      ], "status": ["phase": .string(phase)],
    ])
  }

  static func running() -> ContainerRecord {
    var record = ContainerRecord()
    record.started(at: now)
    return record
  }

  static func ended(_ code: Int64, failures: Int = 1, secondsAgo: Int64 = 0) -> ContainerRecord {
    var record = ContainerRecord()
    for _ in 0..<failures {
      let end = Timestamp(seconds: now.seconds - secondsAgo)
      record.started(at: end)
      record.ended(
        .init(
          exitCode: code, signal: 0, reason: code == 0 ? "Completed" : "Error", message: "",
          startedAt: end, finishedAt: end, containerID: ""))
    }
    return record
  }

  static func decide(
    _ pod: AgentPod, _ records: [String: ContainerRecord] = [:],
    sandbox: PodFacts.Sandbox = .ready, started: Set<String> = [],
    condemned: [String: String] = [:]
  ) -> PodMachine.Decision {
    var facts = PodFacts(pod: pod, sandbox: sandbox, records: records, now: now)
    facts.started = started
    facts.condemned = condemned
    return PodMachine.decide(facts)
  }

  @Test func aNewPodGetsItsSandboxFirst() {
    #expect(Self.decide(Self.pod(), sandbox: .absent).actions == [.createSandbox])
    #expect(Self.decide(Self.pod()).actions == [.start("main")])
    #expect(Self.decide(Self.pod(), ["main": Self.running()]).actions == [])
  }

  @Test func initContainersRunOneAfterAnotherAndBeforeTheRest() {
    let pod = Self.pod(initial: ["a", "b"])
    #expect(Self.decide(pod).actions == [.start("a")])
    #expect(Self.decide(pod, ["a": Self.running()]).actions == [])
    #expect(Self.decide(pod, ["a": Self.ended(0)]).actions == [.start("b")])
    #expect(
      Self.decide(pod, ["a": Self.ended(0), "b": Self.ended(0)]).actions == [.start("main")])
  }

  @Test func aSidecarMustHaveStartedBeforeWhatFollows() {
    let pod = Self.pod(initial: ["a"], sidecars: ["proxy"])
    #expect(Self.decide(pod).actions == [.start("proxy")])
    #expect(Self.decide(pod, ["proxy": Self.running()]).actions == [])
    #expect(
      Self.decide(pod, ["proxy": Self.running()], started: ["proxy"]).actions == [.start("a")])
  }

  @Test func aContainerThatEndsStartsAgainByItsPolicy() {
    #expect(Self.decide(Self.pod(), ["main": Self.ended(0)]).actions == [.start("main")])
    let onFailure = Self.pod(policy: "OnFailure")
    #expect(Self.decide(onFailure, ["main": Self.ended(1)]).actions == [.start("main")])
    #expect(Self.decide(onFailure, ["main": Self.ended(0)]).actions == [.destroySandbox])
    let never = Self.pod(policy: "Never")
    #expect(Self.decide(never, ["main": Self.ended(1)]).actions == [.destroySandbox])
  }

  @Test(arguments: [(1, 0), (2, 10), (3, 20), (4, 40), (5, 80), (6, 160), (7, 300), (40, 300)])
  func backOffDoublesUpToFiveMinutes(failures: Int, delay: Int64) {
    let record = Self.ended(1, failures: failures)
    #expect(record.delay == delay)
    let decision = Self.decide(Self.pod(), ["main": record])
    #expect(decision.actions == (delay == 0 ? [.start("main")] : []))
    #expect(decision.wake == (delay == 0 ? nil : delay))
    let later = Self.ended(1, failures: failures, secondsAgo: delay)
    #expect(Self.decide(Self.pod(), ["main": later]).actions == [.start("main")])
  }

  @Test func aLongRunForgetsFailures() {
    var record = Self.ended(1, failures: 5)
    record.started(at: Timestamp(seconds: 0))
    record.ended(
      .init(
        exitCode: 1, signal: 0, reason: "Error", message: "", startedAt: Timestamp(seconds: 0),
        finishedAt: Timestamp(seconds: 601), containerID: ""))
    #expect(record.delay == 0)
  }

  @Test func aFailedProbeEndsItsContainer() {
    let decision = Self.decide(
      Self.pod(), ["main": Self.running()], condemned: ["main": "Unhealthy"])
    #expect(decision.actions == [.stop("main", grace: 30, reason: "Unhealthy")])
  }

  @Test func aDeletedPodEndsContainersThenSidecarsThenItself() {
    let pod = Self.pod(sidecars: ["proxy"], deleting: true)
    let both = ["main": Self.running(), "proxy": Self.running()]
    #expect(Self.decide(pod, both).actions == [.stop("main", grace: 30, reason: "Killing")])
    var stopping = Self.running()
    stopping.stopping = "Killing"
    #expect(Self.decide(pod, ["main": stopping, "proxy": Self.running()]).actions == [])
    #expect(
      Self.decide(pod, ["main": Self.ended(0), "proxy": Self.running()]).actions == [
        .stop("proxy", grace: 30, reason: "Killing")
      ])
    #expect(
      Self.decide(pod, ["main": Self.ended(0), "proxy": Self.ended(0)]).actions == [
        .destroySandbox, .finalize,
      ])
    #expect(Self.decide(pod, sandbox: .absent).actions == [.finalize])
  }

  @Test func aLostSandboxRunsInitContainersAgain() {
    var initial = Self.ended(0)
    initial.lost(.initial, "id", at: Self.now)
    var main = Self.running()
    main.lost(.main, "id", at: Self.now)
    #expect(main.termination?.exitCode == 137)
    let pod = Self.pod(initial: ["a"])
    #expect(Self.decide(pod, ["a": initial, "main": main]).actions == [.start("a")])
  }

  @Test(arguments: [
    (["main": ended(0)], "OnFailure", "Succeeded"), (["main": ended(3)], "Never", "Failed"),
    (["main": ended(3)], "Always", "Running"), (["main": running()], "Always", "Running"),
    ([:], "Always", "Pending"),
  ])
  func phasesFollowContainers(
    records: [String: ContainerRecord], policy: String, phase: String
  ) {
    let facts = PodFacts(
      pod: Self.pod(policy: policy), sandbox: .ready, records: records, now: Self.now)
    #expect(PodPhase.phase(facts) == phase)
  }

  @Test func recordsSurviveTheDisk() {
    for record in [Self.running(), Self.ended(2, failures: 3), ContainerRecord()] {
      #expect(ContainerRecord(json: record.json) == record)
    }
  }
}
