package import KubernetesAPI
package import KubernetesClient
package import Logging

/// The informers of workloads, of storage and of Nodes' Leases.
package struct WorkloadInformers: Sendable {
  package let replicaSets: Informer<ReplicaSet>
  package let deployments: Informer<Deployment>
  package let statefulSets: Informer<StatefulSet>
  package let daemonSets: Informer<DaemonSet>
  package let jobs: Informer<Job>
  package let revisions: Informer<ControllerRevision>
  package let claims: Informer<PersistentVolumeClaim>
  package let volumes: Informer<PersistentVolume>
  package let classes: Informer<StorageClass>
  /// Those of Nodes only.
  package let leases: Informer<Lease>

  /// Objects by their namespace.
  static let namespaceIndex = "namespace"
  /// Claims by the volume they name, volumes by the claim they name.
  static let bindingIndex = "binding"

  package init(client: KubernetesClient, logger: Logger) {
    replicaSets = Informer(client: client, logger: logger)
    deployments = Informer(client: client, logger: logger)
    statefulSets = Informer(client: client, logger: logger)
    daemonSets = Informer(client: client, logger: logger)
    jobs = Informer(client: client, logger: logger)
    var revisions = InformerOptions<ControllerRevision>()
    revisions.indexes[Self.namespaceIndex] = { [$0.metadata.namespace] }
    self.revisions = Informer(client: client, options: revisions, logger: logger)
    var claims = InformerOptions<PersistentVolumeClaim>()
    claims.indexes[Self.namespaceIndex] = { [$0.metadata.namespace] }
    claims.indexes[Self.bindingIndex] = { [$0.volumeName] }
    self.claims = Informer(client: client, options: claims, logger: logger)
    var volumes = InformerOptions<PersistentVolume>()
    volumes.indexes[Self.bindingIndex] = { volume in
      volume.claim.map { ["\($0.namespace)/\($0.name)"] } ?? []
    }
    self.volumes = Informer(client: client, options: volumes, logger: logger)
    classes = Informer(client: client, logger: logger)
    leases = Informer(
      client: client, options: InformerOptions(namespace: Lease.nodeNamespace), logger: logger)
  }

  /// Runs all of them until the task is cancelled.
  package func run() async {
    await withDiscardingTaskGroup { group in
      group.addTask { await replicaSets.run() }
      group.addTask { await deployments.run() }
      group.addTask { await statefulSets.run() }
      group.addTask { await daemonSets.run() }
      group.addTask { await jobs.run() }
      group.addTask { await revisions.run() }
      group.addTask { await claims.run() }
      group.addTask { await volumes.run() }
      group.addTask { await classes.run() }
      group.addTask { await leases.run() }
    }
  }

  package var hasSynced: Bool {
    replicaSets.hasSynced && deployments.hasSynced && statefulSets.hasSynced
      && daemonSets.hasSynced && jobs.hasSynced && revisions.hasSynced && claims.hasSynced
      && volumes.hasSynced && classes.hasSynced && leases.hasSynced
  }

  /// Throws `CancellationError` if the task is cancelled first.
  package func waitUntilSynced() async throws {
    try await replicaSets.waitUntilSynced()
    try await deployments.waitUntilSynced()
    try await statefulSets.waitUntilSynced()
    try await daemonSets.waitUntilSynced()
    try await jobs.waitUntilSynced()
    try await revisions.waitUntilSynced()
    try await claims.waitUntilSynced()
    try await volumes.waitUntilSynced()
    try await classes.waitUntilSynced()
    try await leases.waitUntilSynced()
  }
}
