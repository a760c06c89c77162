import JSONTree
import KubernetesAPI
package import KubernetesClient
package import Logging
import Synchronization

/// Deletes objects whose owners are gone, and carries out foreground deletion and orphaning.
///
/// It watches the metadata of everything the server lets it list, watch and delete. What it sees
/// there only tells it where to look: before it deletes it asks the server.
package final class GarbageCollector: Controller {
  package let name = "garbage-collector"

  /// kube-controller-manager's default is 20, for clusters of thousands of Nodes.
  static let workers = 8
  /// How often it is asked what the server serves.
  static let discoveryPeriod = Duration.seconds(30)
  /// How long the first look at everything may take before work begins without the rest.
  static let syncTimeout = Duration.seconds(30)
  /// How many owners known to be gone are remembered. A uid never comes back.
  static let absentCapacity = 500
  /// Resources that have no owners, in numbers.
  static let ignored: Set<String> = ["events", "events.events.k8s.io"]

  private struct State {
    var discovery = Discovery()
    var monitors: [ResourceType: SyncGate] = [:]
    var absent: Set<String> = []
  }

  private let client: KubernetesClient
  private let logger: Logger
  private let graph = OwnerGraph()
  private let queue: WorkQueue<String>
  private let state = Mutex(State())
  /// Open once everything has been looked at.
  private let isComplete = SyncGate()

  package init(client: KubernetesClient, logger: Logger) {
    self.client = client
    self.logger = logger
    queue = WorkQueue(time: client.time, random: client.random)
  }

  package func run() async {
    await withDiscardingTaskGroup { group in
      group.addTask {
        do { try await self.isComplete.wait() } catch { return }
        await self.queue.run(workers: Self.workers, logger: self.logger) {
          try await self.sync($0)
        }
      }
      while !Task.isCancelled {
        let started = await discover()
        for (informer, stop) in started {
          group.addTask { await self.monitor(informer, until: stop) }
        }
        if !isComplete.isOpen, !started.isEmpty {
          group.addTask { await self.waitForSync(started.map(\.informer)) }
        }
        do { try await client.time.sleep(Self.discoveryPeriod) } catch { return }
      }
    }
  }

  // MARK: Seeing everything

  /// Compares what the server serves with what is watched. Gives the informers to start.
  private func discover() async -> [(informer: Informer<PartialObjectMetadata>, stop: SyncGate)] {
    let discovery: Discovery
    do {
      discovery = try await client.discover()
    } catch {
      logger.warning("cannot ask what the server serves", metadata: ["error": "\(error)"])
      return []
    }
    let wanted = discovery.resources.filter {
      $0.supports("delete", "list", "watch") && !Self.ignored.contains($0.type.qualifiedPlural)
    }.map(\.type)
    let isWhole = discovery.failures.isEmpty
    let (new, gone) = state.withLock { state in
      var gone: [(ResourceType, SyncGate)] = []
      // What a group that failed serves is not known, so that nothing is concluded from it.
      if isWhole || state.discovery.resources.isEmpty { state.discovery = discovery }
      for (resource, gate) in state.monitors where isWhole && !wanted.contains(resource) {
        gone.append((resource, gate))
        state.monitors[resource] = nil
      }
      var new: [(ResourceType, SyncGate)] = []
      for resource in wanted where state.monitors[resource] == nil {
        let gate = SyncGate()
        state.monitors[resource] = gate
        new.append((resource, gate))
      }
      return (new, gone)
    }
    for (resource, gate) in gone {
      gate.open()
      graph.forget(resource)
    }
    return new.map { (makeInformer($0.0), $0.1) }
  }

  private func makeInformer(_ resource: ResourceType) -> Informer<PartialObjectMetadata> {
    var options = InformerOptions<PartialObjectMetadata>(resource: resource)
    options.keeping = .nothing
    let informer = Informer(client: client, options: options, logger: logger)
    informer.addHandler { [graph, queue] events in
      for event in events {
        switch event {
        case .added(let object), .updated(_, let object):
          queue.add(graph.set(OwnerGraph.Node(resource: resource, metadata: object.metadata)))
        case .deleted(let key, _): queue.add(graph.remove(resource, key))
        case .synced: break
        }
      }
    }
    return informer
  }

  private func monitor(
    _ informer: Informer<PartialObjectMetadata>, until stop: SyncGate
  ) async {
    await withTaskGroup(of: Void.self) { group in
      group.addTask { await informer.run() }
      group.addTask { try? await stop.wait() }
      await group.next()
      group.cancelAll()
    }
  }

  private func waitForSync(_ informers: [Informer<PartialObjectMetadata>]) async {
    await withTaskGroup(of: Void.self) { group in
      group.addTask {
        for informer in informers { try? await informer.waitUntilSynced() }
      }
      group.addTask { try? await self.client.time.sleep(Self.syncTimeout) }
      await group.next()
      group.cancelAll()
    }
    if !Task.isCancelled { isComplete.open() }
  }

  // MARK: Work

  private func sync(_ uid: String) async throws -> WorkQueue<String>.Outcome {
    guard let node = graph.node(uid) else { return .done }
    if node.isBeingDeleted {
      if node.isOrphaning { try await orphanDependents(of: node) }
      if node.isDeletingDependents { try await deleteDependents(of: node) }
      return .done
    }
    guard !node.owners.isEmpty else { return .done }
    guard let latest = try await live(node) else {
      queue.add(graph.remove(uid: uid))
      return .done
    }
    let metadata = ObjectMeta(json: latest["metadata"])
    if metadata.isBeingDeleted { return .done }  // We are told when it is gone.
    var owners: [(uid: String, state: ReferenceVerdict.Owner)] = []
    for reference in metadata.ownerReferences {
      guard let state = try await classify(reference, of: node) else { return .done }
      owners.append((reference.uid, state))
    }
    let verdict = ReferenceVerdict(
      owners: owners, finalizers: metadata.finalizers,
      hasDependents: !graph.dependents(of: uid).isEmpty)
    switch verdict {
    case .keep: break
    case .keepWithout(let uids): try await removeReferences(to: uids, from: node, latest)
    case .delete(let propagation):
      if propagation == .foreground { try await breakCircle(at: node, latest) }
      try await delete(node, latest, propagation)
    }
    return .done
  }

  /// What a reference refers to; nil if it can refer to nothing and never will.
  private func classify(
    _ reference: OwnerReference, of node: OwnerGraph.Node
  ) async throws -> ReferenceVerdict.Owner? {
    if state.withLock({ $0.absent.contains(reference.uid) }) { return .absent }
    let resource = state.withLock {
      $0.discovery.resource(apiVersion: reference.apiVersion, kind: reference.kind)
    }
    guard let resource else {
      // A type that is not served (yet): nothing can be concluded.
      throw UnknownOwnerType(apiVersion: reference.apiVersion, kind: reference.kind)
    }
    if resource.isNamespaced, node.key.namespace.isEmpty {
      logger.debug(
        "a cluster-scoped object names a namespaced owner", metadata: ["object": "\(node.key)"])
      return nil
    }
    let key = ObjectKey(
      namespace: resource.isNamespaced ? node.key.namespace : "", name: reference.name)
    do {
      let owner = ObjectMeta(
        json: try await client.get(resource, key, metadataOnly: true)["metadata"])
      if owner.uid == reference.uid {
        let waits =
          owner.isBeingDeleted && owner.finalizers.contains(OwnerGraph.Finalizer.foreground)
        return waits ? .waiting : .solid
      }
    } catch let status as APIStatus where status.isNotFound {}
    state.withLock { state in
      if state.absent.count >= Self.absentCapacity { state.absent = [] }
      state.absent.insert(reference.uid)
    }
    return .absent
  }

  private func delete(
    _ node: OwnerGraph.Node, _ latest: JSON, _ propagation: DeletionPropagation
  ) async throws {
    logger.info(
      "deleting an object whose owners are gone",
      metadata: ["object": "\(node.resource.qualifiedPlural) \(node.key)"])
    var options = DeleteOptions(uid: node.uid, propagation: propagation)
    options.resourceVersion = latest["metadata"]?["resourceVersion"]?.string
    do {
      do {
        try await client.delete(node.resource, node.key, options: options)
      } catch let status as APIStatus where status.isConflict {
        // If only other things than its owners changed the verdict stands.
        guard let now = try await live(node),
          now["metadata"]?["ownerReferences"] == latest["metadata"]?["ownerReferences"]
        else { throw status }
        options.resourceVersion = nil
        try await client.delete(node.resource, node.key, options: options)
      }
    } catch let status as APIStatus where status.isNotFound {
      queue.add(graph.remove(uid: node.uid))
    }
  }

  // MARK: Owners that wait

  private func orphanDependents(of owner: OwnerGraph.Node) async throws {
    for dependent in graph.dependents(of: owner.uid) {
      guard let latest = try await live(dependent) else { continue }
      try await removeReferences(to: [owner.uid], from: dependent, latest)
    }
    try await removeFinalizer(OwnerGraph.Finalizer.orphan, from: owner)
  }

  private func deleteDependents(of owner: OwnerGraph.Node) async throws {
    let blocking = graph.dependents(of: owner.uid).filter { $0.blocks(owner.uid) }
    if blocking.isEmpty {
      try await removeFinalizer(OwnerGraph.Finalizer.foreground, from: owner)
    } else {
      queue.add(blocking.filter { !$0.isDeletingDependents }.map(\.uid))
    }
  }

  /// An object that is to be deleted in the foreground while one of its dependents already is may
  /// close a circle in which each waits for the other: it stops blocking its owners.
  private func breakCircle(at node: OwnerGraph.Node, _ latest: JSON) async throws {
    guard graph.dependents(of: node.uid).contains(where: \.isDeletingDependents) else { return }
    let references = (latest["metadata"]?["ownerReferences"]?.array ?? []).map { reference in
      var reference = reference
      reference["blockOwnerDeletion"] = false
      return reference
    }
    try await patch(node, ["metadata": ["ownerReferences": .array(references)]])
  }

  // MARK: Requests

  /// The object as the server has it now; nil if it is gone, or another of that name is there.
  private func live(_ node: OwnerGraph.Node) async throws -> JSON? {
    do {
      let object = try await client.get(node.resource, node.key, metadataOnly: true)
      return object["metadata"]?["uid"]?.string == node.uid ? object : nil
    } catch let status as APIStatus where status.isNotFound {
      return nil
    }
  }

  private func removeReferences(
    to owners: Set<String>, from node: OwnerGraph.Node, _ latest: JSON
  ) async throws {
    let references = latest["metadata"]?["ownerReferences"]?.array ?? []
    let kept = references.filter { !owners.contains($0["uid"]?.string ?? "") }
    guard kept.count < references.count else { return }
    var metadata: JSONObject = ["ownerReferences": kept.isEmpty ? .null : .array(kept)]
    metadata["resourceVersion"] = latest["metadata"]?["resourceVersion"]
    try await patch(node, ["metadata": .object(metadata)])
  }

  private func removeFinalizer(
    _ finalizer: String, from node: OwnerGraph.Node
  ) async throws {
    guard let latest = try await live(node) else { return }
    let finalizers = latest["metadata"]?["finalizers"]?.array ?? []
    let kept = finalizers.filter { $0.string != finalizer }
    guard kept.count < finalizers.count else { return }
    var metadata: JSONObject = ["finalizers": kept.isEmpty ? .null : .array(kept)]
    metadata["resourceVersion"] = latest["metadata"]?["resourceVersion"]
    try await patch(node, ["metadata": .object(metadata)])
  }

  /// A JSON merge patch, which every resource takes.
  private func patch(_ node: OwnerGraph.Node, _ patch: JSON) async throws {
    do {
      _ = try await client.patch(node.resource, node.key, .merge, patch)
    } catch let status as APIStatus where status.isNotFound {}
  }
}

/// An object's owner is of a type the server does not serve.
struct UnknownOwnerType: Error, CustomStringConvertible {
  var apiVersion: String
  var kind: String

  var description: String { "the owner's type \(apiVersion) \(kind) is not served" }
}
