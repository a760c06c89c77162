package import KubernetesAPI

/// Who may have whole zones.
package struct TransferAccess: Sendable, Equatable {
  package var networks: [CIDR]

  package init(_ networks: [CIDR]) { self.networks = networks }

  func allows(_ address: IPAddress) -> Bool { networks.contains { $0.contains(address) } }
}
