import KubernetesAPI
package import KubernetesClient
package import Logging

/// Keeps the EndpointSlices of Services with a selector.
package struct EndpointSliceController: Controller {
  package let name = "endpoint-slice-controller"

  /// How many Services are worked on at once (kube-controller-manager's default).
  static let workers = 5
  /// A slice that someone else changed is put right after this long, so that two that disagree do
  /// not chase each other.
  static let foreignChangeDelay = Duration.seconds(1)

  private let client: KubernetesClient
  private let informers: SharedInformers
  private let logger: Logger
  private let events: EventRecorder
  private let reconciler: EndpointSliceReconciler
  /// How long changes of Pods are gathered before slices are written.
  private let batchPeriod: Duration
  private let queue: WorkQueue<ObjectKey>
  private let ownWrites: OwnWrites
  private let triggerTimes = TriggerTimes()

  /// To be made before the informers run.
  package init(
    client: KubernetesClient, informers: SharedInformers, events: EventRecorder, logger: Logger,
    reconciler: EndpointSliceReconciler = EndpointSliceReconciler(), batchPeriod: Duration = .zero
  ) {
    self.client = client
    self.informers = informers
    self.logger = logger
    self.events = events
    self.reconciler = reconciler
    self.batchPeriod = batchPeriod
    queue = WorkQueue(time: client.time, random: client.random)
    ownWrites = OwnWrites(time: client.time)
    watch()
  }

  package func run() async {
    do {
      try await informers.services.waitUntilSynced()
      try await informers.pods.waitUntilSynced()
      try await informers.nodes.waitUntilSynced()
      try await informers.slices.waitUntilSynced()
    } catch { return }
    await queue.run(workers: Self.workers, logger: logger) { try await sync($0) }
  }

  // MARK: What leads to work

  private func watch() {
    informers.services.addHandler { events in queue.add(events.compactMap(\.key)) }
    informers.pods.addHandler { events in
      for event in events {
        for key in PodChange(event)?.services(informers) ?? [] { add(key) }
      }
    }
    informers.nodes.addHandler { events in
      for event in events {
        if case .updated(let old?, let new) = event, old.zone == new.zone { continue }
        guard let node = event.key?.name else { continue }
        for pod in informers.pods(on: node) {
          for service in informers.services(selecting: pod) { add(service.key) }
        }
      }
    }
    informers.slices.addHandler { events in
      for event in events { sliceChanged(event) }
    }
  }

  private func add(_ key: ObjectKey) {
    if batchPeriod > .zero { queue.add(key, after: batchPeriod) } else { queue.add(key) }
  }

  private func sliceChanged(_ event: InformerEvent<EndpointSlice>) {
    switch event {
    case .synced: break
    case .added(let slice): sliceChanged(slice)
    case .updated(let old, let new):
      sliceChanged(new)
      if let old, old.serviceKey != new.serviceKey || isManaged(old) != isManaged(new) {
        sliceChanged(old)
      }
    case .deleted(_, let last):
      if let last { sliceChanged(last) }
    }
  }

  private func sliceChanged(_ slice: EndpointSlice) {
    guard let key = slice.serviceKey, isManaged(slice) else { return }
    if ownWrites.stopsWaiting(key) {
      queue.add(key)
    } else if !ownWrites.isEcho(key, slice) {
      queue.add(key, after: Self.foreignChangeDelay)
    }
  }

  private func isManaged(_ slice: EndpointSlice) -> Bool {
    slice.metadata.labels[EndpointSlice.managedByLabel] == EndpointSliceReconciler.managerName
  }

  // MARK: Work

  private func sync(_ key: ObjectKey) async throws -> WorkQueue<ObjectKey>.Outcome {
    guard let service = informers.services.object(key) else {
      triggerTimes.forget(key)
      ownWrites.forget(key)
      return .done
    }
    guard service.type != .externalName, service.selector != nil else { return .done }
    let viewVersion = informers.slices.resourceVersion
    let slices = informers.slices(of: key).filter {
      isManaged($0) && !$0.metadata.isBeingDeleted
    }
    if ownWrites.isStale(key, viewVersion: viewVersion, uids: slices.map(\.metadata.uid)) {
      return .again(after: Self.foreignChangeDelay)
    }
    let pods = informers.pods(of: service)
    let writes = reconciler.writes(
      service: service, pods: pods, node: { informers.nodes.object(ObjectKey(name: $0)) },
      existing: slices, triggerTime: triggerTimes.next(for: service, pods: pods))
    do {
      try await SliceWriter(client: client, ownWrites: ownWrites).perform(writes, for: key)
    } catch let error where !(error is CancellationError) {
      events.warn(
        service, source: name, reason: "FailedToUpdateEndpointSlices",
        "Error updating Endpoint Slices for Service \(key): \(error)")
      throw error
    }
    return .done
  }
}

extension ObjectKey {
  /// The key of a cluster-scoped object.
  init(name: String) { self.init(namespace: "", name: name) }
}
