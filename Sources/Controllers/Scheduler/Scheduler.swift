import JSONTree
import KubernetesAPI
package import KubernetesClient
package import Logging
import Synchronization

/// Places Pods that ask for the default scheduler on Nodes, one after the other.
package final class Scheduler: Controller {
  package let name = "default-scheduler"

  /// How long a binding that has not shown in the view counts as done.
  static let assumption = Duration.seconds(30)
  /// A Pod that could not be placed is tried again after this long even if nothing changes.
  static let retry = Duration.seconds(60)

  private let client: KubernetesClient
  private let informers: SharedInformers
  private let workloads: WorkloadInformers
  private let events: EventRecorder
  private let logger: Logger
  private let queue: WorkQueue<ObjectKey>
  private let state = Mutex(State())

  private struct State {
    /// Pods bound that the view does not show on their Node yet, by uid.
    var assumed: [String: (pod: Pod, until: Duration)] = [:]
    /// Pods that wait for something to change.
    var waiting: Set<ObjectKey> = []
  }

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
    watch()
  }

  package func run() async {
    do {
      try await informers.pods.waitUntilSynced()
      try await informers.nodes.waitUntilSynced()
      try await workloads.claims.waitUntilSynced()
      try await workloads.volumes.waitUntilSynced()
      try await workloads.classes.waitUntilSynced()
    } catch { return }
    await queue.run(workers: 1, logger: logger) { try await self.sync($0) }
  }

  // MARK: What leads to work

  private func watch() {
    informers.pods.addHandler { [weak self] events in
      for event in events { self?.podChanged(event) }
    }
    informers.nodes.addHandler { [weak self] events in
      let isNews = events.contains { event in
        guard case .updated(let old?, let new) = event else { return true }
        return !old.isSameToScheduler(as: new)
      }
      if isNews { self?.wake() }
    }
    workloads.claims.addHandler { [weak self] _ in self?.wake() }
    workloads.volumes.addHandler { [weak self] _ in self?.wake() }
    workloads.classes.addHandler { [weak self] _ in self?.wake() }
  }

  private func podChanged(_ event: InformerEvent<Pod>) {
    switch event {
    case .synced: break
    case .added(let pod), .updated(_, let pod):
      if isOurs(pod) {
        queue.add(pod.key)
      } else if !pod.nodeName.isEmpty {
        state.withLock { _ = $0.assumed.removeValue(forKey: pod.metadata.uid) }
        if pod.isTerminal { wake() }
      }
    case .deleted(let key, let last):
      state.withLock { state in
        state.waiting.remove(key)
        if let last { state.assumed[last.metadata.uid] = nil }
      }
      // There is room where it was.
      wake()
    }
  }

  /// Whether the Pod waits for this scheduler.
  private func isOurs(_ pod: Pod) -> Bool {
    pod.nodeName.isEmpty && pod.isActive && !pod.scheduling.isGated
      && pod.scheduling.schedulerName == PodScheduling.defaultScheduler
  }

  private func wake() {
    let keys = state.withLock { state in
      defer { state.waiting = [] }
      return state.waiting
    }
    queue.add(keys.sorted())
  }

  // MARK: Work

  private func sync(_ key: ObjectKey) async throws -> WorkQueue<ObjectKey>.Outcome {
    guard let pod = informers.pods.object(key), isOurs(pod) else { return .done }
    let isBound = state.withLock { $0.assumed[pod.metadata.uid] != nil }
    guard !isBound else { return .done }
    // Noted before looking, so that what changes meanwhile is not missed.
    state.withLock { _ = $0.waiting.insert(key) }
    switch choice(for: pod).decision {
    case .bind(let node):
      try await bind(pod, to: node)
      state.withLock { _ = $0.waiting.remove(key) }
      return .done
    case .prepare(let node, let claims):
      for claim in claims { try await select(node, for: claim) }
      return .again(after: Self.retry)
    case .wait(let message):
      try await report(pod, message)
      return .again(after: Self.retry)
    }
  }

  private func choice(for pod: Pod) -> NodeChoice {
    let now = client.time.uptime()
    let assumed = state.withLock { state in
      state.assumed = state.assumed.filter { $0.value.until > now }
      return Dictionary(grouping: state.assumed.values.map(\.pod), by: \.nodeName)
    }
    var claims: [NodeChoice.Claim] = []
    var missing: [String] = []
    for name in pod.scheduling.claimNames {
      let key = ObjectKey(namespace: pod.metadata.namespace, name: name)
      if let claim = workloads.claims.object(key) {
        claims.append(describe(claim))
      } else {
        missing.append(name)
      }
    }
    return NodeChoice(
      pod: pod, nodes: informers.nodes.objects.filter { !$0.metadata.isBeingDeleted },
      claims: claims, missingClaims: missing
    ) { [informers] node in
      let present = informers.pods(on: node).filter { !$0.isTerminal }
      let uids = Set(present.map(\.metadata.uid))
      return present + (assumed[node] ?? []).filter { !uids.contains($0.metadata.uid) }
    }
  }

  private func describe(_ claim: PersistentVolumeClaim) -> NodeChoice.Claim {
    let storageClass = claim.storageClassName.flatMap {
      workloads.classes.object(ObjectKey(name: $0))
    }
    guard claim.isBound else {
      return NodeChoice.Claim(
        claim: claim, storageClass: storageClass,
        candidates: workloads.volumes.objects.filter { VolumeMatch.fits($0, claim) })
    }
    return NodeChoice.Claim(
      claim: claim, volume: workloads.volumes.object(ObjectKey(name: claim.volumeName)),
      storageClass: storageClass)
  }

  private func bind(_ pod: Pod, to node: String) async throws {
    var assumed = pod
    assumed.nodeName = node
    let until = client.time.uptime() + Self.assumption
    state.withLock { $0.assumed[pod.metadata.uid] = (assumed, until) }
    let binding: JSON = [
      "apiVersion": "v1", "kind": "Binding",
      "metadata": ["name": .string(pod.metadata.name), "uid": .string(pod.metadata.uid)],
      "target": ["apiVersion": "v1", "kind": "Node", "name": .string(node)],
    ]
    do {
      try await client.bind(pod.key, binding)
    } catch {
      state.withLock { _ = $0.assumed.removeValue(forKey: pod.metadata.uid) }
      if let status = error as? APIStatus, status.isNotFound { return }
      throw error
    }
    events.note(
      pod, source: name, reason: "Scheduled",
      "Successfully assigned \(pod.key) to \(node)")
  }

  /// Tells the volume controller on which Node a claim is needed.
  private func select(_ node: String, for claim: ObjectKey) async throws {
    let known = workloads.claims.object(claim)?.metadata
      .annotations[PersistentVolumeClaim.selectedNode]
    guard known != node else { return }
    let annotations: JSON = .object([PersistentVolumeClaim.selectedNode: .string(node)])
    _ = try await client.patch(
      PersistentVolumeClaim.self, claim, .merge, ["metadata": ["annotations": annotations]])
  }

  private func report(_ pod: Pod, _ message: String) async throws {
    events.warn(pod, source: name, reason: "FailedScheduling", message)
    guard pod.scheduling.unscheduledMessage != message else { return }
    let condition: JSON = [
      "type": "PodScheduled", "status": "False", "reason": "Unschedulable",
      "message": .string(message), "lastTransitionTime": .string(client.time.now().description),
    ]
    do {
      _ = try await client.patchStatus(
        Pod.self, pod.key, .strategic, ["status": ["conditions": [condition]]])
    } catch let status as APIStatus where status.isNotFound {}
  }
}

extension Node {
  /// Whether nothing changed that decides about Pods.
  fileprivate func isSameToScheduler(as other: Node) -> Bool {
    metadata.labels == other.metadata.labels && taints == other.taints
      && isReady == other.isReady && isUnschedulable == other.isUnschedulable
      && allocatable == other.allocatable
      && metadata.isBeingDeleted == other.metadata.isBeingDeleted
  }
}
