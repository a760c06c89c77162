import KubernetesAPI
package import KubernetesClient
package import Logging

/// Keeps the Endpoints objects of Services with a selector.
package struct EndpointsController: Controller {
  package let name = "endpoint-controller"

  /// How many Services are worked on at once (kube-controller-manager's default).
  static let workers = 5

  private let client: KubernetesClient
  private let informers: SharedInformers
  private let events: EventRecorder
  private let logger: Logger
  private let reconciler: EndpointsReconciler
  private let queue: WorkQueue<ObjectKey>
  private let ownWrites: OwnWrites
  private let triggerTimes = TriggerTimes()

  /// To be made before the informers run.
  package init(
    client: KubernetesClient, informers: SharedInformers, events: EventRecorder, logger: Logger,
    reconciler: EndpointsReconciler = EndpointsReconciler()
  ) {
    self.client = client
    self.informers = informers
    self.events = events
    self.logger = logger
    self.reconciler = reconciler
    queue = WorkQueue(time: client.time, random: client.random)
    ownWrites = OwnWrites(time: client.time)
    watch()
  }

  package func run() async {
    do {
      try await informers.services.waitUntilSynced()
      try await informers.pods.waitUntilSynced()
      try await informers.endpoints.waitUntilSynced()
    } catch { return }
    addLeftovers()
    await queue.run(workers: Self.workers, logger: logger) { try await sync($0) }
  }

  // MARK: What leads to work

  private func watch() {
    informers.services.addHandler { events in queue.add(events.compactMap(\.key)) }
    informers.pods.addHandler { events in
      for event in events { queue.add(PodChange(event)?.services(informers) ?? []) }
    }
    informers.endpoints.addHandler { events in
      for event in events { endpointsChanged(event) }
    }
  }

  private func endpointsChanged(_ event: InformerEvent<Endpoints>) {
    // Without its Service the object may be somebody's who makes the Service next.
    guard let key = event.key, informers.services.object(key)?.selector != nil else { return }
    if ownWrites.stopsWaiting(key) { return queue.add(key) }
    switch event {
    case .added(let endpoints), .updated(_, let endpoints):
      if ownWrites.isEcho(key, endpoints) { return }
    case .deleted, .synced: break
    }
    queue.add(key, after: EndpointSliceController.foreignChangeDelay)
  }

  /// Objects of ours whose Service went while nobody watched.
  private func addLeftovers() {
    for endpoints in informers.endpoints.objects
    where isOurs(endpoints) && informers.services.object(endpoints.key) == nil {
      queue.add(endpoints.key)
    }
  }

  private func isOurs(_ endpoints: Endpoints) -> Bool {
    endpoints.metadata.labels[EndpointsReconciler.managedByLabel]
      == EndpointsReconciler.managerName
  }

  // MARK: Work

  private func sync(_ key: ObjectKey) async throws -> WorkQueue<ObjectKey>.Outcome {
    guard let service = informers.services.object(key) else {
      triggerTimes.forget(key)
      ownWrites.forget(key)
      try await delete(key)
      return .done
    }
    guard service.type != .externalName, service.selector != nil else { return .done }
    let viewVersion = informers.endpoints.resourceVersion
    let current = informers.endpoints.object(key)
    if ownWrites.isStale(key, viewVersion: viewVersion, uids: []) {
      return .again(after: EndpointSliceController.foreignChangeDelay)
    }
    let pods = informers.pods(of: service)
    let triggerTime = triggerTimes.next(for: service, pods: pods)
    guard
      let endpoints = reconciler.write(
        service: service, pods: pods, current: current, triggerTime: triggerTime)
    else { return .done }
    try await write(endpoints, for: service)
    return .done
  }

  /// The Service is gone, and its Endpoints with it, whoever made them.
  private func delete(_ key: ObjectKey) async throws {
    if let endpoints = informers.endpoints.object(key), endpoints.isLeaderElectionRecord { return }
    do {
      try await client.delete(Endpoints.self, key)
    } catch let status as APIStatus where status.isNotFound {}
  }

  private func write(_ endpoints: Endpoints, for service: Service) async throws {
    let isNew = endpoints.metadata.resourceVersion.isEmpty
    if isNew, service.metadata.isBeingDeleted { return }
    do {
      let written =
        isNew ? try await client.create(endpoints) : try await client.update(endpoints)
      ownWrites.wrote(service.key, written)
    } catch let status as APIStatus {
      if isNew, status.isNamespaceTerminating { return }
      // An object someone makes at the same time is seen next time.
      if !status.isConflict {
        events.warn(
          endpoints, source: name,
          reason: isNew ? "FailedToCreateEndpoint" : "FailedToUpdateEndpoint",
          isNew
            ? "Failed to create endpoint for service \(service.key): \(status)"
            : "Failed to update endpoint \(service.key): \(status)")
      }
      throw status
    }
  }
}

extension Endpoints {
  /// Whether the object is no set of endpoints but a lock, as leader election once used them.
  var isLeaderElectionRecord: Bool {
    metadata.annotations["control-plane.alpha.kubernetes.io/leader"] != nil
  }
}
