import DNSMessage
import KubernetesAPI

/// The names a resolver makes of what it is asked, as its resolv.conf has it.
struct SearchPath: Equatable {
  /// Domains without the final dot.
  var domains: [String]
  var ndots: Int

  /// The search path kubelet gives a Pod of a namespace.
  static func clusterFirst(namespace: String, domain: String) -> SearchPath {
    SearchPath(
      domains: ["\(namespace).svc.\(domain)", "svc.\(domain)", domain], ndots: 5)
  }

  /// The path of a Pod by its DNS policy. The node's own search domains, which kubelet adds, are
  /// not known here.
  static func of(_ pod: ExplainedPod, domain: String) -> SearchPath {
    var path = SearchPath(domains: [], ndots: 1)
    if pod.asksCluster {
      path = clusterFirst(namespace: pod.metadata.namespace, domain: domain)
    }
    for search in pod.searches {
      let name = search.hasSuffix(".") ? String(search.dropLast()) : search
      if !path.domains.contains(name) { path.domains.append(name) }
    }
    if let ndots = pod.ndots { path.ndots = ndots }
    return path
  }

  /// The names to try, in order, all absolute and without the final dot.
  func candidates(for name: String) -> [String] {
    if name.hasSuffix(".") { return [String(name.dropLast())] }
    let completed = domains.map { "\(name).\($0)" }
    let dots = name.count { $0 == "." }
    return dots >= ndots ? [name] + completed : completed + [name]
  }
}

extension ExplainedPod {
  /// Whether its resolv.conf names the cluster's DNS server.
  var asksCluster: Bool {
    switch dnsPolicy {
    case "ClusterFirst": !pod.hostNetwork
    case "ClusterFirstWithHostNet": true
    default: false
    }
  }
}
