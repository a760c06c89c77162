package import KubernetesClient
package import Logging
import ServiceLifecycle

/// Runs all controllers over one set of informers.
package struct ControllerManager: ServiceLifecycle.Service {
  package struct Configuration: Sendable {
    /// 1 to 1000.
    package var maximumEndpointsPerSlice = EndpointSliceReconciler.defaultMaximum
    /// How long changes of Pods are gathered before slices are written; zero writes at once.
    package var endpointBatchPeriod = Duration.zero

    package init() {}
  }

  private let informers: SharedInformers
  private let events: EventRecorder
  private let controllers: [any Controller]
  private let logger: Logger

  /// - Parameter client: also brings the clocks and the randomness.
  package init(
    client: KubernetesClient, logger: Logger, configuration: Configuration = Configuration()
  ) {
    let informers = SharedInformers(client: client, logger: logger)
    let events = EventRecorder(client: client, logger: logger)
    func named(_ name: String) -> Logger {
      var logger = logger
      logger[metadataKey: "controller"] = "\(name)"
      return logger
    }
    self.informers = informers
    self.events = events
    self.logger = logger
    controllers = [
      EndpointSliceController(
        client: client, informers: informers, events: events, logger: named("endpointslice"),
        reconciler: EndpointSliceReconciler(
          maximumEndpoints: configuration.maximumEndpointsPerSlice),
        batchPeriod: configuration.endpointBatchPeriod),
      EndpointsController(
        client: client, informers: informers, events: events, logger: named("endpoints")),
      MirroringController(
        client: client, informers: informers, events: events,
        logger: named("endpointslicemirroring")),
      NamespaceController(client: client, informers: informers, logger: named("namespace")),
      GarbageCollector(client: client, logger: named("garbagecollector")),
    ]
  }

  /// Whether the informers all controllers share have seen everything once.
  package var hasSynced: Bool { informers.hasSynced }

  /// Returns once every informer the controllers share has seen everything; throws
  /// `CancellationError` if the task is cancelled first.
  package func waitUntilSynced() async throws { try await informers.waitUntilSynced() }

  /// Works until a graceful shutdown begins or the task is cancelled. Nothing needs draining: what
  /// is not done is done by whoever looks next.
  package func run() async {
    logger.debug("controllers start")
    await cancelWhenGracefulShutdown {
      await withDiscardingTaskGroup { group in
        for controller in controllers { group.addTask { await controller.run() } }
        group.addTask { await events.run() }
        group.addTask { await informers.run() }
      }
    }
    logger.debug("controllers stopped")
  }
}
