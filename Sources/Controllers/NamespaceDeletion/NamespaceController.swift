import JSONTree
import KubernetesAPI
package import KubernetesClient
package import Logging
import Synchronization

/// Empties namespaces that are being deleted, then lets them go.
package struct NamespaceController: Controller {
  package let name = "namespace-controller"

  /// How many namespaces are emptied at once (kube-controller-manager's default is 10).
  static let workers = 5
  /// What this controller takes off a namespace at the end.
  static let finalizer = "kubernetes"
  /// After an attempt that left something, the next comes after this long, then twice that, …
  static let firstPause = Duration.milliseconds(500)

  private let client: KubernetesClient
  private let informers: SharedInformers
  private let logger: Logger
  private let queue: WorkQueue<ObjectKey>
  private let attempts = Attempts()

  /// To be made before the informers run.
  package init(client: KubernetesClient, informers: SharedInformers, logger: Logger) {
    self.client = client
    self.informers = informers
    self.logger = logger
    queue = WorkQueue(time: client.time, random: client.random)
    informers.namespaces.addHandler { [queue, attempts] events in
      for event in events {
        switch event {
        case .added(let namespace), .updated(_, let namespace):
          if namespace.metadata.isBeingDeleted { queue.add(namespace.key) }
        case .deleted(let key, _): attempts.forget(key)
        case .synced: break
        }
      }
    }
  }

  package func run() async {
    do { try await informers.namespaces.waitUntilSynced() } catch { return }
    await queue.run(workers: Self.workers, logger: logger) { try await sync($0) }
  }

  private func sync(_ key: ObjectKey) async throws -> WorkQueue<ObjectKey>.Outcome {
    do {
      // Others may edit a namespace that goes, so that only the newest state counts.
      let namespace = try await terminating(key)
      guard let namespace, let deletedAt = Self.deletionTime(namespace),
        !Self.finalizers(namespace).isEmpty
      else {
        attempts.forget(key)
        return .done
      }
      let content = NamespaceContent(client: client, namespace: key.name, deletedAt: deletedAt)
      let remaining = try await content.delete()
      let latest = try await report(remaining, on: namespace, key)
      if remaining.isEmpty {
        try await finalize(latest, key)
        attempts.forget(key)
        return .done
      }
      logger.debug(
        "namespace is not empty yet",
        metadata: ["namespace": "\(key)", "remaining": "\(remaining)"])
      return .again(after: attempts.pause(key, estimate: remaining.estimate))
    } catch let status as APIStatus where status.isNotFound {
      attempts.forget(key)
      return .done
    }
  }

  /// The namespace with its phase set, if it is being deleted.
  private func terminating(_ key: ObjectKey) async throws -> JSON? {
    var namespace = try await client.get(Namespace.resource, key)
    guard Self.deletionTime(namespace) != nil else { return nil }
    guard namespace["status"]?["phase"]?.string != "Terminating" else { return namespace }
    var status = namespace["status"] ?? [:]
    status["phase"] = "Terminating"
    namespace["status"] = status
    return try await client.update(Namespace.resource, key, namespace, subresource: "status")
  }

  private func report(
    _ remaining: RemainingContent, on namespace: JSON, _ key: ObjectKey
  ) async throws -> JSON {
    let conditions = namespace["status"]?["conditions"]?.array ?? []
    guard
      let updated = NamespaceConditions.updated(
        conditions, with: remaining, at: client.time.now())
    else { return namespace }
    var changed = namespace
    var status = changed["status"] ?? [:]
    status["conditions"] = .array(updated)
    changed["status"] = status
    return try await client.update(Namespace.resource, key, changed, subresource: "status")
  }

  private func finalize(_ namespace: JSON, _ key: ObjectKey) async throws {
    var changed = namespace
    var spec = changed["spec"] ?? [:]
    spec["finalizers"] = .array(
      Self.finalizers(namespace).filter { $0 != Self.finalizer }.map { .string($0) })
    changed["spec"] = spec
    _ = try await client.update(Namespace.resource, key, changed, subresource: "finalize")
  }

  private static func deletionTime(_ namespace: JSON) -> Timestamp? {
    namespace["metadata"]?["deletionTimestamp"]?.string.flatMap(Timestamp.init)
  }

  private static func finalizers(_ namespace: JSON) -> [String] {
    namespace["spec"]?["finalizers"]?.array?.compactMap(\.string) ?? []
  }
}

/// How often each namespace was found not empty.
private final class Attempts: Sendable {
  private let counts = Mutex<[ObjectKey: Int]>([:])

  func forget(_ key: ObjectKey) { _ = counts.withLock { $0.removeValue(forKey: key) } }

  /// Longer with every attempt, up to about half of what is estimated to be needed (as
  /// Kubernetes' controller waits).
  func pause(_ key: ObjectKey, estimate: Int) -> Duration {
    let count = counts.withLock { counts in
      counts[key, default: 0] += 1
      return counts[key] ?? 1
    }
    let longest = Duration.seconds(max(estimate / 2 + 1, 2))
    return min(NamespaceController.firstPause * (1 << min(count - 1, 10)), longest)
  }
}
