package import KubernetesAPI

/// Which Pods nobody will take away if the cluster does not.
package struct PodCollection {
  package enum Reason: Equatable, Sendable {
    /// Its Node is gone.
    case orphaned
    /// It is being deleted and was never placed.
    case unplaced
    /// There are too many that have ended.
    case surplus
  }

  /// How many Pods that have ended are kept (kube-controller-manager's default).
  package static let threshold = 12_500

  package let threshold: Int

  package init(threshold: Int = PodCollection.threshold) { self.threshold = threshold }

  /// - Parameters:
  ///   - nodes: names of the Nodes there are.
  ///   - missing: names of Nodes that have been missing for long enough.
  package func victims(
    _ pods: [Pod], nodes: Set<String>, missing: Set<String>
  ) -> [(pod: Pod, reason: Reason)] {
    var victims: [(pod: Pod, reason: Reason)] = []
    for pod in pods.sorted(by: { $0.key < $1.key }) {
      if !pod.nodeName.isEmpty, !nodes.contains(pod.nodeName), missing.contains(pod.nodeName) {
        victims.append((pod, .orphaned))
      } else if pod.nodeName.isEmpty, pod.metadata.isBeingDeleted {
        victims.append((pod, .unplaced))
      }
    }
    let taken = Set(victims.map(\.pod.metadata.uid))
    let ended = pods.filter { $0.isTerminal && !taken.contains($0.metadata.uid) }
    let oldest = ended.sorted { left, right in
      let (first, second) = (left.metadata.creationTimestamp, right.metadata.creationTimestamp)
      if let first, let second, first != second { return first < second }
      return left.metadata.name < right.metadata.name
    }
    victims += oldest.prefix(max(0, ended.count - threshold)).map { ($0, .surplus) }
    return victims
  }
}
