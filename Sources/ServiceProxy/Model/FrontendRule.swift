package import KubernetesAPI

/// What the node does with new connections to one frontend.
package struct FrontendRule: Sendable, Hashable {
  package enum Treatment: Sendable, Hashable {
    case route(Route)
    /// Refused at once: the Service has no endpoints at all.
    case reject
    /// Dropped: the policy wants endpoints of this node, and it has none.
    case drop
  }

  package var frontend: Frontend
  /// Whether clients outside the cluster use it: everything but cluster IPs.
  package var isExternal: Bool
  package var treatment: Treatment
  /// Only these sources may use the frontend; nil admits all.
  package var allowedSources: [CIDR]?
  /// Every endpoint that answers, whether or not policy and topology choose it: connections that
  /// lead there are right, however they came about.
  package var serving: [Backend]

  package init(
    _ frontend: Frontend, isExternal: Bool, _ treatment: Treatment, allowedSources: [CIDR]? = nil,
    serving: [Backend] = []
  ) {
    self.frontend = frontend
    self.isExternal = isExternal
    self.treatment = treatment
    self.allowedSources = allowedSources
    self.serving = serving
  }

  /// Every endpoint the frontend may send to.
  package var backends: [Backend] {
    if case .route(let route) = treatment { route.backends + route.inside } else { [] }
  }
}

/// The endpoints of a frontend, and what becomes of the source address on the way.
package struct Route: Sendable, Hashable {
  /// Whose source address is replaced by the node's.
  package enum Scope: String, Sendable, Hashable, CaseIterable {
    /// A cluster IP: sources outside the cluster.
    case cluster
    /// An external address with the policy Cluster: every source, because the answer must come back
    /// by this node.
    case external
    /// An external address with the policy Local: nobody outside; clients inside the cluster reach
    /// `inside`, with the node's own source replaced.
    case local
  }

  package var scope: Scope
  /// In the order of their slots.
  package var backends: [Backend]
  /// With the scope `local`: what clients inside the cluster reach. Empty otherwise.
  package var inside: [Backend]
  /// Seconds a client stays with its endpoint.
  package var affinity: UInt32?

  package init(
    _ scope: Scope, _ backends: [Backend], inside: [Backend] = [], affinity: UInt32? = nil
  ) {
    self.scope = scope
    self.backends = backends
    self.inside = inside
    self.affinity = affinity
  }
}
