import KubernetesAPI
import Telemetry

extension APIServer {
  /// The page `/metrics`.
  func metricsPage() -> APIResponse {
    var text = MetricsText()
    metrics.write(to: &text)
    writeCaches(to: &text)
    return APIResponse(
      status: 200, headers: ["content-type": "text/plain; version=0.0.4; charset=utf-8"],
      body: .bytes(Array(text.text.utf8)))
  }

  private func writeCaches(to text: inout MetricsText) {
    let counts = caches.map { ($0.kind.resource, $0.counts) }
    text.family("apiserver_storage_objects", "gauge", "Objects of each resource.")
    for (resource, counts) in counts {
      text.sample(
        "apiserver_storage_objects", [("resource", resource.qualifiedPlural)],
        Double(counts.objects))
    }
    text.family("apiserver_registered_watchers", "gauge", "Watches of each kind.")
    for (resource, counts) in counts {
      text.sample(
        "apiserver_registered_watchers",
        [("group", resource.group), ("kind", resource.kind), ("version", resource.version)],
        Double(counts.watchers))
    }
    text.family(
      "apiserver_terminated_watchers_total", "counter",
      "Watches that were cut off because their clients did not keep up.")
    for (resource, counts) in counts {
      text.sample(
        "apiserver_terminated_watchers_total",
        [("group", resource.group), ("resource", resource.plural)], Double(counts.cut))
    }
    text.family(
      "rollcall_watch_cache_events", "gauge", "Changes kept for watches that resume.")
    for (resource, counts) in counts {
      text.sample(
        "rollcall_watch_cache_events",
        [("group", resource.group), ("resource", resource.plural)], Double(counts.events))
    }
  }
}
