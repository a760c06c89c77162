package import KubernetesAPI

/// Addresses load balancers get, in a cluster without a cloud.
package struct AddressPool: Sendable, Equatable {
  package let ranges: [CIDR]

  /// How far a range is searched for a free address.
  private static let searchLimit: UInt64 = 65_536

  package init(_ ranges: [CIDR]) { self.ranges = ranges }

  package func contains(_ address: IPAddress) -> Bool {
    ranges.contains { $0.contains(address) }
  }

  /// The lowest free address of a family. Network and broadcast addresses of IPv4 ranges of more
  /// than two addresses are left out.
  package func free(_ family: IPAddress.Family, taken: Set<IPAddress>) -> IPAddress? {
    for range in ranges where range.family == family {
      let size =
        range.hostBits >= 16 ? Self.searchLimit : UInt64(1) << UInt64(range.hostBits)
      let hasEnds = range.hostBits >= 2
      for offset in (hasEnds ? 1 : 0)..<size {
        if hasEnds, family == .v4, range.hostBits < 16, offset == size - 1 { break }
        if let address = range.address(at: offset), !taken.contains(address) { return address }
      }
    }
    return nil
  }
}
