import JSONTree
import KubernetesAPI
import Testing

@testable import Controllers

struct NodeChoiceTests {
  private func node(_ name: String, _ change: (inout Node) -> Void = { _ in }) -> Node {
    var node = Node(metadata: ObjectMeta(name: name))
    node.allocatable = ResourceAmounts(["cpu": 2000, "memory": 1 << 30, "pods": 10])
    change(&node)
    return node
  }

  private func pod(_ spec: JSON = [:]) -> Pod {
    Pod(json: ["metadata": ["name": "p", "namespace": "default", "uid": "u"], "spec": spec])
  }

  private func asking(cpu: String) -> JSON {
    ["containers": [["name": "a", "resources": ["requests": ["cpu": .string(cpu)]]]]]
  }

  private func decision(
    _ pod: Pod, _ nodes: [Node], claims: [NodeChoice.Claim] = [], missing: [String] = [],
    on present: [String: [Pod]] = [:]
  ) -> ScheduleDecision {
    NodeChoice(
      pod: pod, nodes: nodes, claims: claims, missingClaims: missing
    ) { present[$0] ?? [] }.decision
  }

  private func refusal(_ count: Int, _ reasons: String) -> ScheduleDecision {
    .wait(
      "0/\(count) nodes are available: \(reasons). preemption: 0/\(count) nodes are available: "
        + "\(count) Preemption is not helpful for scheduling.")
  }

  @Test func withoutNodesThereIsNothingToChoose() {
    #expect(decision(pod(), []) == .wait("no nodes available to schedule pods"))
  }

