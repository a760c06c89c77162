package import KubernetesAPI

/// The parts a rule of a `FilterTable` is made of: each is a test that ends the rule where it
/// fails, or an action.
package enum FilterStatement: Sendable, Hashable {
  /// The packet came in by the link of this name.
  case inputLink(String)
  case sourceIn(CIDR)
  case destinationIn(CIDR)
  /// The destination is an address of this machine.
  case destinationIsLocal
  /// The connection's destination has been replaced.
  case isTranslated
  /// A set holds these fields.
  case member(String, [PacketField])
  /// Sends on to the address and port a map holds under these fields; the rule ends where it holds
  /// nothing.
  case translate(String, [PacketField])
  /// Replaces the source by the address of the link the packet leaves by.
  case masquerade
  case verdict(Verdict)
}

extension RuleExpressions {
  init(_ rule: [FilterStatement], _ family: IPAddress.Family) {
    self.init(family)
    for statement in rule { encode(statement) }
  }

  private mutating func encode(_ statement: FilterStatement) {
    switch statement {
    case .inputLink(let name):
      meta(0, key: 6)  // NFT_META_IIFNAME
      let bytes = Array(name.utf8.prefix(Link.longestName))
      compare(bytes + [UInt8](repeating: 0, count: Link.longestName + 1 - bytes.count))
    case .sourceIn(let range): match(.source, range)
    case .destinationIn(let range): match(.destination, range)
    case .destinationIsLocal: fib(flags: 2, isLocal: true)
    case .isTranslated: conntrack(key: 2, mask: 32)  // IPS_DST_NAT
    case .member(let set, let fields):
      load(fields)
      lookup(set)
    case .translate(let map, let fields):
      load(fields)
      lookup(map, into: Self.firstRegister)
      translate()
    case .masquerade: masquerade()
    case .verdict(let verdict): self.verdict(verdict)
    }
  }
}
