import KubernetesAPI
package import KubernetesClient
package import Logging
private import Synchronization

/// Follows the objects names depend on, and keeps a ``ZoneFeed`` current with them.
///
/// With a snapshot file it has an answer before the API server is heard, and leaves one for the
/// next process: the zone is saved when it has changed, and at the end.
package final class ClusterFeed: Sendable {
  package struct Configuration: Sendable {
    package var zone: ZoneConfiguration
    package var snapshot: SnapshotFile?

    package init(zone: ZoneConfiguration, snapshot: SnapshotFile? = nil) {
      self.zone = zone
      self.snapshot = snapshot
    }
  }

  private struct State {
    /// When the restored view was current, in seconds since 1970.
    var restoredAsOf: Int64?
    var savedRevision: UInt64?
    var saves = SnapshotCounts()
  }

  /// What has become of the snapshot so far.
  package struct SnapshotCounts: Sendable {
    package var written: UInt64 = 0
    package var failed: UInt64 = 0
    /// Seconds since 1970 of the last one written; 0 before.
    package var lastWritten: Int64 = 0
  }

  package let feed: ZoneFeed
  let client: KubernetesClient
  private let configuration: Configuration
  private let logger: Logger
  private let services: Informer<Service>
  private let slices: Informer<EndpointSlice>
  private let namespaces: Informer<Namespace>
  private let latency = LatencyMeter()
  private let state = Mutex(State())

  package init(client: KubernetesClient, configuration: Configuration, logger: Logger) {
    self.client = client
    self.configuration = configuration
    self.logger = logger
    feed = ZoneFeed(configuration.zone)
    services = Informer(
      client: client,
      options: InformerOptions(
        keeping: .nothing, fields: FieldsRead.service, backoff: FeedLimits.backoff),
      logger: logger)
    slices = Informer(
      client: client,
      options: InformerOptions(
        keeping: .nothing, fields: FieldsRead.endpointSlice, backoff: FeedLimits.backoff),
      logger: logger)
    namespaces = Informer(
      client: client,
      options: InformerOptions(
        keeping: .nothing, fields: FieldsRead.namespace, backoff: FeedLimits.backoff),
      logger: logger)
  }

  /// The objects seen now, by kind.
  package var counts: (services: Int, slices: Int) { (services.count, slices.count) }

  package var snapshotCounts: SnapshotCounts { state.withLock(\.saves) }

  /// How long endpoints took from the change that moved them to being answered.
  package var programmingLatency: ProgrammingLatency { latency.value }

  // MARK: Restoring and saving

  /// Answers from the snapshot, if there is one that can be used.
  ///
  /// - Returns: how old it is; nil if none was used.
  @discardableResult
  package func restore() -> Duration? {
    guard let file = configuration.snapshot else { return nil }
    do throws(SnapshotFile.Failure) {
      guard let (zone, asOf) = try file.read() else { return nil }
      state.withLock {
        $0.restoredAsOf = asOf
        $0.savedRevision = zone.revision
      }
      updateAge()
      feed.restore(zone)
      let age = max(0, client.time.now().seconds - asOf)
      logger.notice(
        "answering from the snapshot until the API server is heard",
        metadata: ["age": "\(age) s", "services": "\(zone.services.count)"])
      return .seconds(age)
    } catch {
      logger.warning("the snapshot is not used", metadata: ["reason": "\(error)"])
      return nil
    }
  }

  /// Saves the zone, if it is current and has changed since.
  package func save() {
    guard let file = configuration.snapshot, feed.isSynced else { return }
    let revision = feed.revision
    guard state.withLock({ $0.savedRevision != revision || $0.saves.written == 0 }) else { return }
    let now = client.time.now().seconds
    do throws(SnapshotFile.Failure) {
      try file.write(feed.saved, asOf: now - (feed.age.seconds ?? 0))
      state.withLock { state in
        state.savedRevision = revision
        state.saves.written += 1
        state.saves.lastWritten = now
      }
    } catch {
      state.withLock { $0.saves.failed += 1 }
      logger.warning("the snapshot is not written", metadata: ["reason": "\(error)"])
    }
  }

  /// How long ago the view was known to be current; nil if there is none.
  package var age: Duration? {
    if feed.isSynced, let one = services.age, let other = slices.age { return max(one, other) }
    return state.withLock(\.restoredAsOf).map {
      .seconds(max(0, client.time.now().seconds - $0))
    }
  }

  private func updateAge() {
    guard let age else { return }
    feed.age.set(
      seconds: age.components.seconds, source: feed.isSynced ? .api : .snapshot)
  }

  // MARK: Following

  /// Follows the cluster until the task is cancelled.
  ///
  /// - Parameter onSynced: called once, when every Service and EndpointSlice has been seen.
  package func run(onSynced: @escaping @Sendable () -> Void) async {
    handle()
    await withTaskGroup(of: Void.self) { tasks in
      tasks.addTask { [services] in await services.run() }
      tasks.addTask { [slices] in await slices.run() }
      tasks.addTask { [namespaces] in await namespaces.run() }
      let pods = followPods(&tasks)
      tasks.addTask { [self] in await followStatefulSets() }
      tasks.addTask { [self] in
        do { try await waitUntilSynced(pods) } catch { return }  // Cancelled before.
        onSynced()
        // All they add by now is that the names of empty namespaces exist.
        do { try await namespaces.waitUntilSynced() } catch { return }
        feed.markNamespacesSynced()
      }
      tasks.addTask { [self] in
        await repeatedly(every: FeedLimits.ageInterval) { self.updateAge() }
      }
      tasks.addTask { [self] in
        await repeatedly(every: FeedLimits.saveInterval) { self.save() }
      }
    }
    save()
  }

  private func waitUntilSynced(_ pods: Informer<Pod>?) async throws {
    try await services.waitUntilSynced()
    try await slices.waitUntilSynced()
    // Names of Pods are denied in namespaces that are not known.
    let namespacesAreKnown = configuration.zone.pods != .disabled
    if namespacesAreKnown { try await namespaces.waitUntilSynced() }
    try await pods?.waitUntilSynced()
    feed.markSynced(
      revision: max(services.revision, slices.revision), namespacesAreKnown: namespacesAreKnown)
    updateAge()
    save()
    logger.info("answering", metadata: ["services": "\(services.count)"])
  }

  private func handle() {
    services.addHandler { [feed, weak services] events in
      let listed = services?.revision ?? 0
      feed.apply(events.compactMap { ZoneChange($0, listed: listed) })
    }
    slices.addHandler { [feed, weak slices, latency, client] events in
      let listed = slices?.revision ?? 0
      feed.apply(events.compactMap { ZoneChange($0, listed: listed) })
      // What was there before took no time to program.
      guard slices?.hasSynced == true else { return }
      latency.note(events, now: client.time.now())
    }
    namespaces.addHandler { [feed, weak namespaces] events in
      let listed = namespaces?.revision ?? 0
      feed.apply(events.compactMap { ZoneChange($0, listed: listed) })
    }
  }

  /// Follows all Pods where their names are wanted; returns the informer to wait for.
  private func followPods(_ tasks: inout TaskGroup<Void>) -> Informer<Pod>? {
    guard configuration.zone.needsPods else {
      // Those that are about to get an address are few at any time.
      let pending = pods(fieldSelector: "status.phase=Pending")
      tasks.addTask { [self] in await followIfServed(pending) }
      return nil
    }
    let all = pods(fieldSelector: "")
    tasks.addTask { await all.run() }
    return all
  }

  private func pods(fieldSelector: String) -> Informer<Pod> {
    let informer = Informer<Pod>(
      client: client,
      options: InformerOptions(
        fieldSelector: fieldSelector, keeping: .nothing, fields: FieldsRead.pod,
        backoff: FeedLimits.backoff),
      logger: logger)
    informer.addHandler { [feed, weak informer] events in
      let listed = informer?.revision ?? 0
      feed.apply(events.compactMap { ZoneChange($0, listed: listed) })
    }
    return informer
  }

  private func followStatefulSets() async {
    let sets = Informer<StatefulSetOrdinals>(
      client: client,
      options: InformerOptions(keeping: .nothing, backoff: FeedLimits.backoff), logger: logger)
    sets.addHandler { [feed] in feed.apply($0.compactMap(ZoneChange.init)) }
    await followIfServed(sets)
  }

  /// Follows a resource that a server may lack, or keep from us: then nothing is expected, and it
  /// is asked again now and then.
  private func followIfServed<Object: KubernetesObject>(_ informer: Informer<Object>) async {
    var hasTold = false
    while !Task.isCancelled {
      var pause = FeedLimits.optionalRetry
      do {
        _ = try await client.list(Object.self, options: ListOptions(limit: 1))
        return await informer.run()
      } catch let status as APIStatus where status.code == 404 || status.code == 403 {
        if !hasTold {
          logger.notice(
            "names to come are not known from \(Object.resource.qualifiedPlural)",
            metadata: ["reason": "\(status.message)"])
        }
        hasTold = true
      } catch {
        // The server is away; the other informers say so.
        pause = FeedLimits.backoff.maximum
      }
      do { try await client.time.sleep(pause) } catch { return }
    }
  }

  private func repeatedly(every interval: Duration, _ body: @escaping @Sendable () -> Void) async {
    while !Task.isCancelled {
      do { try await client.time.sleep(interval) } catch { return }
      body()
    }
  }
}

extension Informer {
  /// The resourceVersion up to which the view is complete, as a number; 0 before the first list.
  fileprivate var revision: UInt64 { UInt64(resourceVersion) ?? 0 }
}
