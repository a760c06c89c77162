package import JSONTree
package import KubernetesAPI

/// What a ReplicaSet needs: Pods made or deleted, and its status.
package struct ReplicaSetReconciler {
  package let set: ReplicaSet
  /// The set's Pods, those that ended and those being deleted among them.
  package let pods: [Pod]
  package let now: Timestamp

  /// No more Pods than this are made or deleted in one go.
  package static let burst = 500

  package init(set: ReplicaSet, pods: [Pod], now: Timestamp) {
    self.set = set
    self.pods = pods
    self.now = now
  }

  private var active: [Pod] { pods.filter(\.isActive) }

  /// How many Pods are missing (positive) or too many (negative).
  package var difference: Int {
    guard !set.metadata.isBeingDeleted else { return 0 }
    return max(-Self.burst, min(Self.burst, set.replicas - active.count))
  }

  /// Pods to delete, the least useful first.
  ///
  /// - Parameter crowding: how many Pods of the same owner run on a Node.
  package func superfluous(crowding: (String) -> Int) -> [Pod] {
    let count = -difference
    guard count > 0 else { return [] }
    let ranked = active.map { PodRank($0, crowding: crowding($0.nodeName)) }
    return ranked.sorted().prefix(count).map(\.pod)
  }

  // MARK: Status

  /// - Parameter failure: what making or deleting Pods came to, nil if it went well.
  package func status(failure: String?) -> JSONObject {
    let labels = set.template[path: "metadata", "labels"]?.stringMap ?? [:]
    let active = active
    let ready = active.filter(\.isReady)
    var conditions = WorkloadConditions(set.status)
    if let failure {
      conditions.set(
        "ReplicaFailure", "True", reason: difference < 0 ? "FailedDelete" : "FailedCreate",
        failure, now: now)
    } else {
      conditions.remove("ReplicaFailure")
    }
    return [
      "replicas": .integer(Int64(active.count)),
      "fullyLabeledReplicas": .integer(
        Int64(active.filter { LabelSelector(labels: labels).matches($0.metadata.labels) }.count)),
      "readyReplicas": .integer(Int64(ready.count)),
      "availableReplicas": .integer(
        Int64(ready.filter { $0.isAvailable(after: set.minReadySeconds, now: now) }.count)),
      "observedGeneration": .integer(set.metadata.generation),
      "conditions": .array(conditions.list),
    ]
  }

  /// When the status changes by the passing of time alone.
  package var recheck: Duration? {
    active.nextAvailability(after: set.minReadySeconds, now: now)
  }
}

/// The order in which Pods are given up: first those that are worth least.
package struct PodRank: Comparable {
  package static let deletionCost = "controller.kubernetes.io/pod-deletion-cost"

  package let pod: Pod
  private let crowding: Int

  package init(_ pod: Pod, crowding: Int) {
    self.pod = pod
    self.crowding = crowding
  }

  private static let phases: [Pod.Phase: Int] = [.pending: 0, .unknown: 1, .running: 2]

  /// Smaller goes first: without a Node, not running, not ready, cheap, crowded, and the rest by
  /// how little they have to lose.
  private var key: [Int64] {
    [
      pod.nodeName.isEmpty ? 0 : 1, Int64(Self.phases[pod.phase] ?? 0), pod.isReady ? 1 : 0,
      pod.metadata.annotations[Self.deletionCost].flatMap { Int64($0) } ?? 0, Int64(-crowding),
      pod.isReady ? -(pod.readyTransitionTime?.seconds ?? 0) : 0, -pod.scheduling.restarts,
      -(pod.metadata.creationTimestamp?.seconds ?? 0),
    ]
  }

  package static func < (left: PodRank, right: PodRank) -> Bool {
    let (first, second) = (left.key, right.key)
    for (one, other) in zip(first, second) where one != other { return one < other }
    return left.pod.metadata.name > right.pod.metadata.name
  }

  package static func == (left: PodRank, right: PodRank) -> Bool {
    left.pod.metadata.uid == right.pod.metadata.uid
  }
}
