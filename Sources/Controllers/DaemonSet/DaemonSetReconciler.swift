package import JSONTree
package import KubernetesAPI

/// What a DaemonSet needs: a Pod on each Node that qualifies, and its status.
package struct DaemonSetReconciler {
  package let set: DaemonSet
  package let pods: [Pod]
  package let nodes: [Node]
  /// The revision of the present template.
  package let update: ControllerRevision
  package let now: Timestamp

  package init(
    set: DaemonSet, pods: [Pod], nodes: [Node], update: ControllerRevision, now: Timestamp
  ) {
    self.set = set
    self.pods = pods
    self.nodes = nodes
    self.update = update
    self.now = now
  }

  package enum Action: Equatable {
    /// Makes a Pod for the Node of this name.
    case create(node: String)
    case delete(Pod)
  }

  /// Pods carry the hash alone.
  package var updateHash: String {
    update.metadata.labels[ControllerRevision.hashLabel] ?? ""
  }

  // MARK: Which Nodes

  /// What every Pod of a DaemonSet tolerates: it is there before a Node is ready, and stays.
  package static let tolerations: [Toleration] = [
    Toleration(key: Taint.notReady, effect: "NoExecute"),
    Toleration(key: Taint.unreachable, effect: "NoExecute"),
    Toleration(key: "node.kubernetes.io/disk-pressure", effect: "NoSchedule"),
    Toleration(key: "node.kubernetes.io/memory-pressure", effect: "NoSchedule"),
    Toleration(key: "node.kubernetes.io/pid-pressure", effect: "NoSchedule"),
    Toleration(key: Taint.unschedulable, effect: "NoSchedule"),
  ]

  private var podTolerations: [Toleration] {
    var tolerations = Self.tolerations
    if set.template[path: "spec", "hostNetwork"]?.bool == true {
      tolerations.append(
        Toleration(key: "node.kubernetes.io/network-unavailable", effect: "NoSchedule"))
    }
    return tolerations
  }

  /// Whether a Node should have a Pod, and whether one that is there may stay.
  package func suits(_ node: Node) -> (runs: Bool, stays: Bool) {
    let scheduling = PodScheduling(spec: set.template["spec"], status: nil, podName: "")
    let wanted = set.template[path: "spec", "nodeName"]?.string ?? ""
    guard wanted.isEmpty || wanted == node.metadata.name,
      NodeFit.matchesSelector(scheduling, node.metadata)
    else { return (false, false) }
    let tolerations = scheduling.tolerations + podTolerations
    func isTolerated(_ effects: Set<String>) -> Bool {
      node.taints.allSatisfy { taint in
        !effects.contains(taint.effect) || tolerations.contains { $0.tolerates(taint) }
      }
    }
    return (isTolerated(["NoSchedule", "NoExecute"]), isTolerated(["NoExecute"]))
  }

  /// The Node a Pod is on or meant for.
  package static func node(of pod: Pod) -> String {
    if !pod.nodeName.isEmpty { return pod.nodeName }
    for term in pod.scheduling.nodeTerms ?? [] {
      for requirement in term.names where requirement.operator == "In" {
        if let name = requirement.values.first { return name }
      }
    }
    return ""
  }

  /// The Pod for a Node: bound by its affinity, so that the scheduler has its say.
  package func pod(for node: String) -> JSON {
    var pod = PodTemplate.pod(
      from: set.template, owner: set,
      labels: [
        ControllerRevision.hashLabel: updateHash,
        "pod-template-generation":
          set.metadata.annotations["deprecated.daemonset.template.generation"] ?? "1",
      ])
    var spec = pod["spec"] ?? [:]
    let known = spec["tolerations"]?.array ?? []
    spec["tolerations"] = .array(
      known + podTolerations.map(\.json).filter { !known.contains($0) })
    let field: JSON = ["key": "metadata.name", "operator": "In", "values": [.string(node)]]
    var affinity = spec["affinity"] ?? [:]
    var nodeAffinity = affinity["nodeAffinity"] ?? [:]
    let required = "requiredDuringSchedulingIgnoredDuringExecution"
    var terms = nodeAffinity[path: required, "nodeSelectorTerms"]?.array ?? [[:]]
    for index in terms.indices { terms[index]["matchFields"] = [field] }
    nodeAffinity[required] = ["nodeSelectorTerms": .array(terms)]
    affinity["nodeAffinity"] = nodeAffinity
    spec["affinity"] = affinity
    pod["spec"] = spec
    return pod
  }

  // MARK: Actions

  private var byNode: [String: [Pod]] {
    Dictionary(grouping: pods, by: Self.node(of:))
  }

  private func isUpdated(_ pod: Pod) -> Bool {
    pod.metadata.labels[ControllerRevision.hashLabel] == updateHash
  }

  private func isAvailable(_ pod: Pod) -> Bool {
    pod.isActive && pod.isAvailable(after: set.minReadySeconds, now: now)
  }

  package var actions: [Action] {
    guard !set.metadata.isBeingDeleted else { return [] }
    var actions: [Action] = []
    let byNode = byNode
    for node in nodes.sorted(by: { $0.metadata.name < $1.metadata.name }) {
      let (runs, stays) = suits(node)
      let present = byNode[node.metadata.name] ?? []
      let living = present.filter { !$0.metadata.isBeingDeleted }
      if !stays {
        actions += living.map { .delete($0) }
        continue
      }
      let ended = living.filter(\.isTerminal)
      actions += ended.map { .delete($0) }
      let running = living.filter { !$0.isTerminal }
      if running.isEmpty, ended.isEmpty, runs, present.isEmpty {
        actions.append(.create(node: node.metadata.name))
      }
      // Of several of one revision only the oldest stays; an update may have one of each.
      for group in Dictionary(grouping: running, by: isUpdated).values where group.count > 1 {
        let byAge = group.sorted {
          ($0.metadata.creationTimestamp ?? now, $0.metadata.name)
            < ($1.metadata.creationTimestamp ?? now, $1.metadata.name)
        }
        actions += byAge.dropFirst().map { .delete($0) }
      }
    }
    if !set.isOnDelete { actions += updates(byNode) }
    return actions
  }

  /// Takes Pods of former revisions away, as many as may be unavailable; with a surge, once the
  /// new Pod beside them is available.
  private func updates(_ byNode: [String: [Pod]]) -> [Action] {
    let suited = nodes.filter { suits($0).runs }
    let surge = set.maxSurge(of: suited.count)
    var budget = surge > 0 ? surge : set.maxUnavailable(of: suited.count)
    var candidates: [(old: Pod, new: Pod?)] = []
    var actions: [Action] = []
    for node in suited.sorted(by: { $0.metadata.name < $1.metadata.name }) {
      let living = (byNode[node.metadata.name] ?? []).filter {
        !$0.metadata.isBeingDeleted && !$0.isTerminal
      }
      let old = living.first { !isUpdated($0) }
      let new = living.first(where: isUpdated)
      if surge > 0 {
        if let old, let new {
          if isAvailable(new) { actions.append(.delete(old)) } else { budget -= 1 }
        } else if let old {
          candidates.append((old, nil))
        }
      } else if let old {
        if isAvailable(old) { candidates.append((old, new)) } else { actions.append(.delete(old)) }
        if !isAvailable(old) { budget -= 1 }
      } else if !(new.map(isAvailable) ?? false) {
        budget -= 1
      }
    }
    for (old, _) in candidates.prefix(max(0, budget)) {
      actions.append(surge > 0 ? .create(node: Self.node(of: old)) : .delete(old))
    }
    return actions
  }

  // MARK: Status

  package var status: JSONObject {
    var counts: [String: Int] = [:]
    let byNode = byNode
    for node in nodes {
      let present = (byNode[node.metadata.name] ?? []).filter { !$0.metadata.isBeingDeleted }
      guard suits(node).runs else {
        if !present.isEmpty { counts["numberMisscheduled", default: 0] += 1 }
        continue
      }
      counts["desiredNumberScheduled", default: 0] += 1
      if !present.isEmpty { counts["currentNumberScheduled", default: 0] += 1 }
      if present.contains(where: \.isReady) { counts["numberReady", default: 0] += 1 }
      if present.contains(where: isAvailable) { counts["numberAvailable", default: 0] += 1 }
      if present.contains(where: isUpdated) { counts["updatedNumberScheduled", default: 0] += 1 }
    }
    counts["numberUnavailable"] =
      (counts["desiredNumberScheduled"] ?? 0) - (counts["numberAvailable"] ?? 0)
    var status: JSONObject = ["observedGeneration": .integer(set.metadata.generation)]
    for name in [
      "desiredNumberScheduled", "currentNumberScheduled", "numberMisscheduled", "numberReady",
      "numberAvailable", "numberUnavailable", "updatedNumberScheduled",
    ] { status[name] = .integer(Int64(counts[name] ?? 0)) }
    return status
  }

  package var recheck: Duration? {
    pods.filter(\.isActive).nextAvailability(after: set.minReadySeconds, now: now)
  }

  package var usedRevisions: Set<String> {
    let hashes = pods.compactMap { $0.metadata.labels[ControllerRevision.hashLabel] }
    return Set(hashes.map { "\(set.metadata.name)-\($0)" }).union([update.metadata.name])
  }
}
