import JSONTree
package import KubernetesAPI

/// A write that brings a Deployment forward.
package enum DeploymentWrite: Equatable {
  case create(ReplicaSet)
  /// Changes the size of a ReplicaSet, its annotations, or both.
  case change(ReplicaSet, replicas: Int, annotations: [String: String])
  case delete(ReplicaSet)
  /// Notes the revision on the Deployment.
  case note(revision: String)
}

/// What a Deployment needs: one step of a rollout, and its status.
///
/// One call decides one step; what follows from it is decided when the step shows in the view.
package struct DeploymentReconciler {
  package enum Annotation {
    package static let revision = "deployment.kubernetes.io/revision"
    package static let history = "deployment.kubernetes.io/revision-history"
    package static let desired = "deployment.kubernetes.io/desired-replicas"
    package static let maximum = "deployment.kubernetes.io/max-replicas"
    /// Those of a Deployment that say nothing about a ReplicaSet.
    static let own: Set<String> = [
      "kubectl.kubernetes.io/last-applied-configuration", revision, history, desired, maximum,
      "deprecated.deployment.rollback.to",
    ]
  }

  package static let hashLabel = "pod-template-hash"

  package let deployment: Deployment
  /// All ReplicaSets of the Deployment.
  package let sets: [ReplicaSet]
  /// Whether a ReplicaSet has Pods that have not ended.
  let hasPods: (ReplicaSet) -> Bool
  package let now: Timestamp

  /// The ReplicaSet of the present template.
  package let current: ReplicaSet?
  /// The others, oldest first.
  package let former: [ReplicaSet]

  package init(
    deployment: Deployment, sets: [ReplicaSet], now: Timestamp,
    hasPods: @escaping (ReplicaSet) -> Bool
  ) {
    self.deployment = deployment
    self.sets = sets
    self.now = now
    self.hasPods = hasPods
    let byAge = sets.sorted(by: Self.isOlder)
    current = byAge.first { Self.bareTemplate($0.template) == deployment.template }
    let uid = current?.metadata.uid
    former = byAge.filter { $0.metadata.uid != uid || uid == nil }
  }

  private static func isOlder(_ left: ReplicaSet, _ right: ReplicaSet) -> Bool {
    let (first, second) = (left.metadata, right.metadata)
    if first.creationTimestamp != second.creationTimestamp {
      return (first.creationTimestamp ?? .init(seconds: 0))
        < (second.creationTimestamp ?? .init(seconds: 0))
    }
    return first.name < second.name
  }

  /// A ReplicaSet's template without the label that tells it apart.
  static func bareTemplate(_ template: JSON) -> JSON {
    guard var metadata = template["metadata"], var labels = metadata["labels"] else {
      return template
    }
    labels[hashLabel] = nil
    metadata["labels"] = labels.object?.isEmpty == true ? nil : labels
    var template = template
    template["metadata"] = metadata.object?.isEmpty == true ? nil : metadata
    return template
  }

  // MARK: One step

  /// The writes of the next step, in order.
  package var writes: [DeploymentWrite] {
    guard !deployment.metadata.isBeingDeleted else { return [] }
    var steps = annotations
    if !steps.isEmpty { return steps }
    if deployment.isPaused || isScaling {
      steps = scaled
    } else if deployment.isRecreate {
      steps = recreated
    } else {
      steps = rolled
    }
    if steps.isEmpty, isComplete { steps = cleanup }
    return steps
  }

  var newRevision: Int {
    (former.map(Self.revision).max() ?? 0) + 1
  }

  package static func revision(of set: ReplicaSet) -> Int {
    set.metadata.annotations[Annotation.revision].flatMap { Int($0) } ?? 0
  }

  /// Brings the annotations of the current ReplicaSet and the Deployment in line.
  private var annotations: [DeploymentWrite] {
    guard let current else { return [] }
    var writes: [DeploymentWrite] = []
    let wanted = annotations(for: current)
    if wanted.contains(where: { current.metadata.annotations[$0.key] != $0.value }) {
      writes.append(.change(current, replicas: current.replicas, annotations: wanted))
    }
    let revision = wanted[Annotation.revision] ?? ""
    if deployment.metadata.annotations[Annotation.revision] != revision {
      writes.append(.note(revision: revision))
    }
    return writes
  }

  /// What the current ReplicaSet is to carry, its size left aside.
  private func annotations(for set: ReplicaSet?) -> [String: String] {
    var wanted = deployment.metadata.annotations.filter { !Annotation.own.contains($0.key) }
    let known = set.map(Self.revision) ?? 0
    let revision = max(known, newRevision)
    wanted[Annotation.revision] = String(revision)
    if known != 0, known < revision {
      let history = set?.metadata.annotations[Annotation.history] ?? ""
      wanted[Annotation.history] = history.isEmpty ? "\(known)" : "\(history),\(known)"
    }
    return wanted
  }

  private var sizeAnnotations: [String: String] {
    [
      Annotation.desired: String(deployment.replicas),
      Annotation.maximum: String(deployment.replicas + deployment.maxSurge),
    ]
  }

  func change(_ set: ReplicaSet, to replicas: Int) -> DeploymentWrite? {
    let isNoted = sizeAnnotations.allSatisfy { set.metadata.annotations[$0.key] == $0.value }
    guard set.replicas != replicas || !isNoted else { return nil }
    return .change(set, replicas: replicas, annotations: sizeAnnotations)
  }

  // MARK: Strategies

  private var rolled: [DeploymentWrite] {
    guard let current else { return [.create(newSet(replicas: firstSize(of: nil)))] }
    if current.replicas != deployment.replicas {
      let size =
        current.replicas > deployment.replicas ? deployment.replicas : firstSize(of: current)
      if size != current.replicas, let change = change(current, to: size) { return [change] }
    }
    return DeploymentShrinking(self, current: current).writes
  }

  private var recreated: [DeploymentWrite] {
    let shrinking = former.filter { $0.replicas > 0 }.compactMap { change($0, to: 0) }
    if !shrinking.isEmpty { return shrinking }
    if former.contains(where: hasPods) { return [] }
    guard let current else { return [.create(newSet(replicas: deployment.replicas))] }
    return change(current, to: deployment.replicas).map { [$0] } ?? []
  }

  /// How large the current ReplicaSet may be for now.
  private func firstSize(of set: ReplicaSet?) -> Int {
    let present = set?.replicas ?? 0
    let total = sets.reduce(0) { $0 + $1.replicas }
    let room = deployment.replicas + deployment.maxSurge - total
    guard room > 0 else { return present }
    return present + min(room, deployment.replicas - present)
  }

  private func newSet(replicas: Int) -> ReplicaSet {
    let collisions = deployment.counted("collisionCount")
    let hash = PodTemplate.hash(deployment.template, collisions: collisions)
    var template = deployment.template
    var metadata = template["metadata"] ?? [:]
    var labels = metadata["labels"] ?? [:]
    labels[Self.hashLabel] = .string(hash)
    metadata["labels"] = labels
    template["metadata"] = metadata
    var selector = deployment.spec["selector"] ?? [:]
    var matchLabels = selector["matchLabels"] ?? [:]
    matchLabels[Self.hashLabel] = .string(hash)
    selector["matchLabels"] = matchLabels
    var spec: JSONObject = [
      "replicas": .integer(Int64(replicas)), "selector": selector, "template": template,
    ]
    if deployment.minReadySeconds > 0 {
      spec["minReadySeconds"] = .integer(Int64(deployment.minReadySeconds))
    }
    let name = "\(deployment.metadata.name)-\(hash)"
    return ReplicaSet(
      metadata: ObjectMeta(
        name: name, namespace: deployment.metadata.namespace, labels: labels.stringMap,
        annotations: annotations(for: nil).merging(sizeAnnotations) { $1 },
        ownerReferences: [OwnerReference(controller: deployment)]),
      spec: .object(spec))
  }

  // MARK: Former ReplicaSets

  private var cleanup: [DeploymentWrite] {
    let spent = former.filter { set in
      set.counted("replicas") == 0 && set.replicas == 0
        && set.metadata.generation <= set.observedGeneration && !set.metadata.isBeingDeleted
    }
    let surplus =
      former.filter { !$0.metadata.isBeingDeleted }.count
      - deployment.revisionHistoryLimit
    guard surplus > 0 else { return [] }
    return spent.sorted { Self.revision(of: $0) < Self.revision(of: $1) }.prefix(surplus)
      .map { .delete($0) }
  }
}
