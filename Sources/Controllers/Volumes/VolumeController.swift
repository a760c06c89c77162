import JSONTree
import KubernetesAPI
package import KubernetesClient
package import Logging

/// Binds PersistentVolumeClaims to PersistentVolumes, makes volumes for claims, reclaims those
/// whose claim is gone, and keeps both while they are in use.
package struct VolumeController: Controller {
  package let name = "persistentvolume-controller"

  static let workers = 2

  /// What is worked on.
  enum Subject: Hashable, Sendable, CustomStringConvertible {
    case claim(ObjectKey)
    case volume(String)

    var description: String {
      switch self {
      case .claim(let key): "claim \(key)"
      case .volume(let name): "volume \(name)"
      }
    }
  }

  let client: KubernetesClient
  let informers: SharedInformers
  let workloads: WorkloadInformers
  let events: EventRecorder
  let logger: Logger
  private let queue: WorkQueue<Subject>
  /// Nil where this process has no directories to give.
  let provisioner: VolumeProvisioner?

  /// To be made before the informers run.
  package init(
    client: KubernetesClient, informers: SharedInformers, workloads: WorkloadInformers,
    events: EventRecorder, logger: Logger, directories: (any VolumeDirectories)?
  ) {
    self.client = client
    self.informers = informers
    self.workloads = workloads
    self.events = events
    self.logger = logger
    provisioner = directories.map(VolumeProvisioner.init(directories:))
    queue = WorkQueue(time: client.time, random: client.random)
    watch()
  }

  package func run() async {
    do {
      try await workloads.claims.waitUntilSynced()
      try await workloads.volumes.waitUntilSynced()
      try await workloads.classes.waitUntilSynced()
      try await informers.pods.waitUntilSynced()
      try await informers.nodes.waitUntilSynced()
    } catch { return }
    await ensureClass()
    await queue.run(workers: Self.workers, logger: logger) { subject in
      switch subject {
      case .claim(let key): try await sync(claim: key)
      case .volume(let name): try await sync(volume: name)
      }
    }
  }

  // MARK: What leads to work

  private func watch() {
    workloads.claims.addHandler { events in
      for event in events {
        guard let key = event.key else { continue }
        queue.add(.claim(key))
        if case .updated(_, let claim) = event, !claim.volumeName.isEmpty {
          queue.add(.volume(claim.volumeName))
        }
        if case .deleted(_, let last?) = event, !last.volumeName.isEmpty {
          queue.add(.volume(last.volumeName))
        }
      }
    }
    workloads.volumes.addHandler { events in
      for event in events {
        guard let key = event.key else { continue }
        queue.add(.volume(key.name))
        switch event {
        case .added(let volume), .updated(_, let volume), .deleted(_, let volume?):
          if let claim = volume.claim {
            queue.add(.claim(ObjectKey(namespace: claim.namespace, name: claim.name)))
          } else {
            queue.add(pendingClaims)
          }
        default: break
        }
      }
    }
    workloads.classes.addHandler { _ in queue.add(pendingClaims) }
    // A claim may leave once its last Pod has.
    informers.pods.addHandler { events in
      for event in events {
        let pod: Pod? =
          switch event {
          case .deleted(_, let last): last
          case .updated(let old, let new) where new.isTerminal && old?.isTerminal != true: new
          default: nil
          }
        guard let pod else { continue }
        for name in pod.scheduling.claimNames {
          queue.add(.claim(ObjectKey(namespace: pod.metadata.namespace, name: name)))
        }
      }
    }
  }

  private var pendingClaims: [Subject] {
    workloads.claims.objects.filter { !$0.isBound }.map { .claim($0.key) }
  }

  /// Makes the default StorageClass where there is none of that name.
  private func ensureClass() async {
    guard provisioner != nil else { return }
    let wanted = VolumeProvisioner.storageClass
    guard workloads.classes.object(wanted.key) == nil else { return }
    do {
      _ = try await client.create(wanted)
    } catch {
      if (error as? APIStatus)?.isAlreadyExists == true || error is CancellationError { return }
      logger.warning("cannot make the default StorageClass", metadata: ["error": "\(error)"])
    }
  }
}
