import Dispatch
package import KubernetesAPI
package import KubernetesClient
package import Logging
import ServiceLifecycle
import Synchronization
package import Telemetry

/// Makes the addresses of Services work on a node, and keeps them so.
///
/// Informers tell what changes; one thread of its own carries it out, all that has come while it
/// was busy at once. When the proxy stops, what it made stays: established and new connections go
/// on until a next instance takes over.
package final class NodeProxy: ServiceLifecycle.Service, CustomStringConvertible {
  package struct Configuration: Sendable {
    /// The name of the node's Node object.
    package var node: String
    package var settings: TableSettings
    package var families: [IPAddress.Family]
    package var nodePorts: NodePortPolicy
    /// Syncs begin no closer together than this.
    package var pause: Duration
    /// Where the health-check ports of Services listen.
    package var healthCheckHost: String
    /// Pods are told by the ranges of the Node object.
    package var usesNodeRanges: Bool

    package init(
      node: String, settings: TableSettings = TableSettings(),
      families: [IPAddress.Family] = [.v4, .v6], nodePorts: NodePortPolicy = .primary,
      pause: Duration = .zero, healthCheckHost: String = "::", usesNodeRanges: Bool = false
    ) {
      self.node = node
      self.settings = settings
      self.families = families
      self.nodePorts = nodePorts
      self.pause = pause
      self.healthCheckHost = healthCheckHost
      self.usesNodeRanges = usesNodeRanges
    }
  }

  package let description = "service proxy"
  private let configuration: Configuration
  private let client: KubernetesClient
  private let logger: Logger
  private let core: ProxyCore
  private let addresses: any NodeAddressSource
  private let health: ProxyHealth
  private let healthChecks: HealthCheckPorts
  private let events: ProxyEvents
  private let services: Informer<KubernetesAPI.Service>
  private let slices: Informer<EndpointSlice>
  private let nodes: Informer<Node>
  private let wakes: AsyncStream<Void>
  private let wake: AsyncStream<Void>.Continuation
  private let ready = SyncGate()
  /// What blocks on the kernel.
  private let queue = DispatchQueue(label: "rollcall.proxy")
  private let watchQueue = DispatchQueue(label: "rollcall.proxy.addresses")
  private let node = Mutex(NodeState())

  private struct NodeState {
    var internalAddresses: [IPAddress] = []
    var answered: Set<IPAddress>?
  }

  /// How long to wait before the API server is tried again. Short, because a server that is back is
  /// to be heard within a second; jitter keeps a cluster's nodes apart.
  private static let reconnect = Backoff.Policy(
    initial: .milliseconds(100), maximum: .milliseconds(500), forgetAfter: .seconds(30))

  /// Services without addresses of their own, and those of other proxies, are not even listed.
  private static let selector =
    "!service.kubernetes.io/headless,!service.kubernetes.io/service-proxy-name"

  package init(
    client: KubernetesClient, configuration: Configuration, tables: any TableExecutor,
    flows: (any FlowTable)?, addresses: any NodeAddressSource, logger: Logger
  ) {
    self.client = client
    self.configuration = configuration
    self.logger = logger
    self.addresses = addresses
    core = ProxyCore(
      node: ProxyNode(name: configuration.node), settings: configuration.settings,
      families: configuration.families, tables: tables, flows: flows, time: client.time)
    health = ProxyHealth(time: client.time)
    healthChecks = HealthCheckPorts(
      health: health, host: configuration.healthCheckHost, logger: logger)
    events = ProxyEvents(client: client, node: configuration.node, logger: logger)
    services = Informer(
      client: client,
      options: InformerOptions(
        labelSelector: Self.selector, keeping: .nothing, backoff: Self.reconnect), logger: logger)
    slices = Informer(
      client: client,
      options: InformerOptions(
        labelSelector: Self.selector, keeping: .nothing, backoff: Self.reconnect), logger: logger)
    nodes = Informer(
      client: client,
      options: InformerOptions(
        fieldSelector: "metadata.name=\(configuration.node)", backoff: Self.reconnect),
      logger: logger)
    (wakes, wake) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    connect()
  }

  private func connect() {
    services.addHandler { [self] events in take(events.compactMap { ProxyChange($0) }) }
    slices.addHandler { [self] events in take(events.compactMap { ProxyChange($0) }) }
    nodes.addHandler { [self] events in
      for event in events {
        switch event {
        case .added(let node), .updated(_, let node): learn(node)
        case .deleted: learn(nil)
        case .synced: break
        }
      }
    }
  }

  private func take(_ changes: [ProxyChange]) {
    guard !changes.isEmpty else { return }
    core.receive(changes)
    health.changeQueued()
    wake.yield()
  }

  private func learn(_ object: Node?) {
    node.withLock { $0.internalAddresses = object?.internalAddresses ?? [] }
    health.setNodeIsGoing(
      object?.metadata.isBeingDeleted == true
        || object?.metadata.labels["ToBeDeletedByClusterAutoscaler"] != nil)
    take([.zone(object?.zone)])
    readAddresses()
  }

  /// Reads the node's addresses; those that are new answer node ports with the next sync.
  private func readAddresses() {
    let found: Set<IPAddress>
    do {
      found = try addresses.addresses()
    } catch {
      logger.warning("cannot read the node's addresses", metadata: ["error": "\(error)"])
      return
    }
    let changed = node.withLock { state -> Set<IPAddress>? in
      let wanted = configuration.nodePorts.addresses(
        of: found, internalAddresses: state.internalAddresses)
      if state.answered == wanted { return nil }
      state.answered = wanted
      return wanted
    }
    if let changed { take([.nodeAddresses(changed)]) }
  }

  // MARK: Running

  /// Returns once everything that existed is carried out; throws `CancellationError` if the task is
  /// cancelled first.
  package func waitUntilReady() async throws { try await ready.wait() }

  package func run() async {
    await cancelWhenGracefulShutdown { [self] in
      await withDiscardingTaskGroup { group in
        group.addTask { await self.services.run() }
        group.addTask { await self.slices.run() }
        group.addTask { await self.nodes.run() }
        group.addTask { await self.events.run() }
        group.addTask { await self.watch() }
        group.addTask { await self.work() }
      }
    }
    await healthChecks.stop()
  }

  /// Looks about once a second after addresses and what others do to our tables.
  private func watch() async {
    while !Task.isCancelled {
      let mayHaveChanged = await on(watchQueue) { self.addresses.waitForChange() }
      if mayHaveChanged { readAddresses() }
      guard ready.isOpen else { continue }
      if await on(queue, { self.core.check() }) {
        logger.warning("somebody changed our tables; making them anew")
        wake.yield()
      }
    }
  }

  private func work() async {
    do {
      try await services.waitUntilSynced()
      try await slices.waitUntilSynced()
      try await nodes.waitUntilSynced()
    } catch { return }
    if configuration.usesNodeRanges {
      let node = nodes.object(ObjectKey(namespace: "", name: configuration.node))
      core.setPodRanges(node?.podRanges ?? [])
    }
    readAddresses()
    wake.yield()
    var failures = Backoff(policy: Backoff.Policy(maximum: .seconds(30)))
    for await _ in wakes {
      if Task.isCancelled { return }
      let report = await on(queue) { self.core.sync() }
      await tell(report)
      do {
        if report.failure == nil {
          health.synced()
          ready.open()
          if configuration.pause > .zero { try await client.time.sleep(configuration.pause) }
        } else {
          wake.yield()
          try await client.time.sleep(
            failures.delay(at: client.time.uptime(), random: client.random()))
        }
      } catch { return }
    }
  }

  private func tell(_ report: ProxyCore.Report) async {
    for (service, loss) in report.losses {
      events.warn(
        service, reason: "AddressConflict",
        "\(loss.frontend) is in use by the older Service \(loss.winner)")
    }
    for (service, error) in report.refused {
      events.warn(service, reason: "FailedToProgram", "the node's kernel refuses it: \(error)")
    }
    if let failure = report.failure {
      logger.error("cannot change the node's tables", metadata: ["error": "\(failure)"])
    }
    for (check, reason) in await healthChecks.update(report.healthChecks) {
      logger.error(
        "cannot serve a health-check port",
        metadata: ["service": "\(check.service)", "error": "\(reason)"])
    }
  }

  /// Runs what blocks on a thread of its own.
  private func on<Result: Sendable>(
    _ queue: DispatchQueue, _ body: @escaping @Sendable () -> Result
  ) async -> Result {
    await withCheckedContinuation { continuation in
      queue.async { continuation.resume(returning: body()) }
    }
  }

  // MARK: What is served

  /// `/healthz` and `/livez`.
  package func answerHealth(_ request: StatusRequest) -> StatusResponse {
    health.respond(to: request)
  }

  /// `/metrics`, `/proxyMode`, and health again.
  package func answerMetrics(_ request: StatusRequest) -> StatusResponse {
    switch request.path {
    case "/metrics":
      var text = MetricsText()
      core.metrics.write(to: &text)
      health.write(to: &text)
      return .metrics(text)
    case "/proxyMode": return StatusResponse(body: "nftables")
    default: return health.respond(to: request)
    }
  }
}
