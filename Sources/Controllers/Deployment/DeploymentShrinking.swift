import KubernetesAPI

/// How a rolling update takes Pods from former ReplicaSets: as many as may be unavailable, those
/// that are of no use first.
struct DeploymentShrinking {
  private let reconciler: DeploymentReconciler
  private let current: ReplicaSet

  init(_ reconciler: DeploymentReconciler, current: ReplicaSet) {
    self.reconciler = reconciler
    self.current = current
  }

  private var deployment: Deployment { reconciler.deployment }

  var writes: [DeploymentWrite] {
    let former = reconciler.former.filter { $0.replicas > 0 }
    guard !former.isEmpty else { return [] }
    let total = reconciler.sets.reduce(0) { $0 + $1.replicas }
    let least = deployment.replicas - deployment.maxUnavailable
    let missing = current.replicas - current.counted("availableReplicas")
    let allowance = total - least - missing
    guard allowance > 0 else { return [] }
    var sizes = former.map(\.replicas)
    // Pods that are not available are no loss.
    var rest = allowance
    for (index, set) in former.enumerated() where rest > 0 {
      let useless = min(rest, max(0, set.replicas - set.counted("availableReplicas")))
      sizes[index] -= useless
      rest -= useless
    }
    let available = reconciler.sets.reduce(0) { $0 + $1.counted("availableReplicas") }
    var spare = available - least
    for index in sizes.indices where spare > 0 {
      let taken = min(sizes[index], spare)
      sizes[index] -= taken
      spare -= taken
    }
    return zip(former, sizes).compactMap { set, size in
      size == set.replicas ? nil : reconciler.change(set, to: size)
    }
  }
}

extension DeploymentReconciler {
  /// Whether the Deployment's size has changed since its ReplicaSets were sized.
  var isScaling: Bool {
    sets.contains { set in
      guard set.replicas > 0, let desired = set.metadata.annotations[Annotation.desired],
        let number = Int(desired)
      else { return false }
      return number != deployment.replicas
    }
  }

  /// Sizes ReplicaSets for a Deployment that has grown or shrunk, without going on with a rollout.
  var scaled: [DeploymentWrite] {
    let active = sets.filter { $0.replicas > 0 }
    if active.count <= 1 {
      guard let only = active.first ?? current ?? former.last else { return [] }
      return change(only, to: deployment.replicas).map { [$0] } ?? []
    }
    if let current, isSaturated(current) {
      return former.filter { $0.replicas > 0 }.compactMap { change($0, to: 0) }
    }
    guard !deployment.isRecreate else { return [] }
    return proportional(active)
  }

  private func isSaturated(_ set: ReplicaSet) -> Bool {
    set.replicas == deployment.replicas
      && set.metadata.annotations[Annotation.desired] == String(deployment.replicas)
      && set.counted("availableReplicas") == deployment.replicas
  }

  /// Spreads the difference over the ReplicaSets by their sizes.
  private func proportional(_ active: [ReplicaSet]) -> [DeploymentWrite] {
    let total = active.reduce(0) { $0 + $1.replicas }
    let allowed = deployment.replicas > 0 ? deployment.replicas + deployment.maxSurge : 0
    let toAdd = allowed - total
    let byAge = former.filter { $0.replicas > 0 } + [current].compactMap(\.self)
    let ordered = (toAdd > 0 ? byAge.reversed() : byAge).filter { $0.replicas > 0 }.enumerated()
      .sorted {
        $0.element.replicas != $1.element.replicas
          ? $0.element.replicas > $1.element.replicas : $0.offset < $1.offset
      }.map(\.element)
    var added = 0
    var sizes: [Int] = []
    for set in ordered {
      let share = toAdd == 0 ? 0 : bounded(share(of: set), left: toAdd - added)
      sizes.append(set.replicas + share)
      added += share
    }
    if !sizes.isEmpty { sizes[0] = max(0, sizes[0] + toAdd - added) }
    return zip(ordered, sizes).compactMap { change($0, to: $1) }
  }

  private func bounded(_ share: Int, left: Int) -> Int {
    left > 0 ? min(max(share, 0), left) : max(min(share, 0), left)
  }

  /// By how much a ReplicaSet grows as the Deployment does.
  private func share(of set: ReplicaSet) -> Int {
    guard deployment.replicas > 0 else { return -set.replicas }
    let maximum = deployment.replicas + deployment.maxSurge
    let before =
      set.metadata.annotations[Annotation.maximum].flatMap { Int($0) }
      ?? deployment.counted("replicas")
    guard before > 0 else { return 0 }
    let size = (Double(set.replicas) * Double(maximum) / Double(before)).rounded()
    return Int(size) - set.replicas
  }
}
