import ArgumentParser
import KubernetesAPI

/// `V4[,V6]`: the ranges Pods get their addresses from, one of each family at most.
struct PodRanges: ExpressibleByArgument, Equatable {
  var ranges: [CIDR]

  /// Nil unless every range has room for a few Pods and no more hosts than can be counted.
  init?(argument: String) {
    let ranges = argument.split(separator: ",", omittingEmptySubsequences: false)
      .map { CIDR(String($0)) }
    self.ranges = ranges.compactMap { $0 }
    guard self.ranges.count == ranges.count,
      self.ranges.allSatisfy({ (3...64).contains($0.hostBits) }),
      Set(self.ranges.map(\.family)).count == ranges.count
    else { return nil }
  }

  /// A network of the size Kubernetes gives a Node.
  static let standard = PodRanges(
    [CIDR(containing: .v4(0x0AF4_0000), prefixLength: 24)].compactMap { $0 })

  private init(_ ranges: [CIDR]) { self.ranges = ranges }

  var defaultValueDescription: String {
    ranges.map(\.description).joined(separator: ",")
  }
}
