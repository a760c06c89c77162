import ArgumentParser
import KubernetesAPI

/// `V4[,V6]`: the ranges cluster IPs come from; the first is the primary family.
struct ServiceCIDRs: ExpressibleByArgument, Equatable {
  /// One range, or two of different families.
  var ranges: [CIDR]

  init(ranges: [CIDR]) { self.ranges = ranges }

  init?(argument: String) {
    let ranges = argument.split(separator: ",", omittingEmptySubsequences: false).map {
      CIDR(String($0))
    }
    guard (1...2).contains(ranges.count), !ranges.contains(nil) else { return nil }
    self.init(ranges: ranges.compactMap(\.self))
    if self.ranges.count == 2, self.ranges[0].family == self.ranges[1].family { return nil }
  }

  var defaultValueDescription: String { ranges.map(\.description).joined(separator: ",") }
}

/// `A-B`: the ports NodePort Services get.
struct PortRange: ExpressibleByArgument, Equatable {
  var ports: ClosedRange<UInt16>

  init(_ ports: ClosedRange<UInt16>) { self.ports = ports }

  init?(argument: String) {
    let ends = argument.split(separator: "-", omittingEmptySubsequences: false).map { UInt16($0) }
    guard ends.count == 2, let low = ends[0], let high = ends[1], low > 0, low <= high else {
      return nil
    }
    self.init(low...high)
  }

  var defaultValueDescription: String { "\(ports.lowerBound)-\(ports.upperBound)" }
}

/// The domain the cluster's names end in, without a dot at the end.
struct ClusterDomain: ExpressibleByArgument, Equatable {
  var name: String

  init(name: String) { self.name = name }

  init?(argument: String) {
    let name = argument.hasSuffix(".") ? String(argument.dropLast()) : argument
    let labels = name.split(separator: ".", omittingEmptySubsequences: false)
    let isValid = labels.allSatisfy { label in
      (1...63).contains(label.utf8.count) && label.first != "-" && label.last != "-"
        && label.utf8.allSatisfy { byte in
          byte == UInt8(ascii: "-") || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
            || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
        }
    }
    // Room for the longest names below: `_port._proto.host.service.namespace.svc.`.
    guard isValid, name.utf8.count <= 100 else { return nil }
    self.init(name: name.lowercased())
  }

  var defaultValueDescription: String { name }
}
