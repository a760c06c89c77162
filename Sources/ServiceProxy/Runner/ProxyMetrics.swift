package import Telemetry

/// What the proxy counts, under kube-proxy's names where it measures the same.
package struct ProxyMetrics: Sendable {
  /// Seconds, from one millisecond to about half a minute.
  private static let bounds = Array(sequence(first: 0.001) { $0 * 2 }.prefix(16))
  /// kube-proxy's own: 0.25 to 300 seconds, and what lies below for us.
  private static let programmingBounds: [Double] =
    [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5] + (1...59).map(Double.init)
    + stride(from: 60.0, through: 105, by: 5) + [120, 150, 180, 210, 240, 270, 300]

  package var syncDuration = Histogram(bounds: bounds)
  package var fullSyncDuration = Histogram(bounds: bounds)
  package var partialSyncDuration = Histogram(bounds: bounds)
  package var programmingDuration = Histogram(bounds: programmingBounds)
  package var conntrackDuration = Histogram(bounds: bounds)
  package var conntrackDeleted: UInt64 = 0
  package var syncFailures: UInt64 = 0
  package var repairs: UInt64 = 0
  package var serviceChanges: UInt64 = 0
  package var endpointChanges: UInt64 = 0
  package var pendingServiceChanges = 0
  package var pendingEndpointChanges = 0
  /// Seconds since 1970.
  package var lastSync = 0.0
  package var lastQueued = 0.0
  package var withoutLocalInternally = 0
  package var withoutLocalExternally = 0
  package var services = 0
  package var elementsChanged: UInt64 = 0

  package init() {}

  package func write(to text: inout MetricsText) {
    func histogram(_ name: String, _ help: String, _ value: Histogram) {
      text.family(name, "histogram", help)
      text.samples(name, of: value)
    }
    func single(_ name: String, _ type: String, _ help: String, _ value: Double) {
      text.family(name, type, help)
      text.sample(name, [], value)
    }
    let prefix = "kubeproxy_"
    histogram(
      prefix + "sync_proxy_rules_duration_seconds", "Latency of one round of syncing.",
      syncDuration)
    histogram(
      prefix + "sync_full_proxy_rules_duration_seconds", "Latency of one full sync.",
      fullSyncDuration)
    histogram(
      prefix + "sync_partial_proxy_rules_duration_seconds", "Latency of one partial sync.",
      partialSyncDuration)
    histogram(
      prefix + "network_programming_duration_seconds",
      "From the change of a Service or Pod to the node routing by it.", programmingDuration)
    single(
      prefix + "sync_proxy_rules_last_timestamp_seconds", "gauge",
      "When rules were last synced successfully.", lastSync)
    single(
      prefix + "sync_proxy_rules_last_queued_timestamp_seconds", "gauge",
      "When a sync was last asked for.", lastQueued)
    single(
      prefix + "sync_proxy_rules_service_changes_pending", "gauge", "Service changes not synced.",
      Double(pendingServiceChanges))
    single(
      prefix + "sync_proxy_rules_service_changes_total", "counter", "Service changes seen.",
      Double(serviceChanges))
    single(
      prefix + "sync_proxy_rules_endpoint_changes_pending", "gauge",
      "Endpoint changes not synced.", Double(pendingEndpointChanges))
    single(
      prefix + "sync_proxy_rules_endpoint_changes_total", "counter", "Endpoint changes seen.",
      Double(endpointChanges))
    single(
      prefix + "sync_proxy_rules_nftables_sync_failures_total", "counter",
      "Transactions the kernel refused.", Double(syncFailures))
    let local = prefix + "sync_proxy_rules_no_local_endpoints_total"
    text.family(local, "gauge", "Services with policy Local and no endpoint on this node.")
    text.sample(local, [("traffic_policy", "internal")], Double(withoutLocalInternally))
    text.sample(local, [("traffic_policy", "external")], Double(withoutLocalExternally))
    histogram(
      prefix + "conntrack_reconciler_sync_duration_seconds", "Latency of looking for stale flows.",
      conntrackDuration)
    single(
      prefix + "conntrack_reconciler_deleted_entries_total", "counter", "Stale flows ended.",
      Double(conntrackDeleted))
    single(
      "rollcall_proxy_repairs_total", "counter", "Times somebody else had changed our tables.",
      Double(repairs))
    single("rollcall_proxy_services", "gauge", "Services known.", Double(services))
    single(
      "rollcall_proxy_elements_changed_total", "counter", "Map elements put in or taken out.",
      Double(elementsChanged))
  }
}
