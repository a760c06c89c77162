import JSONTree
import KubernetesAPI
import Testing

@testable import Controllers

struct StatefulSetReconcilerTests {
  private static func revision(_ name: String) -> ControllerRevision {
    ControllerRevision(
      metadata: ObjectMeta(name: name, namespace: "default"), revision: 1,
      data: RevisionHistory.data(WorkloadSample.template(name)))
  }

  private func set(_ replicas: Int, _ members: JSONObject = [:], status: JSON = [:]) -> StatefulSet
  {
    var spec: JSONObject = [
      "replicas": .integer(Int64(replicas)), "selector": WorkloadSample.selector,
      "template": WorkloadSample.template("new"), "serviceName": "peers",
      "updateStrategy": ["type": "RollingUpdate", "rollingUpdate": ["partition": 0]],
    ]
    for member in members { spec[member.key] = member.value }
    return StatefulSet(
      metadata: WorkloadSample.metadata(), spec: .object(spec), status: status)
  }

  private func pod(_ ordinal: Int, ready: Bool = true, revision: String = "new") -> Pod {
    WorkloadSample.pod(
      "web-\(ordinal)", ready: ready,
      labels: [
        ControllerRevision.hashLabel: revision, StatefulSet.podNameLabel: "web-\(ordinal)",
        StatefulSet.podIndexLabel: "\(ordinal)",
      ])
  }

  private func reconciler(
    _ set: StatefulSet, _ pods: [Pod], claims: [PersistentVolumeClaim] = [], current: String = "old"
  ) -> StatefulSetReconciler {
    StatefulSetReconciler(
      set: set, pods: pods, claims: claims, current: Self.revision(current),
      update: Self.revision("new"), now: WorkloadSample.now)
  }

  /// What is done, as `+web-0(new)`, `-web-1`, `claim data-web-0`.
  private func steps(
    _ set: StatefulSet, _ pods: [Pod], claims: [PersistentVolumeClaim] = [], current: String = "old"
  ) -> [String] {
    reconciler(set, pods, claims: claims, current: current).actions.map { action in
      switch action {
      case .createClaim(let claim): return "claim \(claim.metadata.name)"
      case .setOwners(let claim, let owners):
        return "\(claim.metadata.name) of \(owners.map(\.kind).joined(separator: "+"))"
      case .createPod(let pod):
        let metadata = ObjectMeta(json: pod["metadata"])
        return "+\(metadata.name)(\(metadata.labels[ControllerRevision.hashLabel] ?? ""))"
      case .deletePod(let pod): return "-\(pod.metadata.name)"
      case .label(let pod, _): return "label \(pod.metadata.name)"
      }
    }
  }

  private let parallel: JSONObject = ["podManagementPolicy": "Parallel"]

  @Test func podsAreMadeOneByOneEachAfterTheOneBeforeIsReady() {
    #expect(steps(set(3), []) == ["+web-0(new)"])
    #expect(steps(set(3), [pod(0, ready: false)]) == [])
    #expect(steps(set(3), [pod(0)]) == ["+web-1(new)"])
    #expect(steps(set(3), [pod(0), pod(2)]) == ["+web-1(new)"])
    #expect(steps(set(3), [pod(0), pod(1), pod(2)]) == [])
    #expect(steps(set(3), [WorkloadSample.leaving(pod(0)), pod(1), pod(2)]) == [])
  }

