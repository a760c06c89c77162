import JSONTree
import KubernetesAPI
package import KubernetesClient
import Synchronization
package import Telemetry

/// Whether the proxy does its work, as kube-proxy's `/healthz` and `/livez` tell it.
package final class ProxyHealth: Sendable {
  private struct State {
    /// When a change came that is not carried out.
    var queued: Duration?
    var lastSync: Timestamp?
    var nodeIsGoing = false
    var healthz: (ok: UInt64, failed: UInt64) = (0, 0)
    var livez: (ok: UInt64, failed: UInt64) = (0, 0)
  }

  /// A change must be carried out within this.
  private static let patience = Duration.seconds(60)

  private let state = Mutex(State())
  private let time: TimeSource

  package init(time: TimeSource) { self.time = time }

  package func changeQueued() {
    let now = time.uptime()
    state.withLock { if $0.queued == nil { $0.queued = now } }
  }

  package func synced() {
    let now = time.now()
    state.withLock { state in
      state.queued = nil
      state.lastSync = now
    }
  }

  /// A node that is being deleted, or that the autoscaler will, takes no traffic of load balancers.
  package func setNodeIsGoing(_ isGoing: Bool) { state.withLock { $0.nodeIsGoing = isGoing } }

  /// Whether what came has been carried out, or has not waited long.
  package var isLive: Bool {
    let now = time.uptime()
    return state.withLock { state in
      state.lastSync != nil && (state.queued.map { now - $0 < Self.patience } ?? true)
    }
  }

  package var isHealthy: Bool { isLive && !state.withLock(\.nodeIsGoing) }

  package func respond(to request: StatusRequest) -> StatusResponse {
    switch request.path {
    case "/healthz":
      let isHealthy = isHealthy
      state.withLock { if isHealthy { $0.healthz.ok += 1 } else { $0.healthz.failed += 1 } }
      return response(isHealthy)
    case "/livez":
      let isLive = isLive
      state.withLock { if isLive { $0.livez.ok += 1 } else { $0.livez.failed += 1 } }
      return response(isLive)
    default: return .notFound
    }
  }

  private func response(_ isFine: Bool) -> StatusResponse {
    let (updated, nodeIsGoing) = state.withLock { ($0.lastSync, $0.nodeIsGoing) }
    let body: JSON = [
      "lastUpdated": .string(updated?.description ?? ""),
      "currentTime": .string(time.now().description),
      "nodeEligible": .bool(!nodeIsGoing),
    ]
    return StatusResponse(
      status: isFine ? 200 : 503, contentType: "application/json", body: body.text)
  }

  package func write(to text: inout MetricsText) {
    let counts = state.withLock { (healthz: $0.healthz, livez: $0.livez) }
    for (name, count) in [("healthz", counts.healthz), ("livez", counts.livez)] {
      text.family("kubeproxy_proxy_\(name)_total", "counter", "Answers of /\(name).")
      text.sample("kubeproxy_proxy_\(name)_total", [("code", "200")], Double(count.ok))
      text.sample("kubeproxy_proxy_\(name)_total", [("code", "503")], Double(count.failed))
    }
  }
}
