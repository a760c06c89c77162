package import KubernetesAPI

/// Where a Pod goes.
package enum ScheduleDecision: Equatable {
  case bind(node: String)
  /// The Node is chosen, and claims must be bound to volumes there first.
  case prepare(node: String, claims: [ObjectKey])
  /// Not now, and why: the message of the Pod's condition and event.
  case wait(String)
}

/// Chooses Nodes for Pods.
package struct NodeChoice {
  /// A PersistentVolumeClaim of a Pod, with what the scheduler must know of it.
  package struct Claim {
    package var claim: PersistentVolumeClaim
    package var volume: PersistentVolume?
    package var storageClass: StorageClass?
    /// Volumes the claim could be bound to.
    package var candidates: [PersistentVolume]

    package init(
      claim: PersistentVolumeClaim, volume: PersistentVolume? = nil,
      storageClass: StorageClass? = nil, candidates: [PersistentVolume] = []
    ) {
      self.claim = claim
      self.volume = volume
      self.storageClass = storageClass
      self.candidates = candidates
    }

    var selectedNode: String {
      claim.metadata.annotations[PersistentVolumeClaim.selectedNode] ?? ""
    }
  }

  package let pod: Pod
  package let nodes: [Node]
  /// Pods on a Node that have not ended.
  private let podsOn: (String) -> [Pod]
  private let claims: [Claim]
  /// Names of claims the Pod mounts that do not exist.
  private let missingClaims: [String]

  package init(
    pod: Pod, nodes: [Node], claims: [Claim] = [], missingClaims: [String] = [],
    podsOn: @escaping (String) -> [Pod]
  ) {
    self.pod = pod
    self.nodes = nodes
    self.claims = claims
    self.missingClaims = missingClaims
    self.podsOn = podsOn
  }

  package var decision: ScheduleDecision {
    guard !nodes.isEmpty else { return .wait("no nodes available to schedule pods") }
    if let name = missingClaims.first {
      return refusal(["persistentvolumeclaim \"\(name)\" not found": nodes.count])
    }
    if let leaving = claims.first(where: { $0.claim.metadata.isBeingDeleted }) {
      return refusal([
        "persistentvolumeclaim \"\(leaving.claim.metadata.name)\" is being deleted": nodes.count
      ])
    }
    if claims.contains(where: { !$0.claim.isBound && !waits($0) }) {
      return refusal(["pod has unbound immediate PersistentVolumeClaims": nodes.count])
    }
    var reasons: [String: Int] = [:]
    var fitting: [NodeFit] = []
    for node in nodes {
      let neighbours = podsOn(node.metadata.name).filter {
        $0.metadata.uid != pod.metadata.uid
      }
      let fit = NodeFit(pod: pod, node: node, neighbours: neighbours)
      var problems = fit.problems
      if problems.isEmpty { problems = claims.compactMap { problem($0, on: node) }.firstOnly }
      if problems.isEmpty {
        fitting.append(fit)
      } else {
        for problem in problems { reasons[problem, default: 0] += 1 }
      }
    }
    guard let best = fitting.min(by: isBetter) else { return refusal(reasons) }
    let name = best.node.metadata.name
    let unbound = claims.filter { !$0.claim.isBound }.map(\.claim.key)
    return unbound.isEmpty ? .bind(node: name) : .prepare(node: name, claims: unbound)
  }

  /// Whether a claim waits for a Pod that uses it.
  private func waits(_ claim: Claim) -> Bool {
    claim.storageClass?.waitsForConsumer ?? false
  }

  private func problem(_ claim: Claim, on node: Node) -> String? {
    if claim.claim.isBound {
      guard let volume = claim.volume else {
        return "node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)"
      }
      return volume.isReachable(from: node) ? nil : "node(s) had volume node affinity conflict"
    }
    // A volume is being made for the claim on some Node already.
    let selected = claim.selectedNode
    if !selected.isEmpty, nodes.contains(where: { $0.metadata.name == selected }) {
      return selected == node.metadata.name
        ? nil : "node(s) had volume node affinity conflict"
    }
    if claim.candidates.contains(where: { $0.isReachable(from: node) }) { return nil }
    let provisioner = claim.storageClass?.provisioner ?? ""
    let canBeMade = !provisioner.isEmpty && provisioner != "kubernetes.io/no-provisioner"
    return canBeMade ? nil : "node(s) didn't find available persistent volumes to bind"
  }

  /// The less loaded Node, then the one with fewer Pods of the same owner, then the one with fewer
  /// Pods at all, then the name.
  private func isBetter(_ left: NodeFit, _ right: NodeFit) -> Bool {
    func kin(_ fit: NodeFit) -> Int {
      guard let owner = pod.metadata.controller?.uid else { return 0 }
      return fit.neighbours.filter { $0.metadata.controller?.uid == owner }.count
    }
    if kin(left) != kin(right) { return kin(left) < kin(right) }
    if left.load != right.load { return left.load < right.load }
    if left.neighbours.count != right.neighbours.count {
      return left.neighbours.count < right.neighbours.count
    }
    return left.node.metadata.name < right.node.metadata.name
  }

  /// `0/3 nodes are available: 1 Insufficient cpu, 2 node(s) were unschedulable. …`, as
  /// kube-scheduler puts it.
  private func refusal(_ reasons: [String: Int]) -> ScheduleDecision {
    let isGeneral = reasons.keys.contains { $0.contains("ersistent") && !$0.hasPrefix("node(s)") }
    let list = reasons.map { isGeneral ? $0.key : "\($0.value) \($0.key)" }.sorted()
      .joined(separator: ", ")
    let count = "0/\(nodes.count) nodes are available"
    return .wait(
      "\(count): \(list). preemption: \(count): \(nodes.count) Preemption is not helpful for "
        + "scheduling.")
  }
}

extension [String] {
  fileprivate var firstOnly: [String] { first.map { [$0] } ?? [] }
}
