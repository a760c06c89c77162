package import KubernetesAPI

/// The addresses and ports Services may have.
package struct ServiceNetwork: Sendable, Equatable {
  /// One range, or one of each family, the primary first.
  package let ranges: [AddressRange]
  package let nodePorts: NodePortRange

  /// What Kubernetes clusters are usually set up with.
  package static let defaultServiceCIDR = "10.96.0.0/12"
  package static let defaultNodePortRange = "30000-32767"

  /// A setting that no cluster can run with, in words for the command line.
  package struct SettingError: Error, Sendable, Equatable, CustomStringConvertible {
    package var description: String
  }

  /// Reads the settings as the command line gives them.
  ///
  /// - Parameters:
  ///   - serviceCIDR: `10.96.0.0/12` or `10.96.0.0/12,fd00:10:96::/112`, the primary family first.
  ///   - nodePortRange: `30000-32767`, both ends included.
  package init(
    serviceCIDR: String = defaultServiceCIDR, nodePortRange: String = defaultNodePortRange
  ) throws(SettingError) {
    var ranges: [AddressRange] = []
    for text in serviceCIDR.split(separator: ",", omittingEmptySubsequences: false) {
      ranges.append(try AddressRange(parsing: String(text)))
    }
    if ranges.count > 2 || Set(ranges.map(\.family)).count != ranges.count {
      throw SettingError(
        description: "service CIDR \(serviceCIDR): give one range, or one IPv4 and one IPv6")
    }
    self.ranges = ranges
    nodePorts = try NodePortRange(parsing: nodePortRange)
  }

  package var primaryFamily: IPAddress.Family { ranges[0].family }
  package var isDualStack: Bool { ranges.count == 2 }
  package func range(of family: IPAddress.Family) -> AddressRange? {
    ranges.first { $0.family == family }
  }

  /// The address of the `kubernetes` Service: the first of the primary range.
  package var apiServerAddress: IPAddress { ranges[0].firstAddress }
}

/// The cluster IPs of one family.
///
/// Addresses are numbered by their offset from the network address. The network address itself is
/// never given out, nor is IPv4's broadcast address. Addresses at the lower end are left to those
/// who ask for a certain one, as long as there are others (KEP-3070).
package struct AddressRange: Sendable, Equatable {
  package let cidr: CIDR
  let bands: NumberBands

  /// - Throws: for text that is no range in canonical form, or one whose size does not fit.
  package init(parsing text: String) throws(ServiceNetwork.SettingError) {
    guard let cidr = CIDR(text) else {
      throw ServiceNetwork.SettingError(
        description: "service CIDR \(text): not a range such as 10.96.0.0/12")
    }
    guard cidr.description == text else {
      throw ServiceNetwork.SettingError(
        description: "service CIDR \(text): bits behind the prefix are set, write \(cidr)")
    }
    // 8 addresses are the least a kube-apiserver starts with, and 64 host bits the most.
    guard (3...64).contains(cidr.hostBits) else {
      throw ServiceNetwork.SettingError(
        description: "service CIDR \(text): must hold 8 addresses at least and 2^64 at most")
    }
    self.cidr = cidr
    let highest = cidr.hostBits == 64 ? UInt64.max : (1 << UInt64(cidr.hostBits)) - 1
    let last = cidr.family == .v4 ? highest - 1 : highest
    // A sixteenth of the size, which for 2^64 does not fit: 2^n / 16 = (2^n - 1) / 16 + 1.
    let sixteenth = highest / 16 + 1
    bands = NumberBands(
      first: 1, last: last, reserved: highest < 16 ? 0 : min(max(16, sixteenth), 256))
  }

  package var family: IPAddress.Family { cidr.family }
  package var firstAddress: IPAddress { address(bands.first) }

  /// The number of an address in the range that can be given out, nil for any other.
  func number(of address: IPAddress) -> UInt64? {
    guard let offset = cidr.offset(of: address), bands.contains(offset) else { return nil }
    return offset
  }

  /// - Precondition: the number is one of the range's.
  func address(_ number: UInt64) -> IPAddress { cidr.address(at: number) ?? cidr.network }
}

/// The ports that nodes open for Services. Those at the lower end are left to those who ask for a
/// certain one, as long as there are others (KEP-3668).
package struct NodePortRange: Sendable, Equatable, CustomStringConvertible {
  let bands: NumberBands

  /// - Throws: for text that is not `LOWEST-HIGHEST` within 1 to 65535.
  package init(parsing text: String) throws(ServiceNetwork.SettingError) {
    let ends = text.split(separator: "-", omittingEmptySubsequences: false).map { UInt16($0) }
    guard ends.count == 2, let lowest = ends[0], let highest = ends[1], lowest > 0,
      lowest <= highest
    else {
      throw ServiceNetwork.SettingError(
        description: "node port range \(text): not a range such as 30000-32767")
    }
    let size = UInt64(highest - lowest) + 1
    bands = NumberBands(
      first: UInt64(lowest), last: UInt64(highest),
      reserved: size <= 16 ? 0 : min(max(16, size / 32), 128))
  }

  package var description: String { "\(bands.first)-\(bands.last)" }
}
