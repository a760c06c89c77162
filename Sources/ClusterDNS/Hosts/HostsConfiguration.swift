package import DNSMessage
package import KubernetesAPI

/// One name of an address, as hosts files have it.
package struct HostsEntry: Sendable, Equatable {
  package var name: DomainName
  package var address: IPAddress

  package init(name: DomainName, address: IPAddress) {
    self.name = name
    self.address = address
  }
}

/// Names of the operator's own, answered before those of the cluster (CoreDNS's plugin `hosts`).
package struct HostsConfiguration: Sendable, Equatable {
  /// Those written into the configuration. They come behind those of the file.
  package var entries: [HostsEntry] = []
  /// A file in the form of hosts(5), read again when it changes; nil for none.
  package var file: String?
  /// Names in no such zone are passed over; empty for all names.
  package var zones: [DomainName] = []
  /// Names in such a zone are passed over, too.
  package var exceptZones: [DomainName] = []
  /// Zones whose other names are answered SERVFAIL instead of being looked for elsewhere.
  package var deniedZones: [DomainName] = []
  /// Seconds records may be kept.
  package var ttl: UInt32 = 3600
  /// Whether addresses have their names in reverse.
  package var answersReverse = true
  /// Seconds between looks at the file; 0 reads it once.
  package var reload: Double = 5

  package init() {}

  func covers(_ name: DomainName) -> Bool {
    (zones.isEmpty || zones.contains { name.isWithin($0) })
      && !exceptZones.contains { name.isWithin($0) }
  }
}

/// The text of a hosts file (hosts(5)): addresses with names, a comment behind `#`.
enum HostsFile {
  /// More is no file for people.
  static let largestFile = 16 << 20

  /// Its entries in order. Lines that are none, and names that cannot be, are passed over, as all
  /// readers of such files do.
  static func entries(_ text: String) -> [HostsEntry] {
    text.split(whereSeparator: \.isNewline).flatMap { line -> [HostsEntry] in
      let words = line.prefix { $0 != "#" }.split(whereSeparator: \.isWhitespace)
      guard let first = words.first, let address = IPAddress(Self.withoutZone(first)) else {
        return []
      }
      return words.dropFirst().compactMap { word in
        guard let name = DomainName(String(word)), name != .root else { return nil }
        return HostsEntry(name: name, address: address)
      }
    }
  }

  /// `fe80::1%eth0` as `fe80::1`.
  private static func withoutZone(_ word: Substring) -> String { String(word.prefix { $0 != "%" }) }
}
