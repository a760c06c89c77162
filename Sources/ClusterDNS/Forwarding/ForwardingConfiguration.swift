package import DNSMessage

/// Where questions go that the cluster's zone does not answer.
package struct ForwardingConfiguration: Sendable, Equatable {
  /// In which order the upstreams of a group are tried.
  package enum Policy: String, Sendable, CaseIterable {
    case random
    case roundRobin = "round_robin"
    case sequential
  }

  /// The upstreams of one domain and all below it.
  package struct Group: Sendable, Equatable {
    /// The root for everything that has no group of its own.
    package var domain: DomainName
    package var upstreams: [Upstream]
    package var policy: Policy

    package init(domain: DomainName = .root, upstreams: [Upstream], policy: Policy = .random) {
      self.domain = domain
      self.upstreams = upstreams
      self.policy = policy
    }
  }

  /// One per domain. Names in no group are refused.
  package var groups: [Group]
  /// Questions at upstreams at one time; others wait.
  package var concurrentQuestions = ForwardingLimits.concurrentQuestions
  /// A PEM file of the certificate authorities that TLS upstreams are checked against; nil for the
  /// system's.
  package var trustRoots: String?
  package var cache = CacheConfiguration()
  /// Domains of the host's search path, which Pods have behind those of the cluster; for names
  /// whose search is completed here.
  package var searchDomains: [DomainName] = []
  /// Whether upstreams are checked for questions that come back to us.
  package var detectsLoops = true

  package init(groups: [Group]) { self.groups = groups }

  /// Whether there is nobody to ask.
  package var isEmpty: Bool { groups.allSatisfy(\.upstreams.isEmpty) }
}
