import JSONTree
import KubernetesAPI
package import KubernetesClient
package import Logging

/// Brings Deployments to their templates, through ReplicaSets.
package struct DeploymentController: Controller {
  package let name = "deployment-controller"

  static let workers = 5

  private let client: KubernetesClient
  private let informers: SharedInformers
  private let workloads: WorkloadInformers
  private let events: EventRecorder
  private let logger: Logger
  private let queue: WorkQueue<ObjectKey>
  private let ownWrites: OwnWrites
  private let writer: PodWriter

  /// To be made before the informers run.
  package init(
    client: KubernetesClient, informers: SharedInformers, workloads: WorkloadInformers,
    events: EventRecorder, logger: Logger
  ) {
    self.client = client
    self.informers = informers
    self.workloads = workloads
    self.events = events
    self.logger = logger
    queue = WorkQueue(time: client.time, random: client.random)
    ownWrites = OwnWrites(time: client.time)
    writer = PodWriter(client: client, events: events, ownWrites: ownWrites, source: name)
    watch()
  }

  package func run() async {
    do {
      try await workloads.deployments.waitUntilSynced()
      try await workloads.replicaSets.waitUntilSynced()
      try await informers.pods.waitUntilSynced()
    } catch { return }
    await queue.run(workers: Self.workers, logger: logger) { try await sync($0) }
  }

  private func watch() {
    workloads.deployments.addHandler { events in queue.add(events.compactMap(\.key)) }
    workloads.replicaSets.addHandler { events in
      for event in events {
        switch event {
        case .synced: break
        case .added(let set): changed(set)
        case .updated(let old, let new):
          if let old, old.metadata.controller != new.metadata.controller { changed(old) }
          changed(new)
        case .deleted(_, let last): if let last { changed(last) }
        }
      }
    }
    // Recreate waits for the last Pod of a former ReplicaSet.
    informers.pods.addHandler { events in
      for event in events {
        guard case .deleted(_, let last?) = event, let owner = last.metadata.controller,
          owner.kind == "ReplicaSet",
          let set = workloads.replicaSets.object(
            ObjectKey(namespace: last.metadata.namespace, name: owner.name))
        else { continue }
        changed(set)
      }
    }
  }

  private func changed(_ set: ReplicaSet) {
    let namespace = set.metadata.namespace
    if let owner = set.metadata.controller {
      guard owner.kind == "Deployment" else { return }
      queue.add(ObjectKey(namespace: namespace, name: owner.name))
    } else {
      for deployment in workloads.deployments.objects
      where deployment.metadata.namespace == namespace
        && deployment.selector.matches(set.metadata.labels)
      { queue.add(deployment.key) }
    }
  }

  // MARK: Work

  private func sync(_ key: ObjectKey) async throws -> WorkQueue<ObjectKey>.Outcome {
    guard let deployment = workloads.deployments.object(key) else {
      ownWrites.forget(key)
      return .done
    }
    guard deployment.hasSelector else { return .done }
    let version = workloads.replicaSets.resourceVersion
    let all = workloads.replicaSets.objects.filter { $0.metadata.namespace == key.namespace }
    let owned = all.filter { $0.metadata.controller?.uid == deployment.metadata.uid }
    let present = owned.filter { !$0.metadata.isBeingDeleted }.map(\.metadata.uid)
    if ownWrites.isStale(key, viewVersion: version, uids: present) {
      return .again(after: .seconds(1))
    }
    let membership = Membership(
      owner: deployment.metadata, selector: deployment.selector, owned: owned,
      orphans: all.filter { $0.metadata.controller == nil })
    let sets = try await writer.settle(membership, of: deployment)
    let reconciler = DeploymentReconciler(
      deployment: deployment, sets: sets, now: client.time.now()
    ) { set in informers.pods(controlledBy: set.metadata.uid).contains { !$0.isTerminal } }
    var created: ReplicaSet?
    for write in reconciler.writes {
      if let made = try await perform(write, deployment, reconciler) { created = made }
    }
    try await writer.writeStatus(deployment, reconciler.status(created: created))
    return reconciler.recheck.map { .again(after: $0) } ?? .done
  }

  /// - Returns: the ReplicaSet that was made, if one was.
  private func perform(
    _ write: DeploymentWrite, _ deployment: Deployment, _ reconciler: DeploymentReconciler
  ) async throws -> ReplicaSet? {
    let key = deployment.key
    switch write {
    case .create(let set): return try await create(set, deployment, reconciler)
    case .change(let set, let replicas, let annotations):
      let patch: JSON = [
        "metadata": [
          "resourceVersion": .string(set.metadata.resourceVersion),
          "annotations": JSON(annotations),
        ], "spec": ["replicas": .integer(Int64(replicas))],
      ]
      ownWrites.wrote(key, try await client.patch(ReplicaSet.self, set.key, .merge, patch))
      if replicas != set.replicas { tell(deployment, set, from: set.replicas, to: replicas) }
    case .delete(let set):
      do {
        try await client.delete(
          ReplicaSet.self, set.key, options: DeleteOptions(uid: set.metadata.uid))
        ownWrites.deleted(key, uid: set.metadata.uid)
      } catch let status as APIStatus where status.isNotFound {}
    case .note(let revision):
      let name = DeploymentReconciler.Annotation.revision
      _ = try await client.patch(
        Deployment.self, key, .merge,
        ["metadata": ["annotations": .object([name: .string(revision)])]])
    }
    return nil
  }

  private func create(
    _ set: ReplicaSet, _ deployment: Deployment, _ reconciler: DeploymentReconciler
  ) async throws -> ReplicaSet? {
    do {
      let made = try await client.create(set)
      ownWrites.wrote(deployment.key, made)
      tell(deployment, made, from: 0, to: made.replicas)
      return made
    } catch let status as APIStatus {
      if status.isNamespaceTerminating { return nil }
      guard status.isAlreadyExists else {
        events.warn(
          deployment, source: name, reason: "ReplicaSetCreateError",
          "Failed to create new replica set \"\(set.metadata.name)\": \(status.message)")
        throw status
      }
      let taken = try await client.get(ReplicaSet.self, set.key)
      let isOurs = taken.metadata.controller?.uid == deployment.metadata.uid
      if isOurs, DeploymentReconciler.bareTemplate(taken.template) == deployment.template {
        return nil  // The view will show it.
      }
      // Another template has the name: the next attempt takes another one.
      try await writer.writeStatus(
        deployment,
        ["collisionCount": .integer(Int64(deployment.counted("collisionCount") + 1))])
      throw status
    }
  }

  private func tell(_ deployment: Deployment, _ set: ReplicaSet, from: Int, to: Int) {
    guard from != to else { return }
    events.note(
      deployment, source: name, reason: "ScalingReplicaSet",
      "Scaled \(to > from ? "up" : "down") replica set \(set.metadata.name) from \(from) to \(to)")
  }
}
