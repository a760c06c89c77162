import JSONTree
import KubernetesAPI
import Testing

@testable import Controllers

struct DaemonSetReconcilerTests {
  private func set(_ members: JSONObject = [:], template: JSON? = nil) -> DaemonSet {
    var spec: JSONObject = [
      "selector": WorkloadSample.selector, "template": template ?? WorkloadSample.template(),
    ]
    for member in members { spec[member.key] = member.value }
    return DaemonSet(metadata: WorkloadSample.metadata("agent"), spec: .object(spec))
  }

  private func node(_ name: String, taints: [Taint] = [], labels: [String: String] = [:]) -> Node {
    var node = Node(metadata: ObjectMeta(name: name, labels: labels))
    node.taints = taints
    return node
  }

  private func pod(_ node: String, hash: String = "h2", ready: Bool = true) -> Pod {
    WorkloadSample.pod(
      "agent-\(node)-\(hash)", ready: ready, labels: [ControllerRevision.hashLabel: hash],
      node: node)
  }

  private func reconciler(_ set: DaemonSet, _ nodes: [Node], _ pods: [Pod]) -> DaemonSetReconciler {
    let revision = ControllerRevision(
      metadata: ObjectMeta(
        name: "agent-h2", namespace: "default", labels: [ControllerRevision.hashLabel: "h2"]),
      revision: 2, data: [:])
    return DaemonSetReconciler(
      set: set, pods: pods, nodes: nodes, update: revision, now: WorkloadSample.now)
  }

  private func steps(_ set: DaemonSet, _ nodes: [Node], _ pods: [Pod]) -> [String] {
    reconciler(set, nodes, pods).actions.map { action in
      switch action {
      case .create(let node): "+\(node)"
      case .delete(let pod): "-\(pod.metadata.name)"
      }
    }
  }

  @Test func eachNodeThatQualifiesGetsAPod() {
    let blocked = node("blocked", taints: [Taint(key: "x", effect: "NoSchedule")])
    let banned = node("banned", taints: [Taint(key: "x", effect: "NoExecute")])
    let silent = node("silent", taints: [Taint(key: Taint.unreachable, effect: "NoExecute")])
    let nodes = [node("a"), node("b"), blocked, banned, silent]
    #expect(steps(set(), nodes, [pod("a")]) == ["+b", "+silent"])
    // What keeps new Pods away lets those stay that are there.
    let there = [pod("a"), pod("b"), pod("blocked"), pod("banned"), pod("silent")]
    #expect(steps(set(), nodes, there) == ["-agent-banned-h2"])
  }

  @Test func theNodeSelectorChooses() {
    var template = WorkloadSample.template()
    template["spec"] = ["nodeSelector": ["disk": "ssd"], "containers": []]
    let nodes = [node("a"), node("b", labels: ["disk": "ssd"])]
    #expect(steps(set(template: template), nodes, [pod("a")]) == ["-agent-a-h2", "+b"])
  }

  @Test func anUpdateTakesOneNodeAtATime() {
    let nodes = [node("a"), node("b"), node("c")]
    let old = nodes.map { pod($0.metadata.name, hash: "h1") }
    #expect(steps(set(), nodes, old) == ["-agent-a-h1"])
    #expect(steps(set(), nodes, [pod("a", ready: false)] + old.dropFirst()) == [])
    #expect(steps(set(), nodes, [pod("a")] + old.dropFirst()) == ["-agent-b-h1"])
    let manual: JSONObject = ["updateStrategy": ["type": "OnDelete"]]
    #expect(steps(set(manual), nodes, old) == [])
  }

  @Test func aSurgeMakesTheNewPodBesideTheOldOne() {
    let surge: JSONObject = [
      "updateStrategy": [
        "type": "RollingUpdate", "rollingUpdate": ["maxSurge": 1, "maxUnavailable": 0],
      ]
    ]
    let nodes = [node("a"), node("b")]
    let old = [pod("a", hash: "h1"), pod("b", hash: "h1")]
    #expect(steps(set(surge), nodes, old) == ["+a"])
    #expect(steps(set(surge), nodes, old + [pod("a", ready: false)]) == [])
    #expect(steps(set(surge), nodes, old + [pod("a")]) == ["-agent-a-h1", "+b"])
  }

  @Test func aPodIsBoundByItsAffinity() {
    let pod = Pod(json: reconciler(set(), [], []).pod(for: "a"))
    #expect(DaemonSetReconciler.node(of: pod) == "a")
    #expect(pod.metadata.labels[ControllerRevision.hashLabel] == "h2")
    #expect(pod.scheduling.tolerations.contains { $0.key == Taint.unschedulable })
  }

  @Test func theStatusCountsNodes() {
    let nodes = [node("a"), node("b"), node("c", taints: [Taint(key: "x", effect: "NoSchedule")])]
    let status = reconciler(
      set(), nodes, [pod("a"), pod("b", hash: "h1", ready: false), pod("c")]
    ).status
    for (name, count) in [
      ("desiredNumberScheduled", 2), ("currentNumberScheduled", 2), ("numberMisscheduled", 1),
      ("numberReady", 1), ("numberAvailable", 1), ("numberUnavailable", 1),
      ("updatedNumberScheduled", 1),
    ] { #expect(status[name] == .integer(Int64(count)), "\(name)") }
  }
}
