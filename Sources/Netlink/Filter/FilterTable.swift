package import KubernetesAPI

/// A small table of nftables, put in place whole: for rules that are few and seldom change, so that
/// writing all of them costs less than keeping account of differences.
package struct FilterTable: Sendable, Hashable {
  package struct Chain: Sendable, Hashable {
    package var name: String
    package var hook: ChainHook?
    package var rules: [[FilterStatement]]

    package init(_ name: String, hook: ChainHook? = nil, rules: [[FilterStatement]]) {
      self.name = name
      self.hook = hook
      self.rules = rules
    }
  }

  /// A set of packet fields, or a map from them to an address and port.
  package struct Lookup: Sendable, Hashable {
    package var name: String
    package var key: [PacketField]
    package var isMap: Bool
    /// Keys and values in network order, each field padded to 32 bits; values are empty in sets.
    package var elements: [[UInt8]: [UInt8]]

    package init(
      _ name: String, key: [PacketField], isMap: Bool, elements: [[UInt8]: [UInt8]]
    ) {
      self.name = name
      self.key = key
      self.isMap = isMap
      self.elements = elements
    }
  }

  package var name: String
  package var family: IPAddress.Family
  package var lookups: [Lookup]
  /// In an order in which no chain is named before it exists.
  package var chains: [Chain]

  package init(
    _ name: String, family: IPAddress.Family, lookups: [Lookup] = [], chains: [Chain] = []
  ) {
    self.name = name
    self.family = family
    self.lookups = lookups
    self.chains = chains
  }

  // MARK: Keys and values

  package static func append(_ address: IPAddress, to bytes: inout [UInt8]) {
    bytes += address.bytes
  }

  package static func append(_ transport: TransportProtocol, to bytes: inout [UInt8]) {
    bytes += [FilterMessage.number(of: transport), 0, 0, 0]
  }

  package static func append(port: UInt16, to bytes: inout [UInt8]) {
    bytes += [UInt8(port >> 8), UInt8(truncatingIfNeeded: port), 0, 0]
  }
}

extension FilterTable {
  /// Messages that put the table in place of any of its name, in one batch.
  var replacement: [NetlinkMessage] {
    // Made first, so that there is one to be deleted.
    removal + [FilterMessage.table(self)]
      + lookups.enumerated().flatMap { index, lookup in
        [FilterMessage.set(lookup, self, identifier: UInt32(index + 1))]
          + FilterMessage.elements(lookup, self)
      } + chains.map { FilterMessage.chain($0, self) }
      + chains.flatMap { chain in chain.rules.map { FilterMessage.rule($0, chain, self) } }
  }

  /// Messages that delete the table, whether it is there or not.
  var removal: [NetlinkMessage] { [FilterMessage.table(self), FilterMessage.deleteTable(self)] }
}
