import KubernetesAPI
import KubernetesClient
private import Synchronization
package import Telemetry

/// How long changes of endpoints took from the moment they were triggered until they were answered:
/// what CoreDNS exports as `coredns_kubernetes_dns_programming_duration_seconds`.
///
/// The moment is that of the annotation the EndpointSlice controller writes; slices without it
/// (made by hand, or changed by nobody's doing) are not counted.
package struct ProgrammingLatency: Sendable {
  package static let triggerAnnotation = "endpoints.kubernetes.io/last-change-trigger-time"

  /// Milliseconds to a quarter of an hour, in CoreDNS' buckets.
  package private(set) var histogram = Histogram(start: 0.001, factor: 2, count: 20)

  package init() {}

  mutating func note(_ events: [InformerEvent<EndpointSlice>], now: Timestamp) {
    for event in events {
      switch event {
      case .added(let slice), .updated(_, let slice):
        guard let text = slice.metadata.annotations[Self.triggerAnnotation],
          let trigger = Timestamp(text)
        else { continue }
        let seconds = Double(now.seconds - trigger.seconds)
        let fraction = Double(now.nanoseconds - trigger.nanoseconds) / 1e9
        histogram.add(max(0, seconds + fraction))
      default: continue
      }
    }
  }
}

/// A ``ProgrammingLatency`` that informers add to and scrapers read.
final class LatencyMeter: Sendable {
  private let latency = Mutex(ProgrammingLatency())

  var value: ProgrammingLatency { latency.withLock { $0 } }

  func note(_ events: [InformerEvent<EndpointSlice>], now: Timestamp) {
    latency.withLock { $0.note(events, now: now) }
  }
}
