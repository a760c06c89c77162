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
    /// How long a Node may be silent before it counts as not ready.
    package var nodeGracePeriod = NodeHealth.gracePeriod
    /// The directories volumes are made of; nil where this process has none to give.
    package var volumeDirectories: (any VolumeDirectories)?
    /// Which controllers run, by their names.
    package var selection = ControllerSelection.all

    package init() {}
  }

  /// The names of all controllers, by which they are selected.
  package static let names = ControllerList.names

  private let informers: SharedInformers
  private let workloads: WorkloadInformers
  private let events: EventRecorder
  private let controllers: [any Controller]
  private let logger: Logger

  /// - Parameter client: also brings the clocks and the randomness.
  package init(
    client: KubernetesClient, logger: Logger, configuration: Configuration = Configuration()
  ) {
    let informers = SharedInformers(client: client, logger: logger)
    let workloads = WorkloadInformers(client: client, logger: logger)
    let events = EventRecorder(client: client, logger: logger)
    self.informers = informers
    self.workloads = workloads
    self.events = events
    self.logger = logger
    let list = ControllerList(
      client: client, informers: informers, workloads: workloads, events: events, logger: logger,
      configuration: configuration)
    controllers = ControllerList.names.filter(configuration.selection.contains)
      .compactMap(list.controller)
  }

  /// Whether the informers all controllers share have seen everything once.
  package var hasSynced: Bool { informers.hasSynced && workloads.hasSynced }

  /// Returns once every informer the controllers share has seen everything; throws
  /// `CancellationError` if the task is cancelled first.
  package func waitUntilSynced() async throws {
    try await informers.waitUntilSynced()
    try await workloads.waitUntilSynced()
  }

  /// Works until a graceful shutdown begins or the task is cancelled. Nothing needs draining: what
  /// is not done is done by whoever looks next.
  package func run() async {
    logger.debug("controllers start")
    await cancelWhenGracefulShutdown {
      await withDiscardingTaskGroup { group in
        for controller in controllers { group.addTask { await controller.run() } }
        group.addTask { await events.run() }
        group.addTask { await informers.run() }
        group.addTask { await workloads.run() }
      }
    }
    logger.debug("controllers stopped")
  }
}
