package import DNSMessage
package import KubernetesAPI

/// What is served, apart from the objects of the cluster.
package struct ZoneConfiguration: Sendable {
  /// The zone the Services' names are in.
  package var domain: DomainName
  /// Of all records, and for how long a denial may be kept; in seconds. Five, as CoreDNS' plugin
  /// has it: long enough for a burst of lookups, short enough for a moving Pod.
  package var ttl: UInt32 = 5
  /// The ranges of cluster addresses, whose reverse zones are served whole.
  package var serviceRanges: [CIDR] = []
  /// What `ns.dns.<domain>` resolves to while the cluster has no DNS Service.
  package var nameServers: [IPAddress] = []
  /// The Service whose cluster addresses `ns.dns.<domain>` resolves to.
  package var nameServerService = ObjectKey(namespace: "kube-system", name: "kube-dns")
  /// Names of Pods by address. CoreDNS' plugin has them disabled too unless told otherwise.
  package var pods = PodRecords.disabled
  /// Whether it is kept which Pod an address is, so that search paths can be completed.
  package var knowsAskers = false

  /// Whether all Pods have to be followed.
  var needsPods: Bool { pods == .verified || knowsAskers }

  package init(domain: DomainName) { self.domain = domain }

  /// `cluster.local`, the domain of clusters that were not told otherwise.
  package static let defaultDomain =
    DomainName(labels: ["cluster".utf8, "local".utf8]) ?? DomainName.root
}

/// The version of the schema of names that is followed, and published as `dns-version`.
enum ZoneSchema {
  static let version = "1.1.0"
}
