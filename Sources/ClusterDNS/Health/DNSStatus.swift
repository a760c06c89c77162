package import DNSMessage
import JSONTree
package import KubernetesAPI
import KubernetesClient
package import Telemetry

/// What the DNS server tells over plain HTTP: `/metrics`, `/health`, `/ready`, `/explain`.
package struct DNSStatus: Sendable {
  private let server: ClusterDNSServer
  private let collector: ExplainCollector
  /// Older views are not ready.
  private let maximumAge: Duration?

  /// - Parameter maximumAge: how old a view `/ready` lets pass; nil for any.
  package init(_ server: ClusterDNSServer, maximumAge: Duration? = nil) {
    self.server = server
    self.maximumAge = maximumAge
    collector = ExplainCollector(client: server.cluster.client, zone: server.zone)
  }

  package func respond(to request: StatusRequest) async -> StatusResponse {
    switch request.path {
    case "/metrics": .metrics(await metrics())
    // The process answers, so it lives; CoreDNS' path and Kubernetes' usual ones.
    case "/health", "/healthz", "/livez": StatusResponse(body: "OK")
    case "/ready", "/readyz": readiness
    case "/explain": await explain(request.query)
    default: .notFound
    }
  }

  /// 200 while names are answered from a view that is young enough; 503 says why not, beginning
  /// with the word CoreDNS has for it.
  private var readiness: StatusResponse {
    guard server.isReady else {
      return StatusResponse(status: 503, body: "kubernetes: the API server has not been heard\n")
    }
    if let maximumAge, let age = server.cluster.age, age > maximumAge {
      return StatusResponse(
        status: 503,
        body: "kubernetes: the view is \(age.components.seconds) s old, more than "
          + "\(maximumAge.components.seconds) s\n")
    }
    return StatusResponse(body: "OK")
  }

  // MARK: Explanations

  /// `name`, and as the command has them `type`, `from` (`NAMESPACE/POD`), `namespace`, `output`.
  private func explain(_ query: [String: String]) async -> StatusResponse {
    guard let name = query["name"], !name.isEmpty else {
      return StatusResponse(status: 400, body: "say which name: /explain?name=db.default\n")
    }
    guard let type = RecordType(mnemonic: query["type"] ?? "A") else {
      return StatusResponse(status: 400, body: "type \(query["type"] ?? "") is not known\n")
    }
    var asker: ObjectKey?
    if let from = query["from"] {
      guard let key = ObjectKey(path: from) else {
        return StatusResponse(status: 400, body: "from is NAMESPACE/POD\n")
      }
      asker = key
    }
    let namespace = query["namespace"] ?? "default"
    do {
      var view = try await collector.view(for: name, from: asker, namespace: namespace)
      view.age = server.cluster.feed.age.seconds
      let explanation = Explainer(view).explain(name, type, from: asker, namespace: namespace)
      if query["output"] == "json" {
        return StatusResponse(
          contentType: "application/json",
          body: String(decoding: explanation.json.encoded(), as: UTF8.self) + "\n")
      }
      return StatusResponse(body: explanation.text)
    } catch {
      return StatusResponse(
        status: 503, body: "the API server, whose objects would explain it, says: \(error)\n")
    }
  }

  // MARK: Metrics

  private func metrics() async -> MetricsText {
    var text = MetricsText()
    queryMetrics(&text)
    viewMetrics(&text)
    snapshotMetrics(&text)
    if let counts = await server.forwardingCounts() { counts.append(to: &text) }
    return text
  }

  /// Under CoreDNS' names, for the dashboards there are.
  private func queryMetrics(_ text: inout MetricsText) {
    let counts = server.counts
    let zone = server.zone.domain.description
    let labels = [("server", "dns://"), ("zone", zone), ("view", "")]
    text.family("coredns_build_info", "gauge", "What answers under these names.")
    text.sample("coredns_build_info", [("version", "rollcall"), ("revision", "")], 1)
    text.family("coredns_dns_requests_total", "counter", "Queries by transport and type.")
    for (transport, types) in counts.queriesByTransport.sorted(by: { $0.key < $1.key }) {
      for (type, count) in types.sorted(by: { $0.key < $1.key }) {
        text.sample(
          "coredns_dns_requests_total", labels + [("proto", transport), ("type", type)],
          Double(count))
      }
    }
    text.family("coredns_dns_responses_total", "counter", "Responses by code.")
    for (code, count) in counts.responsesByCode.sorted(by: { $0.key < $1.key }) {
      text.sample(
        "coredns_dns_responses_total", labels + [("rcode", code), ("plugin", "kubernetes")],
        Double(count))
    }
    text.family(
      "coredns_kubernetes_dns_programming_duration_seconds", "histogram",
      "From the change of an endpoint until it is answered.")
    text.samples(
      "coredns_kubernetes_dns_programming_duration_seconds",
      [("service_kind", "headless_with_selector")],
      of: server.cluster.programmingLatency.histogram)
    text.family(
      "rollcall_dns_dropped_total", "counter", "Messages that were no queries and got no response.")
    text.sample("rollcall_dns_dropped_total", [], Double(counts.dropped))
    text.family(
      "rollcall_dns_truncated_responses_total", "counter", "Responses cut to fit the transport.")
    text.sample("rollcall_dns_truncated_responses_total", [], Double(counts.truncatedResponses))
    text.family(
      "rollcall_dns_limited_queries_total", "counter",
      "Queries above their clients' rate: sent to TCP, or dropped.")
    text.sample("rollcall_dns_limited_queries_total", [("action", "tcp")], Double(counts.slipped))
    text.sample("rollcall_dns_limited_queries_total", [("action", "drop")], Double(counts.limited))
    text.family("rollcall_dns_held_queries", "gauge", "Queries that wait for their names to come.")
    text.sample("rollcall_dns_held_queries", [], Double(server.heldQueries))
  }

  private func viewMetrics(_ text: inout MetricsText) {
    let cluster = server.cluster
    let index = cluster.feed.cell.load()
    text.family("rollcall_dns_ready", "gauge", "1 while names are answered.")
    text.sample("rollcall_dns_ready", [], server.isReady ? 1 : 0)
    if let age = cluster.age {
      text.family(
        "rollcall_dns_view_age_seconds", "gauge",
        "Since the API server, or the one before the restart, last told something.")
      text.sample("rollcall_dns_view_age_seconds", [], age / .seconds(1))
    }
    text.family("rollcall_dns_view_from_snapshot", "gauge", "1 until the API server is heard.")
    text.sample(
      "rollcall_dns_view_from_snapshot", [], cluster.feed.age.source == .snapshot ? 1 : 0)
    text.family(
      "rollcall_dns_view_revision", "gauge", "resourceVersion of the newest change answered.")
    text.sample("rollcall_dns_view_revision", [], Double(cluster.feed.revision))
    text.family("rollcall_dns_objects", "gauge", "Objects that are followed.")
    text.sample("rollcall_dns_objects", [("kind", "Service")], Double(cluster.counts.services))
    text.sample("rollcall_dns_objects", [("kind", "EndpointSlice")], Double(cluster.counts.slices))
    text.family("rollcall_dns_names", "gauge", "Names that exist or are expected.")
    text.sample("rollcall_dns_names", [("tree", "forward")], Double(index.names.count))
    text.sample("rollcall_dns_names", [("tree", "reverse")], Double(index.addresses.count))
    if index.hosts.count > 0 {
      text.family("coredns_hosts_entries", "gauge", "Names of the operator's own.")
      text.sample("coredns_hosts_entries", [], Double(index.hosts.count))
    }
  }

  private func snapshotMetrics(_ text: inout MetricsText) {
    let counts = server.cluster.snapshotCounts
    text.family("rollcall_dns_snapshot_writes_total", "counter", "Attempts to save the zone.")
    text.sample(
      "rollcall_dns_snapshot_writes_total", [("result", "success")], Double(counts.written))
    text.sample(
      "rollcall_dns_snapshot_writes_total", [("result", "error")], Double(counts.failed))
    text.family(
      "rollcall_dns_snapshot_written_timestamp_seconds", "gauge", "When the zone was last saved.")
    text.sample(
      "rollcall_dns_snapshot_written_timestamp_seconds", [], Double(counts.lastWritten))
  }
}

extension ObjectKey {
  /// Reads `NAMESPACE/NAME`.
  package init?(path: String) {
    let parts = path.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 2, parts.allSatisfy({ !$0.isEmpty }) else { return nil }
    self.init(namespace: String(parts[0]), name: String(parts[1]))
  }
}

extension RecordType {
  /// Reads a mnemonic, or `TYPE123`.
  package init?(mnemonic: String) {
    let text = mnemonic.uppercased()
    let known: [RecordType] = [
      .a, .aaaa, .ns, .cname, .soa, .ptr, .hinfo, .mx, .txt, .srv, .https, .any,
    ]
    if let type = known.first(where: { "\($0)" == text }) {
      self = type
    } else if text.hasPrefix("TYPE"), let number = UInt16(text.dropFirst(4)) {
      self.init(rawValue: number)
    } else {
      return nil
    }
  }
}
