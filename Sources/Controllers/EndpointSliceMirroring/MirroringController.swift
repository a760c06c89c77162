import KubernetesAPI
package import KubernetesClient
package import Logging

/// Mirrors the Endpoints that someone keeps for a Service without a selector into EndpointSlices,
/// which are all that DNS and proxies read.
package struct MirroringController: Controller {
  package let name = "endpoint-slice-mirroring-controller"

  /// How many Endpoints are worked on at once (kube-controller-manager's default).
  static let workers = 5

  private let client: KubernetesClient
  private let informers: SharedInformers
  private let events: EventRecorder
  private let logger: Logger
  private let reconciler: MirroringReconciler
  private let queue: WorkQueue<ObjectKey>
  private let ownWrites: OwnWrites

  /// To be made before the informers run.
  package init(
    client: KubernetesClient, informers: SharedInformers, events: EventRecorder, logger: Logger,
    reconciler: MirroringReconciler = MirroringReconciler()
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
      try await informers.endpoints.waitUntilSynced()
      try await informers.slices.waitUntilSynced()
    } catch { return }
    await queue.run(workers: Self.workers, logger: logger) { try await sync($0) }
  }

  // MARK: What leads to work

  private func watch() {
    informers.endpoints.addHandler { events in queue.add(events.compactMap(\.key)) }
    informers.services.addHandler { events in
      for event in events {
        if case .updated(let old?, let new) = event, (old.selector == nil) == (new.selector == nil)
        {
          continue
        }
        if let key = event.key { queue.add(key) }
      }
    }
    informers.slices.addHandler { events in
      for event in events {
        switch event {
        case .synced: break
        case .added(let slice): sliceChanged(slice)
        case .updated(let old, let new):
          sliceChanged(new)
          if let old, old.metadata.labels != new.metadata.labels { sliceChanged(old) }
        case .deleted(_, let last):
          if let last { sliceChanged(last) }
        }
      }
    }
  }

  private func sliceChanged(_ slice: EndpointSlice) {
    guard let key = slice.serviceKey, isManaged(slice) else { return }
    if ownWrites.stopsWaiting(key) {
      queue.add(key)
    } else if !ownWrites.isEcho(key, slice) {
      queue.add(key, after: EndpointSliceController.foreignChangeDelay)
    }
  }

  private func isManaged(_ slice: EndpointSlice) -> Bool {
    slice.metadata.labels[EndpointSlice.managedByLabel] == MirroringReconciler.managerName
  }

  // MARK: Work

  private func sync(_ key: ObjectKey) async throws -> WorkQueue<ObjectKey>.Outcome {
    let viewVersion = informers.slices.resourceVersion
    let slices = informers.slices(of: key).filter {
      isManaged($0) && !$0.metadata.isBeingDeleted
    }
    if ownWrites.isStale(key, viewVersion: viewVersion, uids: slices.map(\.metadata.uid)) {
      return .again(after: EndpointSliceController.foreignChangeDelay)
    }
    let writer = SliceWriter(client: client, ownWrites: ownWrites)
    guard let endpoints = informers.endpoints.object(key), MirroringReconciler.mirrors(endpoints),
      let service = informers.services.object(key), service.selector == nil
    else {
      if slices.isEmpty { ownWrites.forget(key) }
      try await writer.perform(slices.map { .delete($0) }, for: key)
      return .done
    }
    let result = reconciler.result(endpoints: endpoints, existing: slices)
    report(result, endpoints)
    do {
      try await writer.perform(result.writes, for: key)
    } catch let error where !(error is CancellationError) {
      events.warn(
        endpoints, source: name, reason: "FailedToUpdateEndpointSlices",
        "Error updating EndpointSlices for Endpoints \(key): \(error)")
      throw error
    }
    return .done
  }

  private func report(_ result: MirroringReconciler.Result, _ endpoints: Endpoints) {
    if result.invalidAddresses > 0 {
      events.warn(
        endpoints, source: name, reason: "InvalidIPAddress",
        "Skipped \(result.invalidAddresses) invalid IP addresses when mirroring to EndpointSlices")
    }
    if result.skippedAddresses > result.invalidAddresses {
      events.warn(
        endpoints, source: name, reason: "TooManyAddressesToMirror",
        "A max of \(reconciler.maximumAddresses) addresses can be mirrored to EndpointSlices per "
          + "Endpoints subset. \(result.skippedAddresses) addresses were skipped")
    }
  }
}
