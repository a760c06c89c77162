package import KubernetesAPI

/// What the operator decides about the tables.
package struct TableSettings: Sendable, Equatable {
  /// The bit of packet marks that says "replace the source".
  package var masqueradeBit: UInt32
  /// Replace the source of everything sent to a cluster IP.
  package var masqueradeAll: Bool
  /// Addresses of Pods; empty where nobody says, and then no source counts as off-cluster.
  package var podRanges: [CIDR]

  package init(
    masqueradeBit: UInt32 = 1 << 14, masqueradeAll: Bool = false, podRanges: [CIDR] = []
  ) {
    self.masqueradeBit = masqueradeBit
    self.masqueradeAll = masqueradeAll
    self.podRanges = podRanges
  }
}
