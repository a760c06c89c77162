import JSONTree
import KubernetesAPI
import Testing

@testable import Controllers

struct NodeHealthTests {
  private func node(ready: String? = "True", heartbeat: String = "", taints: [Taint] = []) -> Node {
    var node = Node(metadata: ObjectMeta(name: "n"))
    node.readyStatus = ready
    node.heartbeat = heartbeat
    node.taints = taints
    return node
  }

  private func lease(_ renewTime: String) -> Lease {
    Lease(metadata: ObjectMeta(name: "n", namespace: "kube-node-lease"), renewTime: renewTime)
  }

  private func health(
    _ node: Node, _ lease: Lease? = nil, since: Duration? = nil, now: Duration = .seconds(1000)
  ) -> NodeHealth {
    let contact = since.map {
      NodeHealth.Contact(
        renewTime: lease?.renewTime ?? "", heartbeat: node.heartbeat, since: $0)
    }
    return NodeHealth(
      node: node, lease: lease, contact: contact, now: now, time: WorkloadSample.now)
  }

  @Test func aNodeThatNeverShowedThatItLivesIsLeftAlone() {
    for ready in ["True", "False", nil] {
      let health = health(node(ready: ready))
      #expect(health.newContact == nil)
      #expect(health.verdict == NodeHealth.Verdict())
    }
  }

  @Test func aRenewedLeaseIsASignOfLife() {
    let before = health(node(), lease("1"), since: .seconds(900))
    #expect(before.isSilent)
    let renewed = NodeHealth(
      node: node(), lease: lease("2"), contact: before.contact, now: .seconds(1000),
      time: WorkloadSample.now)
    #expect(!renewed.isSilent)
    #expect(renewed.newContact?.since == .seconds(1000))
    #expect(!health(node(), lease("1"), since: .seconds(960)).isSilent)
  }

  @Test func aSilentNodeIsUnknownAndTainted() {
    let verdict = health(node(heartbeat: "x"), lease("1"), since: .seconds(900)).verdict
    #expect(verdict.isNews && verdict.podsAreNotReady)
    #expect(verdict.conditions.first?["status"] == "Unknown")
    #expect(verdict.conditions.first?["reason"] == "NodeStatusUnknown")
    #expect(
      verdict.taints?.map { "\($0.key):\($0.effect)" } == [
        "\(Taint.unreachable):NoSchedule", "\(Taint.unreachable):NoExecute",
      ])
    // Marked once, it stays so.
    let again = health(
      node(ready: "Unknown", heartbeat: "x", taints: verdict.taints ?? []), lease("1"),
      since: .seconds(900)
    ).verdict
    #expect(!again.isNews && again.taints == nil && again.conditions.isEmpty)
    #expect(again.podsAreNotReady)
  }

  @Test func aNodeThatComesBackLosesItsTaintsAndKeepsOthers() {
    let own = Taint(key: "gpu", effect: "NoSchedule")
    let tainted = node(
      heartbeat: "x",
      taints: [own, Taint(key: Taint.unreachable, effect: "NoExecute")])
    let verdict = health(tainted, lease("1"), since: .seconds(999)).verdict
    #expect(verdict.taints == [own])
    #expect(!verdict.podsAreNotReady)
    var cordoned = node(heartbeat: "x")
    cordoned.isUnschedulable = true
    #expect(
      health(cordoned, since: .seconds(999)).verdict.taints?.map(\.key) == [Taint.unschedulable])
  }

  @Test(
    arguments: [
      ([], nil),
      ([Toleration(key: "x", seconds: 300)], 200),
      ([Toleration(key: "x", seconds: 50)], 0),
      ([Toleration(key: "x")], nil),
      ([Toleration(key: "x", seconds: 300), Toleration(key: "", seconds: 150)], 50),
    ] as [([Toleration], Int64?)])
  func aPodStaysAsLongAsItTolerates(tolerations: [Toleration], left: Int64?) {
    let tainted = node(
      taints: [Taint(key: "x", effect: "NoExecute", timeAdded: Timestamp(seconds: 9900))])
    var pod = WorkloadSample.pod("p")
    pod.scheduling.tolerations = tolerations
    let time = TaintEviction.timeLeft(of: pod, on: tainted, now: WorkloadSample.now)
    #expect(time == (tolerations.isEmpty ? .zero : left.map { .seconds($0) }))
    #expect(TaintEviction.timeLeft(of: pod, on: node(), now: WorkloadSample.now) == nil)
  }
}

struct PodCollectionTests {
  @Test func podsNobodyTakesAwayAreFound() {
    let orphan = WorkloadSample.pod("orphan", node: "gone")
    let recent = WorkloadSample.pod("recent", node: "away")
    let unplaced = WorkloadSample.leaving(WorkloadSample.pod("unplaced", node: ""))
    var ended: [Pod] = []
    for number in 0..<3 {
      var pod = WorkloadSample.pod("ended-\(number)")
      pod.phase = .succeeded
      ended.append(pod)
    }
    let victims = PodCollection(threshold: 2).victims(
      [orphan, recent, unplaced, WorkloadSample.pod("fine")] + ended, nodes: ["node-1"],
      missing: ["gone"])
    #expect(
      victims.map { "\($0.pod.metadata.name) \($0.reason)" } == [
        "orphan orphaned", "unplaced unplaced", "ended-0 surplus",
      ])
  }
}
