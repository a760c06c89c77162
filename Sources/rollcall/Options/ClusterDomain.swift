import ArgumentParser

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
