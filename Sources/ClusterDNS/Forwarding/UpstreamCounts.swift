import DNSMessage
import NIOCore

/// What has been asked of upstreams since the server started.
///
/// They are what CoreDNS exports as `coredns_proxy_request_duration_seconds`,
/// `coredns_proxy_healthcheck_failures_total` and `coredns_forward_max_concurrent_rejects_total`.
package struct UpstreamCounts: Sendable {
  /// Upper bounds of the buckets of durations, in seconds; the last is infinity.
  package static let bounds: [Double] = [
    0.00025, 0.0005, 0.001, 0.002, 0.004, 0.008, 0.016, 0.032, 0.064, 0.128, 0.256, 0.512, 1.024,
    2.048, 4.096, 8.192,
  ]

  package struct Response: Hashable, Sendable {
    package var upstream: Upstream
    /// By mnemonic.
    package var code: String
  }

  package struct Durations: Sendable {
    /// One more than there are bounds; not cumulative.
    package var buckets = Array(repeating: 0 as UInt64, count: UpstreamCounts.bounds.count + 1)
    /// Seconds.
    package var sum: Double = 0
  }

  /// Queries sent, by upstream.
  package var requests: [Upstream: UInt64] = [:]
  package var responses: [Response: Durations] = [:]
  /// Queries without a response.
  package var failures: [Upstream: UInt64] = [:]
  package var healthCheckFailures: UInt64 = 0
  /// How often an upstream was found to be down.
  package var wentDown: UInt64 = 0
  /// How often an upstream was found to forward to us.
  package var loops: UInt64 = 0
  /// Questions dropped, the oldest first, because too many waited.
  package var shed: UInt64 = 0
  /// Queries asked again over TCP because someone may have been guessing.
  package var suspicious: UInt64 = 0

  package init() {}

  mutating func add(_ code: ResponseCode, _ upstream: Upstream, after time: TimeAmount) {
    let seconds = Double(time.nanoseconds) / 1e9
    let bucket = Self.bounds.firstIndex { seconds <= $0 } ?? Self.bounds.count
    let key = Response(upstream: upstream, code: "\(code)")
    responses[key, default: Durations()].buckets[bucket] += 1
    responses[key]?.sum += seconds
  }
}

extension UpstreamCounts {
  static func + (left: UpstreamCounts, right: UpstreamCounts) -> UpstreamCounts {
    var sum = left
    sum.requests.merge(right.requests, uniquingKeysWith: +)
    sum.failures.merge(right.failures, uniquingKeysWith: +)
    sum.responses.merge(right.responses) { one, other in
      var both = one
      for index in both.buckets.indices { both.buckets[index] += other.buckets[index] }
      both.sum += other.sum
      return both
    }
    sum.healthCheckFailures += right.healthCheckFailures
    sum.wentDown += right.wentDown
    sum.loops += right.loops
    sum.shed += right.shed
    sum.suspicious += right.suspicious
    return sum
  }
}
