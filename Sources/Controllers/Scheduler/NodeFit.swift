package import KubernetesAPI

/// Whether a Pod can run on a Node, and if not why not.
package struct NodeFit {
  package let pod: Pod
  package let node: Node
  /// Pods on the Node that have not ended, without the Pod itself.
  package let neighbours: [Pod]

  package init(pod: Pod, node: Node, neighbours: [Pod]) {
    self.pod = pod
    self.node = node
    self.neighbours = neighbours
  }

  /// Why the Pod cannot run on the Node, in the words of kube-scheduler; empty where it can.
  package var problems: [String] {
    let scheduling = pod.scheduling
    if node.isUnschedulable, !isTolerated(Self.unschedulable) {
      return ["node(s) were unschedulable"]
    }
    if let taint = Self.taints(of: node).first(where: { !isTolerated($0) }) {
      return ["node(s) had untolerated taint {\(taint.key): \(taint.value)}"]
    }
    guard Self.matchesSelector(scheduling, node.metadata) else {
      return ["node(s) didn't match Pod's node affinity/selector"]
    }
    let taken = neighbours.flatMap(\.scheduling.hostPorts)
    if scheduling.hostPorts.contains(where: { port in taken.contains { $0.conflicts(with: port) } })
    {
      return ["node(s) didn't have free ports for the requested pod ports"]
    }
    return missingResources
  }

  private static let unschedulable = Taint(key: Taint.unschedulable, effect: "NoSchedule")

  private func isTolerated(_ taint: Taint) -> Bool {
    pod.scheduling.tolerations.contains { $0.tolerates(taint) }
  }

  /// Taints that keep new Pods away. A Node that does not say it is ready counts as tainted
  /// before anybody has got around to tainting it.
  package static func taints(of node: Node) -> [Taint] {
    var taints = node.taints.filter { taint in
      taint.effect != "PreferNoSchedule" && taint.key != Taint.unschedulable
    }
    let isMarked = taints.contains { [Taint.notReady, Taint.unreachable].contains($0.key) }
    if !node.isReady, !isMarked {
      taints.append(Taint(key: Taint.notReady, effect: "NoSchedule"))
    }
    return taints
  }

  package static func matchesSelector(_ scheduling: PodScheduling, _ node: ObjectMeta) -> Bool {
    scheduling.nodeSelector.allSatisfy { node.labels[$0.key] == $0.value }
      && (scheduling.nodeTerms.map { $0.contains { $0.matches(node) } } ?? true)
  }

  // MARK: Resources

  /// What the neighbours ask for together.
  private var used: ResourceAmounts {
    neighbours.reduce(into: ResourceAmounts()) { $0.add($1.scheduling.requests) }
  }

  private var missingResources: [String] {
    // A Node that says nothing of what it has does not limit anything.
    guard !node.allocatable.names.isEmpty else { return [] }
    var problems: [String] = []
    let room = node.allocatable["pods"]
    if node.allocatable.names.contains("pods"), Int64(neighbours.count) >= room {
      problems.append("Too many pods")
    }
    let used = used
    let requests = pod.scheduling.requests
    for name in requests.names where requests[name] > 0 {
      // Subtracted, because the sum of what users ask for may be beyond all numbers.
      if requests[name] > max(0, node.allocatable[name]) - min(used[name], Int64.max / 2) {
        problems.append("Insufficient \(name)")
      }
    }
    return problems
  }

  /// How much of the Node is taken, from 0 to 1 of the scarcer of processors and memory; smaller
  /// is better.
  package var load: Double {
    let used = used + pod.scheduling.requests
    return ["cpu", "memory"].map { name in
      let total = node.allocatable[name]
      return total > 0 ? Double(used[name]) / Double(total) : 0
    }.max() ?? 0
  }
}
