import KubernetesAPI
package import KubernetesClient
package import Logging

/// Keeps the Pods of DaemonSets.
package struct DaemonSetController: Controller {
  package let name = "daemonset-controller"

  static let workers = 2

  private let client: KubernetesClient
  private let informers: SharedInformers
  private let workloads: WorkloadInformers
  private let logger: Logger
  private let queue: WorkQueue<ObjectKey>
  private let ownWrites: OwnWrites
  private let writer: PodWriter
  private let revisions: RevisionWriter

  /// To be made before the informers run.
  package init(
    client: KubernetesClient, informers: SharedInformers, workloads: WorkloadInformers,
    events: EventRecorder, logger: Logger
  ) {
    self.client = client
    self.informers = informers
    self.workloads = workloads
    self.logger = logger
    queue = WorkQueue(time: client.time, random: client.random)
    ownWrites = OwnWrites(time: client.time)
    writer = PodWriter(client: client, events: events, ownWrites: ownWrites, source: name)
    revisions = RevisionWriter(
      client: client, informer: workloads.revisions, events: events, source: name)
    let owners = PodOwners(workloads.daemonSets)
    let queue = queue
    workloads.daemonSets.addHandler { events in queue.add(events.compactMap(\.key)) }
    informers.pods.addHandler { events in
      for event in events { queue.add(owners.keys(of: event)) }
    }
    informers.nodes.addHandler { events in
      let isNews = events.contains { event in
        guard case .updated(let old?, let new) = event else { return true }
        return old.metadata.labels != new.metadata.labels || old.taints != new.taints
      }
      if isNews { queue.add(workloads.daemonSets.objects.map(\.key)) }
    }
  }

  package func run() async {
    do {
      try await workloads.daemonSets.waitUntilSynced()
      try await workloads.revisions.waitUntilSynced()
      try await informers.nodes.waitUntilSynced()
      try await informers.pods.waitUntilSynced()
    } catch { return }
    await queue.run(workers: Self.workers, logger: logger) { try await sync($0) }
  }

  private func sync(_ key: ObjectKey) async throws -> WorkQueue<ObjectKey>.Outcome {
    guard let set = workloads.daemonSets.object(key) else {
      ownWrites.forget(key)
      return .done
    }
    guard set.hasSelector else { return .done }
    let version = informers.pods.resourceVersion
    let owned = informers.pods(controlledBy: set.metadata.uid)
    let present = owned.filter { !$0.metadata.isBeingDeleted }.map(\.metadata.uid)
    if ownWrites.isStale(key, viewVersion: version, uids: present) {
      return .again(after: .seconds(1))
    }
    let membership = Membership(
      owner: set.metadata, selector: set.selector, owned: owned,
      orphans: informers.orphans(in: key.namespace))
    let pods = try await writer.settle(membership, of: set)
    let history = try await revisions.history(of: set)
    guard let update = try await revisions.update(of: set, in: history) else { return .failed }
    let reconciler = DaemonSetReconciler(
      set: set, pods: pods, nodes: informers.nodes.objects, update: update,
      now: client.time.now())
    var failure: (any Error)?
    do {
      for action in reconciler.actions {
        switch action {
        case .create(let node): try await writer.create(reconciler.pod(for: node), for: set)
        case .delete(let pod): try await writer.delete(pod, for: set)
        }
      }
    } catch let error where !(error is CancellationError) {
      failure = error
    }
    try await writer.writeStatus(set, reconciler.status)
    if let failure { throw failure }
    try await revisions.truncate(history, of: set, used: reconciler.usedRevisions)
    return reconciler.recheck.map { .again(after: $0) } ?? .done
  }
}
