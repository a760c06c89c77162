import JSONTree
import KubernetesAPI
package import KubernetesClient
package import Logging
import Synchronization

/// Notices Nodes that fall silent, marks them and their Pods, and evicts Pods that do not tolerate
/// it any longer.
package final class NodeLifecycleController: Controller {
  package let name = "node-controller"

  /// How often Nodes are looked at (kube-controller-manager's default).
  static let period = Duration.seconds(5)

  private let client: KubernetesClient
  private let informers: SharedInformers
  private let workloads: WorkloadInformers
  private let events: EventRecorder
  private let logger: Logger
  private let gracePeriod: Duration
  private let queue: WorkQueue<String>
  private let contacts = Mutex<[String: NodeHealth.Contact]>([:])

  /// To be made before the informers run.
  ///
  /// - Parameter gracePeriod: how long a Node may be silent.
  package init(
    client: KubernetesClient, informers: SharedInformers, workloads: WorkloadInformers,
    events: EventRecorder, logger: Logger, gracePeriod: Duration = NodeHealth.gracePeriod
  ) {
    self.client = client
    self.informers = informers
    self.workloads = workloads
    self.events = events
    self.logger = logger
    self.gracePeriod = gracePeriod
    queue = WorkQueue(time: client.time, random: client.random)
    informers.nodes.addHandler { [weak self] events in
      self?.queue.add(events.compactMap(\.key?.name))
    }
    workloads.leases.addHandler { [weak self] events in
      self?.queue.add(events.compactMap(\.key?.name))
    }
    informers.pods.addHandler { [weak self] events in self?.podsChanged(events) }
  }

  package func run() async {
    do {
      try await informers.nodes.waitUntilSynced()
      try await informers.pods.waitUntilSynced()
      try await workloads.leases.waitUntilSynced()
    } catch { return }
    await queue.run(workers: 2, logger: logger) { try await self.sync($0) }
  }

  /// A Pod that comes to a Node in trouble shares the trouble.
  private func podsChanged(_ events: [InformerEvent<Pod>]) {
    for event in events {
      guard case .updated(let old, let pod) = event, !pod.nodeName.isEmpty,
        old?.nodeName != pod.nodeName || old?.isReady != pod.isReady,
        let node = informers.nodes.object(ObjectKey(name: pod.nodeName)),
        !node.taints.isEmpty || !node.isReady
      else { continue }
      queue.add(pod.nodeName)
    }
  }

  // MARK: Work

  private func sync(_ name: String) async throws -> WorkQueue<String>.Outcome {
    guard let node = informers.nodes.object(ObjectKey(name: name)) else {
      contacts.withLock { $0[name] = nil }
      return .done
    }
    let health = NodeHealth(
      node: node,
      lease: workloads.leases.object(ObjectKey(namespace: Lease.nodeNamespace, name: name)),
      contact: contacts.withLock { $0[name] }, now: client.time.uptime(),
      time: client.time.now(), gracePeriod: gracePeriod)
    guard let contact = health.newContact else { return .done }
    contacts.withLock { $0[name] = contact }
    let verdict = health.verdict
    if verdict.isNews { tell(node) }
    if !verdict.conditions.isEmpty {
      _ = try await client.patchStatus(
        Node.self, node.key, .strategic,
        ["status": ["conditions": .array(verdict.conditions)]])
    }
    if let taints = verdict.taints {
      _ = try await client.patch(
        Node.self, node.key, .merge,
        [
          "metadata": ["uid": .string(node.metadata.uid)],
          "spec": ["taints": taints.isEmpty ? .null : .array(taints.map(\.json))],
        ])
    }
    let pods = informers.pods(on: name).filter { !$0.isTerminal }
    if verdict.podsAreNotReady {
      for pod in pods where pod.isReady { try await markNotReady(pod) }
    }
    let next = try await evict(pods, from: node)
    return .again(after: min(Self.period, next ?? Self.period))
  }

  private func tell(_ node: Node) {
    logger.info("node fell silent", metadata: ["node": "\(node.metadata.name)"])
    events.note(
      node, source: name, reason: "NodeNotReady",
      "Node \(node.metadata.name) status is now: NodeNotReady")
  }

  private func markNotReady(_ pod: Pod) async throws {
    let condition: JSON = [
      "type": "Ready", "status": "False",
      "lastTransitionTime": .string(client.time.now().description),
    ]
    do {
      _ = try await client.patchStatus(
        Pod.self, pod.key, .strategic,
        [
          "metadata": ["uid": .string(pod.metadata.uid)],
          "status": ["conditions": [condition]],
        ])
    } catch let status as APIStatus where status.isNotFound || status.isConflict { return }
    events.warn(pod, source: name, reason: "NodeNotReady", "Node is not ready")
  }

  /// Evicts Pods that do not tolerate the Node's taints (any longer).
  ///
  /// - Returns: how long until the next must leave.
  private func evict(_ pods: [Pod], from node: Node) async throws -> Duration? {
    var next: Duration?
    let now = client.time.now()
    for pod in pods where !pod.metadata.isBeingDeleted {
      guard let left = TaintEviction.timeLeft(of: pod, on: node, now: now) else { continue }
      guard left == .zero else {
        next = min(next ?? left, left)
        continue
      }
      events.note(
        pod, source: "taint-eviction-controller", reason: "TaintManagerEviction",
        "Marking for deletion Pod \(pod.key)")
      let condition: JSON = [
        "type": "DisruptionTarget", "status": "True", "reason": "DeletionByTaintManager",
        "message": "Taint manager: deleting due to NoExecute taint",
        "lastTransitionTime": .string(now.description),
      ]
      do {
        _ = try await client.patchStatus(
          Pod.self, pod.key, .strategic, ["status": ["conditions": [condition]]])
        try await client.delete(
          Pod.self, pod.key, options: DeleteOptions(uid: pod.metadata.uid))
      } catch let status as APIStatus where status.isNotFound || status.isConflict {}
    }
    return next
  }
}
