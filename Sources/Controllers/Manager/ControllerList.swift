import KubernetesClient
import Logging

/// Makes the controllers there are.
struct ControllerList {
  let client: KubernetesClient
  let informers: SharedInformers
  let workloads: WorkloadInformers
  let events: EventRecorder
  let logger: Logger
  let configuration: ControllerManager.Configuration

  static let names = [
    "endpoint-slice-controller", "endpoint-controller", "endpoint-slice-mirroring-controller",
    "namespace-controller", "garbage-collector", "replicaset-controller",
    "deployment-controller", "statefulset-controller", "daemonset-controller", "job-controller",
    "default-scheduler", "node-controller", "persistentvolume-controller",
    "pod-garbage-collector",
  ]

  /// The controller of a name, nil if there is none.
  func controller(_ name: String) -> (any Controller)? {
    var logger = logger
    logger[metadataKey: "controller"] = "\(name)"
    return endpoints(name, logger) ?? workload(name, logger) ?? node(name, logger)
  }

  /// What follows Services and owners.
  private func endpoints(_ name: String, _ logger: Logger) -> (any Controller)? {
    switch name {
    case "endpoint-slice-controller":
      EndpointSliceController(
        client: client, informers: informers, events: events, logger: logger,
        reconciler: EndpointSliceReconciler(
          maximumEndpoints: configuration.maximumEndpointsPerSlice),
        batchPeriod: configuration.endpointBatchPeriod)
    case "endpoint-controller":
      EndpointsController(
        client: client, informers: informers, events: events, logger: logger)
    case "endpoint-slice-mirroring-controller":
      MirroringController(
        client: client, informers: informers, events: events, logger: logger)
    case "namespace-controller":
      NamespaceController(client: client, informers: informers, logger: logger)
    case "garbage-collector": GarbageCollector(client: client, logger: logger)
    default: nil
    }
  }

  /// What keeps Pods.
  private func workload(_ name: String, _ logger: Logger) -> (any Controller)? {
    switch name {
    case "replicaset-controller":
      ReplicaSetController(
        client: client, informers: informers, workloads: workloads, events: events,
        logger: logger)
    case "deployment-controller":
      DeploymentController(
        client: client, informers: informers, workloads: workloads, events: events,
        logger: logger)
    case "statefulset-controller":
      StatefulSetController(
        client: client, informers: informers, workloads: workloads, events: events,
        logger: logger)
    case "daemonset-controller":
      DaemonSetController(
        client: client, informers: informers, workloads: workloads, events: events,
        logger: logger)
    case "job-controller":
      JobController(
        client: client, informers: informers, workloads: workloads, events: events,
        logger: logger)
    default: nil
    }
  }

  /// What concerns Nodes and what is on them.
  private func node(_ name: String, _ logger: Logger) -> (any Controller)? {
    switch name {
    case "default-scheduler":
      Scheduler(
        client: client, informers: informers, workloads: workloads, events: events,
        logger: logger)
    case "node-controller":
      NodeLifecycleController(
        client: client, informers: informers, workloads: workloads, events: events,
        logger: logger, gracePeriod: configuration.nodeGracePeriod)
    case "persistentvolume-controller":
      VolumeController(
        client: client, informers: informers, workloads: workloads, events: events,
        logger: logger, directories: configuration.volumeDirectories)
    case "pod-garbage-collector":
      PodCollector(client: client, informers: informers, logger: logger)
    default: nil
    }
  }
}
