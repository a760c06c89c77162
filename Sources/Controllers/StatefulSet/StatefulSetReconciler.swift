package import JSONTree
package import KubernetesAPI

/// What a StatefulSet needs next: Pods and claims in their order, and its status.
package struct StatefulSetReconciler {
  package enum Action: Equatable {
    case createClaim(PersistentVolumeClaim)
    case setOwners(PersistentVolumeClaim, [OwnerReference])
    case createPod(JSON)
    case deletePod(Pod)
    /// Gives a Pod the labels of its identity.
    case label(Pod, [String: String])
  }

  package let set: StatefulSet
  /// The set's Pods, by number.
  private let pods: [Int: Pod]
  /// Claims of the namespace, by name.
  private let claims: [String: PersistentVolumeClaim]
  package let current: ControllerRevision
  package let update: ControllerRevision
  package let now: Timestamp
  private let shape: StatefulSetPods

  /// - Parameters:
  ///   - current: the revision of Pods that are not updated.
  ///   - update: the revision of the present template.
  package init(
    set: StatefulSet, pods: [Pod], claims: [PersistentVolumeClaim], current: ControllerRevision,
    update: ControllerRevision, now: Timestamp
  ) {
    self.set = set
    self.current = current
    self.update = update
    self.now = now
    shape = StatefulSetPods(set)
    self.pods = Dictionary(
      pods.compactMap { pod in set.ordinal(of: pod.metadata.name).map { ($0, pod) } },
      uniquingKeysWith: { first, _ in first })
    self.claims = Dictionary(
      claims.map { ($0.metadata.name, $0) }, uniquingKeysWith: { first, _ in first })
  }

  private func revision(of pod: Pod) -> String {
    pod.metadata.labels[ControllerRevision.hashLabel] ?? ""
  }

  private func isHealthy(_ pod: Pod) -> Bool {
    pod.isRunningAndReady && !pod.metadata.isBeingDeleted
  }

  private func isAvailable(_ pod: Pod) -> Bool {
    isHealthy(pod) && pod.isAvailable(after: set.minReadySeconds, now: now)
  }

  // MARK: Actions

  /// What to do now; what follows is decided when this shows in the view.
  package var actions: [Action] {
    var actions = ownerActions
    guard !set.metadata.isBeingDeleted else { return actions }
    let (growing, isSettled) = growth
    actions += growing
    guard isSettled || !set.isOrdered else { return actions }
    let (shrinking, mayUpdate) = shrinkage
    actions += shrinking
    if mayUpdate { actions += replacement }
    return actions
  }

  /// Pods that are wanted: made where they are missing, made anew where they ended.
  ///
  /// - Returns: the actions, and whether all these Pods are there and available.
  private var growth: ([Action], isSettled: Bool) {
    var actions: [Action] = []
    for ordinal in set.ordinals {
      guard let pod = pods[ordinal] else {
        actions += missingClaims(ordinal)
        actions.append(.createPod(shape.pod(ordinal, of: revisionFor(ordinal))))
        if set.isOrdered { return (actions, false) }
        continue
      }
      if pod.isTerminal, !pod.metadata.isBeingDeleted {
        actions.append(.deletePod(pod))
        if set.isOrdered { return (actions, false) }
        continue
      }
      if pod.metadata.isBeingDeleted {
        if set.isOrdered { return (actions, false) }
        continue
      }
      actions += missingClaims(ordinal)
      let identity = shape.identity(ordinal)
      if identity.contains(where: { pod.metadata.labels[$0.key] != $0.value }) {
        actions.append(.label(pod, identity))
      }
      if set.isOrdered, !isAvailable(pod) { return (actions, false) }
    }
    return (actions, true)
  }

  private func missingClaims(_ ordinal: Int) -> [Action] {
    shape.claims(ordinal).filter { claims[$0.metadata.name] == nil }.map { claim in
      var claim = claim
      claim.metadata.ownerReferences = shape.owners(of: claim, pod: nil, isWanted: true)
      return .createClaim(claim)
    }
  }

  /// Which revision a Pod that is missing is made of.
  private func revisionFor(_ ordinal: Int) -> ControllerRevision {
    guard !set.isOnDelete else { return update }
    let index = ordinal - set.firstOrdinal
    let hasPartition = set.spec[path: "updateStrategy", "rollingUpdate"] != nil
    let kept = hasPartition ? set.partition : set.counted("currentReplicas")
    return index < kept ? current : update
  }

  private var condemned: [Pod] {
    pods.filter { !set.ordinals.contains($0.key) }.sorted { $0.key > $1.key }.map(\.value)
  }

  /// Pods that are wanted no longer, the last first.
  private var shrinkage: ([Action], mayUpdate: Bool) {
    var actions: [Action] = []
    let firstUnhealthy = condemned.last { !isHealthy($0) }
    for pod in condemned {
      if pod.metadata.isBeingDeleted {
        if set.isOrdered { return (actions, false) }
        continue
      }
      if set.isOrdered, !isAvailable(pod), pod.metadata.uid != firstUnhealthy?.metadata.uid {
        return (actions, false)
      }
      actions.append(.deletePod(pod))
      if set.isOrdered { return (actions, false) }
    }
    return (actions, true)
  }

  /// The Pod that is next to be made anew of the update revision, the last first.
  private var replacement: [Action] {
    guard !set.isOnDelete else { return [] }
    let first = set.firstOrdinal + set.partition
    for ordinal in set.ordinals.reversed() where ordinal >= first {
      guard let pod = pods[ordinal] else { return [] }
      if revision(of: pod) != update.metadata.name, !pod.metadata.isBeingDeleted {
        return pod.isTerminal ? [] : [.deletePod(pod)]
      }
      if !isAvailable(pod) { return [] }
    }
    return []
  }

  private var ownerActions: [Action] {
    var actions: [Action] = []
    let known = Set(pods.keys).union(set.ordinals)
    for ordinal in known.sorted() {
      let isWanted = set.ordinals.contains(ordinal)
      for wanted in shape.claims(ordinal) {
        guard let claim = claims[wanted.metadata.name], !claim.metadata.isBeingDeleted else {
          continue
        }
        let owners = shape.owners(of: claim, pod: pods[ordinal], isWanted: isWanted)
        if Set(owners) != Set(claim.metadata.ownerReferences) {
          actions.append(.setOwners(claim, owners))
        }
      }
    }
    return actions
  }

  // MARK: Status

  package var status: JSONObject {
    let all = pods.values
    func count(_ isCounted: (Pod) -> Bool) -> Int { all.filter(isCounted).count }
    let living = all.filter { !$0.metadata.isBeingDeleted }
    let ready = count { isHealthy($0) }
    let updated = living.filter { revision(of: $0) == update.metadata.name }.count
    var currentCount = living.filter { revision(of: $0) == current.metadata.name }.count
    var currentName = current.metadata.name
    if !set.isOnDelete, updated == all.count, ready == all.count {
      // The update is complete.
      currentName = update.metadata.name
      currentCount = updated
    }
    var status: JSONObject = [
      "observedGeneration": .integer(set.metadata.generation),
      "currentRevision": .string(currentName), "updateRevision": .string(update.metadata.name),
    ]
    for (name, value) in [
      ("replicas", all.count), ("readyReplicas", ready), ("currentReplicas", currentCount),
      ("updatedReplicas", updated), ("availableReplicas", count(isAvailable)),
    ] { status[name] = .integer(Int64(value)) }
    return status
  }

  /// When the status changes by the passing of time alone.
  package var recheck: Duration? {
    pods.values.filter(isHealthy).nextAvailability(after: set.minReadySeconds, now: now)
  }

  /// Revisions that must be kept.
  package var usedRevisions: Set<String> {
    Set(pods.values.map { revision(of: $0) }).union([current.metadata.name, update.metadata.name])
  }
}
