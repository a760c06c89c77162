import JSONTree
import KubernetesAPI
package import KubernetesClient
package import Logging
import ServiceLifecycle

/// Gives Services of type LoadBalancer an address of a pool, which the nodes' proxies answer on.
///
/// Runs beside the other controllers, and only where a pool is given: a cluster with a cloud has
/// its own.
package struct LoadBalancerController: Controller, ServiceLifecycle.Service {
  package let name = "loadbalancer-pool-controller"

  private let client: KubernetesClient
  private let services: Informer<KubernetesAPI.Service>
  private let events: EventRecorder
  private let logger: Logger
  private let reconciler: LoadBalancerReconciler
  private let queue: WorkQueue<ObjectKey>

  package init(client: KubernetesClient, pool: AddressPool, logger: Logger) {
    self.client = client
    self.logger = logger
    services = Informer(client: client, logger: logger)
    events = EventRecorder(client: client, logger: logger)
    reconciler = LoadBalancerReconciler(pool: pool)
    queue = WorkQueue(time: client.time, random: client.random)
    services.addHandler { [queue, services] changes in
      queue.add(changes.compactMap(\.key))
      // An address that became free may be waited for.
      let isFreed = changes.contains { change in
        switch change {
        case .deleted: true
        case .updated(let old?, let new): old.loadBalancerAddresses != new.loadBalancerAddresses
        default: false
        }
      }
      if isFreed {
        queue.add(services.objects.filter { $0.type == .loadBalancer }.map(\.key))
      }
    }
  }

  /// Works until a graceful shutdown begins or the task is cancelled.
  package func run() async {
    await cancelWhenGracefulShutdown {
      await withDiscardingTaskGroup { group in
        group.addTask { await services.run() }
        group.addTask { await events.run() }
        group.addTask {
          do { try await services.waitUntilSynced() } catch { return }
          // One worker: two would give the same address twice.
          await queue.run(workers: 1, logger: logger) { try await sync($0) }
        }
      }
    }
  }

  private func sync(_ key: ObjectKey) async throws -> WorkQueue<ObjectKey>.Outcome {
    // The server's own word: what this controller wrote last may not have come back yet.
    let json: JSON
    do {
      json = try await client.get(KubernetesAPI.Service.resource, key)
    } catch let status as APIStatus where status.isNotFound {
      return .done
    }
    let service = KubernetesAPI.Service(json: json)
    let requested = json[path: "spec", "loadBalancerIP"]?.string
    let decision = reconciler.decide(
      service, requested: requested, taken: try await taken(but: key))
    switch decision {
    case .keep: return .done
    case .exhausted(let family):
      events.warn(
        service, source: name, reason: "AllocationFailed",
        "no \(family.rawValue) address is left in the load balancer pool")
      return .done
    case .set(let addresses):
      let ingress = addresses.map { address -> JSON in
        ["ip": .string(address.description), "ipMode": "VIP"]
      }
      _ = try await client.patch(
        KubernetesAPI.Service.resource, key, .merge,
        ["status": ["loadBalancer": ["ingress": .array(ingress)]]], subresource: "status")
      return .done
    }
  }

  private func taken(but key: ObjectKey) async throws -> Set<IPAddress> {
    let all: [KubernetesAPI.Service] = try await client.list()
    return Set(
      all.filter { $0.key != key && $0.type == .loadBalancer }
        .flatMap(\.loadBalancerAddresses).compactMap { IPAddress($0) })
  }
}
