import JSONTree
import KubernetesAPI
import Testing

@testable import Controllers

struct DeploymentReconcilerTests {
  private func deployment(
    _ replicas: Int = 4, image: String = "two", spec members: JSONObject = [:],
    status: JSON = [:]
  ) -> Deployment {
    var spec: JSONObject = [
      "replicas": .integer(Int64(replicas)), "selector": WorkloadSample.selector,
      "template": WorkloadSample.template(image),
    ]
    for member in members { spec[member.key] = member.value }
    var metadata = WorkloadSample.metadata()
    metadata.annotations[DeploymentReconciler.Annotation.revision] = "2"
    return Deployment(metadata: metadata, spec: .object(spec), status: status)
  }

  private func set(
    _ image: String, _ replicas: Int, available: Int? = nil, desired: Int = 4, revision: Int,
    age: Int64 = 0
  ) -> ReplicaSet {
    var metadata = WorkloadSample.metadata("web-\(image)")
    metadata.creationTimestamp = Timestamp(seconds: 1000 + Int64(revision))
    metadata.annotations = [
      DeploymentReconciler.Annotation.revision: String(revision),
      DeploymentReconciler.Annotation.desired: String(desired),
      DeploymentReconciler.Annotation.maximum: String(desired + 1),
    ]
    var template = WorkloadSample.template(image)
    template["metadata"] = ["labels": ["app": "web", "pod-template-hash": .string(image)]]
    let count = JSON.integer(Int64(available ?? replicas))
    return ReplicaSet(
      metadata: metadata,
      spec: ["replicas": .integer(Int64(replicas)), "template": template],
      status: [
        "replicas": .integer(Int64(replicas)), "readyReplicas": count,
        "availableReplicas": count, "observedGeneration": 1,
      ])
  }

  /// What a step does, as `create 1`, `web-one 3→2`, `delete web-one`.
  private func steps(
    _ deployment: Deployment, _ sets: [ReplicaSet], hasPods: Bool = false
  ) -> [String] {
    let reconciler = DeploymentReconciler(
      deployment: deployment, sets: sets, now: WorkloadSample.now
    ) { _ in hasPods }
    return reconciler.writes.map { write in
      switch write {
      case .create(let set): "create \(set.replicas)"
      case .change(let set, let replicas, _):
        "\(set.metadata.name) \(set.replicas)→\(replicas)"
      case .delete(let set): "delete \(set.metadata.name)"
      case .note(let revision): "note \(revision)"
      }
    }
  }

  @Test func aNewDeploymentMakesItsReplicaSet() {
    #expect(steps(deployment(), []) == ["create 4"])
  }

  @Test func aRollingUpdateStaysWithinItsBounds() {
    // 4 Pods, 25%: at most 5, at least 3 available.
    #expect(steps(deployment(), [set("one", 4, revision: 1)]) == ["create 1"])
    let starting = [set("one", 4, revision: 1), set("two", 1, available: 0, revision: 2)]
    #expect(steps(deployment(), starting) == ["web-one 4→3"])
    let waiting = [set("one", 3, revision: 1), set("two", 2, available: 0, revision: 2)]
    #expect(steps(deployment(), waiting) == [])
    let going = [set("one", 3, revision: 1), set("two", 2, available: 1, revision: 2)]
    #expect(steps(deployment(), going) == ["web-one 3→2"])
    let last = [set("one", 0, revision: 1), set("two", 4, revision: 2)]
    #expect(steps(deployment(), last) == [])
  }

  @Test func podsOfFormerSetsThatAreNotAvailableGoFirst() {
    let sets = [
      set("zero", 2, available: 0, revision: 1), set("one", 2, revision: 2),
      set("two", 1, available: 1, revision: 3),
    ]
    var wanted = deployment()
    wanted.metadata.annotations[DeploymentReconciler.Annotation.revision] = "3"
    #expect(steps(wanted, sets) == ["web-zero 2→0"])
  }

