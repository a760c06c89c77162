import Synchronization
import Telemetry

/// Counts requests under the names a kube-apiserver uses, for `/metrics`.
final class RequestMetrics: Sendable {
  /// What requests are told apart by.
  struct Labels: Hashable, Sendable {
    var verb: String
    var group: String
    var version: String
    var resource: String
    var subresource: String
    /// `resource`, `namespace` or `cluster`.
    var scope: String
    var isDryRun: Bool
  }

  /// Whether a request may change something; the two are limited apart.
  enum Concern: Hashable, Sendable { case reading, changing }

  fileprivate struct CodeLabels: Hashable {
    var labels: Labels
    var code: Int
  }

  fileprivate struct State {
    var totals: [CodeLabels: UInt64] = [:]
    var durations: [Labels: Histogram] = [:]
    var running: [Concern: Int] = [:]
  }

  /// Those of a kube-apiserver.
  fileprivate static let bounds = [
    0.005, 0.025, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1, 1.25, 1.5, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30,
    45, 60,
  ]

  private let state = Mutex(State())

  /// Admits a request unless too many are under way.
  func begin(_ concern: Concern, limit: Int) -> Bool {
    state.withLock { state in
      guard state.running[concern, default: 0] < limit else { return false }
      state.running[concern, default: 0] += 1
      return true
    }
  }

  func end(_ concern: Concern) {
    state.withLock { $0.running[concern, default: 0] -= 1 }
  }

  /// - Parameter duration: nil for requests that last as long as the client likes.
  func record(_ labels: Labels, code: Int, duration: Duration?) {
    state.withLock { state in
      state.totals[CodeLabels(labels: labels, code: code), default: 0] += 1
      guard let duration else { return }
      state.durations[labels, default: Histogram(bounds: Self.bounds)].add(duration)
    }
  }

  func write(to text: inout MetricsText) {
    let (totals, durations, running) = state.withLock { ($0.totals, $0.durations, $0.running) }
    text.family("apiserver_request_total", "counter", "Requests by what they asked and their code.")
    for (key, count) in totals {
      text.sample(
        "apiserver_request_total", key.labels.pairs + [("code", String(key.code))], Double(count))
    }
    let name = "apiserver_request_duration_seconds"
    text.family(name, "histogram", "How long requests took, watches apart.")
    for (labels, histogram) in durations {
      text.samples(name, labels.pairs, of: histogram)
    }
    text.family(
      "apiserver_current_inflight_requests", "gauge", "Requests under way, watches apart.")
    for (concern, kind) in [(Concern.reading, "readOnly"), (.changing, "mutating")] {
      text.sample(
        "apiserver_current_inflight_requests", [("request_kind", kind)],
        Double(running[concern, default: 0]))
    }
  }
}

extension RequestMetrics.Labels {
  fileprivate var pairs: [(String, String)] {
    [
      ("component", "apiserver"), ("dry_run", isDryRun ? "All" : ""), ("group", group),
      ("resource", resource), ("scope", scope), ("subresource", subresource), ("verb", verb),
      ("version", version),
    ]
  }

  init(_ info: RequestInfo, query: Query) {
    let verbs = [
      "get": "GET", "list": "LIST", "watch": "WATCH", "create": "POST",
      "update": "PUT", "patch": "PATCH", "delete": "DELETE",
      "deletecollection": "DELETECOLLECTION",
    ]
    self.init(
      verb: verbs[info.verb] ?? "OTHER", group: info.group, version: info.version,
      resource: info.resource, subresource: info.subresource,
      scope: !info.name.isEmpty ? "resource" : info.namespace.isEmpty ? "cluster" : "namespace",
      isDryRun: query.first("dryRun") == "All")
  }
}