  @Test func eachReasonIsCounted() {
    let nodes = [
      node("a") { $0.isUnschedulable = true },
      node("b") { $0.taints = [Taint(key: "gpu", value: "yes", effect: "NoSchedule")] },
      node("c") { $0.readyStatus = nil }, node("d"),
    ]
    #expect(
      decision(pod(asking(cpu: "3")), nodes)
        == refusal(
          4,
          "1 Insufficient cpu, 1 node(s) had untolerated taint {gpu: yes}, 1 node(s) had "
            + "untolerated taint {node.kubernetes.io/not-ready: }, 1 node(s) were unschedulable"))
  }

  @Test func selectorsAndAffinityMustHold() {
    let ssd = node("ssd") { $0.metadata.labels["disk"] = "ssd" }
    #expect(
      decision(pod(["nodeSelector": ["disk": "ssd"]]), [node("a"), ssd]) == .bind(node: "ssd"))
    let affinity: JSON = [
      "affinity": [
        "nodeAffinity": [
          "requiredDuringSchedulingIgnoredDuringExecution": [
            "nodeSelectorTerms": [
              ["matchFields": [["key": "metadata.name", "operator": "In", "values": ["a"]]]]
            ]
          ]
        ]
      ]
    ]
    #expect(decision(pod(affinity), [node("a"), ssd]) == .bind(node: "a"))
    #expect(
      decision(pod(affinity), [ssd])
        == refusal(1, "1 node(s) didn't match Pod's node affinity/selector"))
  }

  @Test func tolerationsOpenTaintedNodes() {
    let tainted = node("a") { $0.taints = [Taint(key: "x", effect: "NoExecute")] }
    #expect(
      decision(pod(["tolerations": [["key": "x", "operator": "Exists"]]]), [tainted])
        == .bind(node: "a"))
    let soft = node("b") { $0.taints = [Taint(key: "x", effect: "PreferNoSchedule")] }
    #expect(decision(pod(), [soft]) == .bind(node: "b"))
  }

  @Test func whatOthersAskForIsTaken() {
    var other = pod(asking(cpu: "1500m"))
    other.metadata.uid = "other"
    let nodes = [node("a"), node("b")]
    #expect(decision(pod(asking(cpu: "1")), nodes, on: ["a": [other]]) == .bind(node: "b"))
    let full = node("a") { $0.allocatable = ResourceAmounts(["cpu": 2000, "pods": 1]) }
    #expect(decision(pod(), [full], on: ["a": [other]]) == refusal(1, "1 Too many pods"))
    // A Node that does not say what it has limits nothing.
    let silent = node("c") { $0.allocatable = ResourceAmounts() }
    #expect(decision(pod(asking(cpu: "64")), [silent]) == .bind(node: "c"))
  }

  @Test func hostPortsAreTakenOnce() {
    let spec: JSON = [
      "containers": [["name": "a", "ports": [["containerPort": 80, "hostPort": 80]]]]
    ]
    var other = pod(spec)
    other.metadata.uid = "other"
    #expect(decision(pod(spec), [node("a"), node("b")], on: ["a": [other]]) == .bind(node: "b"))
    #expect(
      decision(pod(spec), [node("a")], on: ["a": [other]])
        == refusal(1, "1 node(s) didn't have free ports for the requested pod ports"))
  }

  @Test func podsOfOneOwnerSpread() {
    func sibling(_ uid: String) -> Pod {
      Pod(json: [
        "metadata": [
          "name": .string(uid), "uid": .string(uid), "namespace": "default",
          "ownerReferences": [["kind": "ReplicaSet", "uid": "rs", "controller": true]],
        ]
      ])
    }
    #expect(
      decision(sibling("new"), [node("a"), node("b")], on: ["a": [sibling("one")]])
        == .bind(node: "b"))
  }

  // MARK: Claims

  private func claim(
    _ change: (inout PersistentVolumeClaim) -> Void = { _ in }
  )
    -> PersistentVolumeClaim
  {
    var claim = PersistentVolumeClaim(
      metadata: ObjectMeta(name: "data", namespace: "default"),
      spec: ["accessModes": ["ReadWriteOnce"]])
    change(&claim)
    return claim
  }

  private func volume(on node: String) -> PersistentVolume {
    PersistentVolume(
      metadata: ObjectMeta(name: "pv"),
      spec: [
        "nodeAffinity": [
          "required": [
            "nodeSelectorTerms": [
              [
                "matchFields": [
                  ["key": "metadata.name", "operator": "In", "values": [.string(node)]]
                ]
              ]
            ]
          ]
        ]
      ])
  }

  @Test func aMissingClaimIsNamed() {
    #expect(
      decision(pod(), [node("a")], missing: ["data"])
        == refusal(1, "persistentvolumeclaim \"data\" not found"))
  }

  @Test func aClaimThatBindsAtOnceMustBeBoundFirst() {
    let unbound = NodeChoice.Claim(claim: claim())
    #expect(
      decision(pod(), [node("a")], claims: [unbound])
        == refusal(1, "pod has unbound immediate PersistentVolumeClaims"))
  }

  @Test func aClaimThatWaitsIsPreparedOnTheChosenNode() {
    let waiting = NodeChoice.Claim(
      claim: claim(), storageClass: VolumeProvisioner.storageClass)
    #expect(
      decision(pod(), [node("a")], claims: [waiting])
        == .prepare(
          node: "a", claims: [ObjectKey(namespace: "default", name: "data")]))
    var manual = VolumeProvisioner.storageClass
    manual.provisioner = "kubernetes.io/no-provisioner"
    #expect(
      decision(
        pod(), [node("a")], claims: [NodeChoice.Claim(claim: claim(), storageClass: manual)])
        == refusal(1, "1 node(s) didn't find available persistent volumes to bind"))
  }

  @Test func aPodGoesWhereItsVolumeIs() {
    let bound = claim {
      $0.spec["volumeName"] = "pv"
      $0.metadata.annotations[PersistentVolumeClaim.bindCompleted] = "yes"
    }
    let held = NodeChoice.Claim(claim: bound, volume: volume(on: "b"))
    #expect(decision(pod(), [node("a"), node("b")], claims: [held]) == .bind(node: "b"))
    #expect(
      decision(pod(), [node("a")], claims: [held])
        == refusal(1, "1 node(s) had volume node affinity conflict"))
  }
}