  @Test func recreateEndsAllBeforeItBegins() {
    let recreate = deployment(spec: ["strategy": ["type": "Recreate"]])
    let old = [set("one", 4, revision: 1)]
    #expect(steps(recreate, old) == ["web-one 4→0"])
    let down = [set("one", 0, revision: 1)]
    #expect(steps(recreate, down, hasPods: true) == [])
    #expect(steps(recreate, down) == ["create 4"])
  }

  @Test func aRollbackGivesTheFormerSetANewRevision() {
    let sets = [set("one", 0, revision: 1), set("two", 4, revision: 2)]
    let back = deployment(image: "one")
    let reconciler = DeploymentReconciler(
      deployment: back, sets: sets, now: WorkloadSample.now
    ) { _ in false }
    guard case .change(let set, 0, let annotations)? = reconciler.writes.first else {
      Issue.record("\(reconciler.writes)")
      return
    }
    #expect(set.metadata.name == "web-one")
    #expect(annotations[DeploymentReconciler.Annotation.revision] == "3")
    #expect(annotations[DeploymentReconciler.Annotation.history] == "1")
    #expect(reconciler.writes.last == .note(revision: "3"))
  }

  @Test func aChangeOfSizeIsSharedOut() {
    let grown = deployment(10, spec: ["paused": true])
    let sets = [set("one", 3, revision: 1), set("two", 2, revision: 2)]
    // 10 and a surge of 3 make 13 Pods, shared 3 to 2.
    #expect(steps(grown, sets) == ["web-one 3→8", "web-two 2→5"])
    #expect(steps(deployment(6), [set("two", 4, revision: 2)]) == ["web-two 4→6"])
  }

  @Test func aPausedDeploymentBeginsNothing() {
    #expect(steps(deployment(spec: ["paused": true]), [set("one", 4, revision: 1)]) == [])
  }

  @Test func formerSetsBeyondTheLimitGo() {
    let limited = deployment(image: "three", spec: ["revisionHistoryLimit": 1])
    var wanted = limited
    wanted.metadata.annotations[DeploymentReconciler.Annotation.revision] = "3"
    let sets = [
      set("one", 0, revision: 1), set("two", 0, revision: 2), set("three", 4, revision: 3),
    ]
    #expect(steps(wanted, sets) == ["delete web-one"])
  }

  private func condition(_ status: JSONObject, _ type: String) -> String {
    let condition = status["conditions"]?.array?.first { $0["type"]?.string == type }
    return "\(condition?["status"]?.string ?? "-") \(condition?["reason"]?.string ?? "-")"
  }

  @Test func theStatusTellsAvailabilityAndProgress() {
    func status(_ sets: [ReplicaSet], _ known: JSON = [:]) -> JSONObject {
      DeploymentReconciler(
        deployment: deployment(status: known), sets: sets, now: WorkloadSample.now
      ) { _ in false }.status()
    }
    let done = status([set("two", 4, revision: 2)])
    #expect(condition(done, "Available") == "True MinimumReplicasAvailable")
    #expect(condition(done, "Progressing") == "True NewReplicaSetAvailable")
    let begun = status([set("two", 4, available: 1, revision: 2)])
    #expect(condition(begun, "Available") == "False MinimumReplicasUnavailable")
    #expect(condition(begun, "Progressing") == "True ReplicaSetUpdated")
    #expect(begun["unavailableReplicas"] == 3)
    let stuck: JSON = [
      "replicas": 4, "updatedReplicas": 4, "readyReplicas": 1, "availableReplicas": 1,
      "conditions": [
        [
          "type": "Progressing", "status": "True", "reason": "ReplicaSetUpdated",
          "lastUpdateTime": .string(Timestamp(seconds: 10_000 - 601).description),
        ]
      ],
    ]
    let overdue = status([set("two", 4, available: 1, revision: 2)], stuck)
    #expect(condition(overdue, "Progressing") == "False ProgressDeadlineExceeded")
  }
}
