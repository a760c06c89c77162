import DNSMessage

/// A question as upstreams are asked it and the cache keeps it: of the Internet class, and
/// regardless of the letters' case.
struct ForwardedQuestion: Hashable, Sendable {
  struct Options: OptionSet, Hashable, Sendable {
    let rawValue: UInt8
    /// The client wants DNSSEC records.
    static let dnssecOK = Options(rawValue: 1)
    /// The client validates itself, so it also gets what does not validate.
    static let checkingDisabled = Options(rawValue: 2)
  }

  /// The name in wire form and lower case.
  let name: [UInt8]
  let type: RecordType
  let options: Options

  init(name: [UInt8], type: RecordType, options: Options = []) {
    self.name = name
    self.type = type
    self.options = options
  }

  init(_ name: DomainName, _ type: RecordType, options: Options = []) {
    self.init(name: name.lowercasedWire, type: type, options: options)
  }
}

extension ForwardedQuestion: CustomStringConvertible {
  var description: String { "\(DomainName(wire: name) ?? .root) \(type)" }
}
