import Telemetry

// What was forwarded and cached, under the names CoreDNS has for it.
extension ForwardingCounts {
  func append(to text: inout MetricsText) {
    appendQueries(to: &text)
    upstreams.append(to: &text)
    cache.append(to: &text)
  }

  private func appendQueries(to text: inout MetricsText) {
    text.family(
      "rollcall_dns_forwarded_queries_total", "counter", "Queries for names of other zones.")
    text.sample("rollcall_dns_forwarded_queries_total", [], Double(queries))
    text.family(
      "rollcall_dns_forwarded_responses_total", "counter", "Responses to them, by code.")
    for (code, count) in responsesByCode.sorted(by: { $0.key < $1.key }) {
      text.sample("rollcall_dns_forwarded_responses_total", [("rcode", code)], Double(count))
    }
    // Ours drops the oldest, where CoreDNS refuses the newest.
    text.family(
      "coredns_forward_max_concurrent_rejects_total", "counter",
      "Queries dropped because too many waited.")
    text.sample("coredns_forward_max_concurrent_rejects_total", [], Double(shed))
  }
}

extension UpstreamCounts {
  fileprivate func append(to text: inout MetricsText) {
    let answered = responses.sorted {
      ($0.key.upstream.description, $0.key.code) < ($1.key.upstream.description, $1.key.code)
    }
    text.family("coredns_forward_requests_total", "counter", "Queries sent, by name server.")
    append(requests, "coredns_forward_requests_total", to: &text)
    text.family(
      "coredns_forward_responses_total", "counter", "Responses, by name server and code.")
    for (response, durations) in answered {
      text.sample(
        "coredns_forward_responses_total", response.labels,
        Double(durations.buckets.reduce(0, +)))
    }
    for name in [
      "coredns_forward_request_duration_seconds", "coredns_proxy_request_duration_seconds",
    ] {
      text.family(name, "histogram", "From a query to its response.")
      let own = name.hasPrefix("coredns_proxy") ? [("proxy_name", "forward")] : []
      for (response, durations) in answered {
        durations.append(to: &text, name, own + response.labels)
      }
    }
    text.family("rollcall_dns_upstream_failures_total", "counter", "Queries without a response.")
    append(failures, "rollcall_dns_upstream_failures_total", to: &text)
    text.family(
      "rollcall_dns_upstream_healthcheck_failures_total", "counter",
      "Checks of name servers that were down, and still are.")
    text.sample(
      "rollcall_dns_upstream_healthcheck_failures_total", [], Double(healthCheckFailures))
    text.family(
      "rollcall_dns_upstream_down_total", "counter", "Times a name server was found to be down.")
    text.sample("rollcall_dns_upstream_down_total", [], Double(wentDown))
    text.family(
      "rollcall_dns_upstream_loops_total", "counter",
      "Times a name server was found to forward to this one.")
    text.sample("rollcall_dns_upstream_loops_total", [], Double(loops))
    text.family(
      "rollcall_dns_suspicious_responses_total", "counter",
      "Queries asked again over TCP because someone may have been guessing.")
    text.sample("rollcall_dns_suspicious_responses_total", [], Double(suspicious))
  }

  private func append(
    _ counts: [Upstream: UInt64], _ name: String, to text: inout MetricsText
  ) {
    for (upstream, count) in counts.sorted(by: { $0.key.description < $1.key.description }) {
      text.sample(name, [("to", upstream.description)], Double(count))
    }
  }
}

extension UpstreamCounts.Response {
  fileprivate var labels: [(String, String)] {
    [("to", upstream.description), ("rcode", code)]
  }
}

extension UpstreamCounts.Durations {
  fileprivate func append(
    to text: inout MetricsText, _ name: String, _ labels: [(String, String)]
  ) {
    var count: UInt64 = 0
    for (index, bucket) in buckets.enumerated() {
      count += bucket
      let bound =
        index < UpstreamCounts.bounds.count ? "\(UpstreamCounts.bounds[index])" : "+Inf"
      text.sample("\(name)_bucket", labels + [("le", bound)], Double(count))
    }
    text.sample("\(name)_sum", labels, sum)
    text.sample("\(name)_count", labels, Double(count))
  }
}

extension CacheCounts {
  fileprivate func append(to text: inout MetricsText) {
    let server = [("server", "dns://")]
    let place = [("zones", "."), ("view", "")]
    func add(_ name: String, _ help: String, _ samples: [(String?, UInt64)]) {
      text.family(name, "counter", help)
      for (type, value) in samples {
        text.sample(name, server + (type.map { [("type", $0)] } ?? []) + place, Double(value))
      }
    }
    text.family("coredns_cache_entries", "gauge", "Answers kept.")
    text.sample("coredns_cache_entries", server + place, Double(entries))
    text.family("rollcall_dns_cache_bytes", "gauge", "Memory of the answers kept.")
    text.sample("rollcall_dns_cache_bytes", [], Double(bytes))
    add(
      "coredns_cache_hits_total", "Answers from the cache.",
      [("success", hits - negativeHits), ("denial", negativeHits)])
    add("coredns_cache_misses_total", "Questions that the cache does not answer.", [(nil, misses)])
    add("coredns_cache_requests_total", "Questions to the cache.", [(nil, hits + misses)])
    add("coredns_cache_prefetch_total", "Answers fetched before they end.", [(nil, prefetches)])
    add("coredns_cache_served_stale_total", "Answers given behind their end.", [(nil, servedStale)])
    add("coredns_cache_evictions_total", "Answers dropped for others.", [(nil, evictions)])
    add(
      "rollcall_dns_cache_joined_total", "Misses that joined a question under way.",
      [(nil, joined)])
    add(
      "rollcall_dns_cache_failures_total", "Failures answered from memory.",
      [(nil, cachedFailures)])
  }
}