  @Test func parallelSetsMakeAndRemoveAllAtOnce() {
    #expect(steps(set(3, parallel), []) == ["+web-0(new)", "+web-1(new)", "+web-2(new)"])
    #expect(
      steps(set(1, parallel), [pod(0, ready: false), pod(1), pod(2)]) == ["-web-2", "-web-1"])
  }

  @Test func aSetShrinksFromItsEnd() {
    let five = (0..<5).map { pod($0) }
    #expect(steps(set(2), five) == ["-web-4"])
    #expect(steps(set(2), Array(five.prefix(4)) + [WorkloadSample.leaving(five[4])]) == [])
    // While one of those that stay is not ready, nothing goes.
    #expect(steps(set(2), [pod(0, ready: false)] + five.dropFirst()) == [])
    // One that is not ready itself may go; those behind it wait for it.
    #expect(steps(set(2), five.prefix(4) + [pod(4, ready: false)]) == ["-web-4"])
    #expect(steps(set(2), five.prefix(3) + [pod(3, ready: false), five[4]]) == ["-web-4"])
  }

  @Test func numbersBeginWhereTheSetSays() {
    let shifted = set(2, ["ordinals": ["start": 3]])
    #expect(steps(shifted, []) == ["+web-3(new)"])
    #expect(steps(shifted, [pod(3), pod(4), pod(0)]) == ["-web-0"])
  }

  @Test func aRollingUpdateReplacesFromTheEndAndStopsAtThePartition() {
    let old = (0..<3).map { pod($0, revision: "old") }
    #expect(steps(set(3), old) == ["-web-2"])
    #expect(steps(set(3), Array(old.prefix(2))) == ["+web-2(new)"])
    #expect(steps(set(3), old.prefix(2) + [pod(2, ready: false)]) == [])
    #expect(steps(set(3), old.prefix(2) + [pod(2)]) == ["-web-1"])
    let partition: JSONObject = [
      "updateStrategy": ["type": "RollingUpdate", "rollingUpdate": ["partition": 2]]
    ]
    #expect(steps(set(3, partition), old) == ["-web-2"])
    #expect(steps(set(3, partition), old.prefix(2) + [pod(2)]) == [])
    // A Pod below the partition comes back as it was.
    #expect(steps(set(3, partition), [old[0], pod(2)]) == ["+web-1(old)"])
  }

  @Test func onDeleteWaitsForSomeoneToDelete() {
    let manual: JSONObject = ["updateStrategy": ["type": "OnDelete"]]
    let old = (0..<2).map { pod($0, revision: "old") }
    #expect(steps(set(2, manual), old) == [])
    #expect(steps(set(2, manual), [old[0]]) == ["+web-1(new)"])
  }

  @Test func aPodThatEndedIsMadeAnew() {
    var failed = pod(0)
    failed.phase = .failed
    #expect(steps(set(2), [failed, pod(1)]) == ["-web-0"])
  }

  @Test func availabilityTakesItsTime() {
    let patient = set(2, ["minReadySeconds": 10_000])
    let reconciler = reconciler(patient, [pod(0)])
    #expect(reconciler.actions.isEmpty)
    #expect(reconciler.recheck == .seconds(5000))
    #expect(reconciler.status["readyReplicas"] == 1)
    #expect(reconciler.status["availableReplicas"] == 0)
  }

  @Test func aPodKnowsItsNameItsPlaceAndItsClaims() throws {
    let claimed = set(1, ["volumeClaimTemplates": [["metadata": ["name": "data"]]]])
    guard case .createPod(let pod)? = reconciler(claimed, []).actions.last else {
      Issue.record("no Pod is made")
      return
    }
    let metadata = ObjectMeta(json: pod["metadata"])
    #expect(metadata.name == "web-0" && metadata.namespace == "default")
    #expect(metadata.labels[StatefulSet.podNameLabel] == "web-0")
    #expect(metadata.labels[StatefulSet.podIndexLabel] == "0")
    #expect(metadata.controller?.uid == "uid-web")
    #expect(pod[path: "spec", "hostname"] == "web-0")
    #expect(pod[path: "spec", "subdomain"] == "peers")
    #expect(
      pod[path: "spec", "volumes"]
        == [["name": "data", "persistentVolumeClaim": ["claimName": "data-web-0"]]])
    #expect(steps(claimed, []) == ["claim data-web-0", "+web-0(new)"])
  }

  @Test func claimsGoWithTheSetOrThePodAsThePolicySays() {
    func claim(_ ordinal: Int) -> PersistentVolumeClaim {
      PersistentVolumeClaim(
        metadata: WorkloadSample.metadata("data-web-\(ordinal)"), spec: [:])
    }
    func policy(_ deleted: String, _ scaled: String) -> JSONObject {
      [
        "volumeClaimTemplates": [["metadata": ["name": "data"]]],
        "persistentVolumeClaimRetentionPolicy": [
          "whenDeleted": .string(deleted), "whenScaled": .string(scaled),
        ],
      ]
    }
    let pods = [pod(0), pod(1)]
    let claims = [claim(0), claim(1)]
    #expect(steps(set(1, policy("Retain", "Retain")), pods, claims: claims) == ["-web-1"])
    #expect(
      steps(set(1, policy("Retain", "Delete")), pods, claims: claims)
        == ["data-web-1 of Pod", "-web-1"])
    #expect(
      steps(set(2, policy("Delete", "Retain")), pods, claims: claims)
        == ["data-web-0 of StatefulSet", "data-web-1 of StatefulSet"])
  }

  @Test func theStatusFollowsAnUpdateToItsEnd() {
    let mixed = reconciler(set(3), [pod(0, revision: "old"), pod(1, revision: "old"), pod(2)])
    #expect(mixed.status["currentReplicas"] == 2)
    #expect(mixed.status["updatedReplicas"] == 1)
    #expect(mixed.status["currentRevision"] == "old")
    let done = reconciler(set(3), [pod(0), pod(1), pod(2)]).status
    #expect(done["currentRevision"] == "new" && done["currentReplicas"] == 3)
  }
}

struct RevisionHistoryTests {
  private func owner(_ image: String) -> StatefulSet {
    StatefulSet(
      metadata: WorkloadSample.metadata(), spec: ["template": WorkloadSample.template(image)])
  }

  private func revision(_ image: String, _ number: Int64) -> ControllerRevision {
    ControllerRevision(
      metadata: ObjectMeta(name: "web-\(image)", namespace: "default"), revision: number,
      data: RevisionHistory.data(WorkloadSample.template(image)))
  }

  @Test func aNewTemplateIsTheNextRevision() {
    let history = RevisionHistory([revision("one", 1)])
    let (update, write) = history.update(for: owner("two"))
    #expect(update.revision == 2 && write == .create(update))
    #expect(update.template == WorkloadSample.template("two"))
    #expect(history.update(for: owner("one")).1 == nil)
  }

  @Test func aTemplateOfOldBecomesTheNewest() {
    let history = RevisionHistory([revision("two", 2), revision("one", 1)])
    let (update, write) = history.update(for: owner("one"))
    #expect(update.metadata.name == "web-one" && update.revision == 3)
    #expect(write == .renumber(revision("one", 1), to: 3))
  }

  @Test func whatIsUsedIsKept() {
    let history = RevisionHistory((1...4).map { revision("r\($0)", Int64($0)) })
    let surplus = history.surplus(limit: 1, used: ["web-r1", "web-r4"])
    #expect(surplus.map(\.metadata.name) == ["web-r2"])
  }
}
