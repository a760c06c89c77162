import KubernetesAPI

/// The node the proxy works on.
package struct ProxyNode: Sendable, Equatable {
  package var name: String
  /// Nil where the Node carries none (yet).
  package var zone: String?

  package init(name: String, zone: String? = nil) {
    self.name = name
    self.zone = zone
  }
}
