import JSONTree
import KubernetesAPI
package import KubernetesClient
package import Logging

/// Keeps the Pods and claims of StatefulSets.
package struct StatefulSetController: Controller {
  package let name = "statefulset-controller"

  static let workers = 5

  private let client: KubernetesClient
  private let informers: SharedInformers
  private let workloads: WorkloadInformers
  private let events: EventRecorder
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
    self.events = events
    self.logger = logger
    queue = WorkQueue(time: client.time, random: client.random)
    ownWrites = OwnWrites(time: client.time)
    writer = PodWriter(client: client, events: events, ownWrites: ownWrites, source: name)
    revisions = RevisionWriter(
      client: client, informer: workloads.revisions, events: events, source: name)
    let owners = PodOwners(workloads.statefulSets)
    let queue = queue
    workloads.statefulSets.addHandler { events in queue.add(events.compactMap(\.key)) }
    informers.pods.addHandler { events in
      for event in events { queue.add(owners.keys(of: event)) }
    }
  }

  package func run() async {
    do {
      try await workloads.statefulSets.waitUntilSynced()
      try await workloads.revisions.waitUntilSynced()
      try await workloads.claims.waitUntilSynced()
      try await informers.pods.waitUntilSynced()
    } catch { return }
    await queue.run(workers: Self.workers, logger: logger) { try await sync($0) }
  }

  // MARK: Work

  private func sync(_ key: ObjectKey) async throws -> WorkQueue<ObjectKey>.Outcome {
    guard let set = workloads.statefulSets.object(key) else {
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
    let orphans = informers.orphans(in: key.namespace).filter {
      set.ordinal(of: $0.metadata.name) != nil
    }
    let membership = Membership(
      owner: set.metadata, selector: set.selector, owned: owned, orphans: orphans)
    let pods = try await writer.settle(membership, of: set)
    let history = try await revisions.history(of: set)
    guard let update = try await revisions.update(of: set, in: history) else { return .failed }
    let reconciler = StatefulSetReconciler(
      set: set, pods: pods,
      claims: workloads.claims.objects(
        index: WorkloadInformers.namespaceIndex, value: key.namespace),
      current: history.named(set.currentRevision) ?? update, update: update,
      now: client.time.now())
    var failure: (any Error)?
    do {
      for action in reconciler.actions { try await perform(action, set) }
    } catch let error where !(error is CancellationError) {
      failure = error
    }
    try await writer.writeStatus(set, reconciler.status)
    if let failure { throw failure }
    try await revisions.truncate(history, of: set, used: reconciler.usedRevisions)
    return reconciler.recheck.map { .again(after: $0) } ?? .done
  }

  private func perform(_ action: StatefulSetReconciler.Action, _ set: StatefulSet) async throws {
    switch action {
    case .createClaim(let claim): try await create(claim, set)
    case .setOwners(let claim, let owners):
      let patch = OwnerPatch.patch(claim.metadata, owners)
      do {
        _ = try await client.patch(PersistentVolumeClaim.self, claim.key, .merge, patch)
      } catch let status as APIStatus where status.isNotFound {}
    case .createPod(let pod): try await writer.create(pod, for: set)
    case .deletePod(let pod): try await writer.delete(pod, for: set)
    case .label(let pod, let labels):
      let patch: JSON = ["metadata": ["labels": JSON(labels)]]
      ownWrites.wrote(set.key, try await client.patch(Pod.self, pod.key, .merge, patch))
    }
  }

  private func create(_ claim: PersistentVolumeClaim, _ set: StatefulSet) async throws {
    do {
      _ = try await client.create(claim)
      events.note(
        set, source: name, reason: "SuccessfulCreate",
        "Created claim \(claim.metadata.name) for set \(set.metadata.name)")
    } catch let status as APIStatus {
      if status.isAlreadyExists || status.isNamespaceTerminating { return }
      events.warn(
        set, source: name, reason: "FailedCreate",
        "Error creating claim \(claim.metadata.name): \(status.message)")
      throw status
    }
  }
}
