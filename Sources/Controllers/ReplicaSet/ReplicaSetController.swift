import KubernetesAPI
package import KubernetesClient
package import Logging

/// Keeps the Pods of ReplicaSets.
package struct ReplicaSetController: Controller {
  package let name = "replicaset-controller"

  static let workers = 5

  private let client: KubernetesClient
  private let informers: SharedInformers
  private let sets: Informer<ReplicaSet>
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
    sets = workloads.replicaSets
    self.logger = logger
    queue = WorkQueue(time: client.time, random: client.random)
    ownWrites = OwnWrites(time: client.time)
    writer = PodWriter(client: client, events: events, ownWrites: ownWrites, source: name)
    let owners = PodOwners(sets)
    let queue = queue
    sets.addHandler { events in queue.add(events.compactMap(\.key)) }
    informers.pods.addHandler { events in
      for event in events { queue.add(owners.keys(of: event)) }
    }
  }

  package func run() async {
    do {
      try await sets.waitUntilSynced()
      try await informers.pods.waitUntilSynced()
    } catch { return }
    await queue.run(workers: Self.workers, logger: logger) { try await sync($0) }
  }

  private func sync(_ key: ObjectKey) async throws -> WorkQueue<ObjectKey>.Outcome {
    guard let set = sets.object(key) else {
      ownWrites.forget(key)
      return .done
    }
    let version = informers.pods.resourceVersion
    let owned = informers.pods(controlledBy: set.metadata.uid)
    let present = owned.filter { !$0.metadata.isBeingDeleted }
    if ownWrites.isStale(key, viewVersion: version, uids: present.map(\.metadata.uid)) {
      return .again(after: .seconds(1))
    }
    let membership = Membership(
      owner: set.metadata, selector: set.selector, owned: owned,
      orphans: informers.orphans(in: key.namespace))
    let pods = try await writer.settle(membership, of: set)
    let reconciler = ReplicaSetReconciler(set: set, pods: pods, now: client.time.now())
    var failure: (any Error)?
    do {
      try await perform(reconciler)
    } catch let error where !(error is CancellationError) {
      failure = error
    }
    try await writer.writeStatus(set, reconciler.status(failure: failure.map { "\($0)" }))
    if let failure { throw failure }
    return reconciler.recheck.map { .again(after: $0) } ?? .done
  }

  private func perform(_ reconciler: ReplicaSetReconciler) async throws {
    let set = reconciler.set
    if reconciler.difference > 0 {
      let pod = PodTemplate.pod(from: set.template, owner: set)
      for _ in 0..<reconciler.difference {
        guard try await writer.create(pod, for: set) else { return }
      }
    }
    let crowds = crowds(around: set)
    for pod in reconciler.superfluous(crowding: { crowds[$0] ?? 0 }) {
      try await writer.delete(pod, for: set)
    }
  }

  /// How many Pods of the same Deployment run on each Node.
  private func crowds(around set: ReplicaSet) -> [String: Int] {
    let owner = set.metadata.controller?.uid
    let related =
      owner == nil
      ? [set] : sets.objects.filter { $0.metadata.controller?.uid == owner }
    var crowds: [String: Int] = [:]
    for other in related {
      for pod in informers.pods(controlledBy: other.metadata.uid) where pod.isActive {
        crowds[pod.nodeName, default: 0] += 1
      }
    }
    return crowds
  }
}
