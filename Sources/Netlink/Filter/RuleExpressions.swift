package import KubernetesAPI

/// The kernel's form of a rule: expressions that load, compare and look up in registers of 32 bits
/// (nf_tables.h). Words count from the first of these registers.
package struct RuleExpressions {
  /// NFT_REG32_00, behind which the others follow.
  package static let firstRegister: UInt32 = 8
  package static let verdictRegister: UInt32 = 0

  package let family: IPAddress.Family
  private var expressions: [(name: String, body: NetlinkPayload)] = []

  package init(_ family: IPAddress.Family) { self.family = family }

  /// Words of an address.
  package var addressWords: UInt32 { family == .v6 ? 4 : 1 }

  /// NFTA_RULE_EXPRESSIONS.
  package func write(to payload: inout NetlinkPayload) {
    payload.nested(4) { list in
      for expression in expressions {
        list.nested(1) { item in
          item.attribute(1, string: expression.name)
          item.nested(2) { $0.append(bytes: expression.body.bytes) }
        }
      }
    }
  }

  /// Any expression, by its name in the kernel and its attributes.
  package mutating func add(_ name: String, _ build: (inout NetlinkPayload) -> Void) {
    var body = NetlinkPayload()
    build(&body)
    expressions.append((name, body))
  }

  /// A number as registers hold those the kernel counts itself.
  package static func host(_ value: UInt32) -> [UInt8] { withUnsafeBytes(of: value, Array.init) }

  // MARK: Loading

  /// Loads fields one behind the other, beginning at the first word.
  package mutating func load(_ fields: [PacketField]) {
    var word: UInt32 = 0
    for field in fields {
      load(field, word)
      word += field.isAddress ? addressWords : 1
    }
  }

  package mutating func load(_ field: PacketField, _ word: UInt32) {
    let size = addressWords * 4
    switch field {
    case .source: payload(word, base: 1, offset: family == .v4 ? 12 : 8, length: size)
    case .destination: payload(word, base: 1, offset: family == .v4 ? 16 : 24, length: size)
    case .sourcePort: payload(word, base: 2, offset: 0, length: 2)
    case .destinationPort: payload(word, base: 2, offset: 2, length: 2)
    case .transport: meta(word, key: 16)  // NFT_META_L4PROTO
    // NFT_CT_DST_IP, NFT_CT_DST_IP6; NFT_CT_PROTO_DST
    case .originalDestination: original(word, key: family == .v4 ? 20 : 22)
    case .originalDestinationPort: original(word, key: 12)
    }
  }

  /// - Parameter base: 1 is the network header, 2 the transport header.
  private mutating func payload(_ word: UInt32, base: UInt32, offset: UInt32, length: UInt32) {
    add("payload") {
      $0.attribute(1, bigEndian: Self.firstRegister + word)
      $0.attribute(2, bigEndian: base)
      $0.attribute(3, bigEndian: offset)
      $0.attribute(4, bigEndian: length)
    }
  }

  private mutating func original(_ word: UInt32, key: UInt32) {
    add("ct") {
      $0.attribute(1, bigEndian: Self.firstRegister + word)
      $0.attribute(2, bigEndian: key)
      $0.attribute(3, number: 0 as UInt8)  // IP_CT_DIR_ORIGINAL
    }
  }

  /// - Parameter key: NFT_META_*.
  package mutating func meta(_ word: UInt32, key: UInt32) {
    add("meta") {
      $0.attribute(1, bigEndian: Self.firstRegister + word)
      $0.attribute(2, bigEndian: key)
    }
  }

  // MARK: Tests

  /// The rule goes on for addresses in the range.
  package mutating func match(_ field: PacketField, _ range: CIDR) {
    let ones: IPAddress = family == .v4 ? .v4(.max) : .v6(high: .max, low: .max)
    let mask = CIDR(containing: ones, prefixLength: range.prefixLength)?.network.bytes ?? []
    load(field, 0)
    bitwise(mask: mask)
    compare(range.network.bytes)
  }

  /// The rule goes on for connections that have one of the bits.
  ///
  /// - Parameter key: NFT_CT_STATE or NFT_CT_STATUS.
  package mutating func conntrack(key: UInt32, mask: UInt32) {
    add("ct") {
      $0.attribute(1, bigEndian: Self.firstRegister)
      $0.attribute(2, bigEndian: key)
    }
    bitwise(mask: Self.host(mask))
    compare(Self.host(0), isEqual: false)
  }

  /// The rule goes on for addresses of this machine, or for others.
  ///
  /// - Parameter flags: NFTA_FIB_F_SADDR (1) or NFTA_FIB_F_DADDR (2).
  package mutating func fib(flags: UInt32, isLocal: Bool) {
    add("fib") {
      $0.attribute(1, bigEndian: Self.firstRegister)
      $0.attribute(2, bigEndian: 3 as UInt32)  // NFT_FIB_RESULT_ADDRTYPE
      $0.attribute(3, bigEndian: flags)
    }
    compare(Self.host(2), isEqual: isLocal)  // RTN_LOCAL
  }

  /// Masks what the first words hold, then turns the bits of `xor` over; nil turns none.
  package mutating func bitwise(mask: [UInt8], xor: [UInt8]? = nil) {
    add("bitwise") {
      $0.attribute(1, bigEndian: Self.firstRegister)
      $0.attribute(2, bigEndian: Self.firstRegister)
      $0.attribute(3, bigEndian: UInt32(mask.count))
      $0.nested(4) { $0.attribute(1, mask) }
      $0.nested(5) { $0.attribute(1, xor ?? [UInt8](repeating: 0, count: mask.count)) }
    }
  }

  package mutating func compare(_ value: [UInt8], isEqual: Bool = true) {
    add("cmp") {
      $0.attribute(1, bigEndian: Self.firstRegister)
      $0.attribute(2, bigEndian: isEqual ? 0 : 1 as UInt32)
      $0.nested(3) { $0.attribute(1, value) }
    }
  }

  /// Looks up what the first words hold.
  ///
  /// - Parameters:
  ///   - target: a register as the kernel numbers them; nil only asks whether it is there.
  ///   - inverted: whether the rule goes on where it is not.
  package mutating func lookup(_ set: String, into target: UInt32? = nil, inverted: Bool = false) {
    add("lookup") {
      $0.attribute(1, string: set)
      $0.attribute(2, bigEndian: Self.firstRegister)
      if let target { $0.attribute(3, bigEndian: target) }
      if inverted { $0.attribute(5, bigEndian: 1 as UInt32) }
    }
  }

  // MARK: Actions

  /// Replaces the destination by the address and the port behind it in the first words.
  package mutating func translate() {
    let number: UInt32 = family == .v4 ? 2 : 10
    let port = Self.firstRegister + addressWords
    add("nat") {
      $0.attribute(1, bigEndian: 1 as UInt32)  // NFT_NAT_DNAT
      $0.attribute(2, bigEndian: number)
      $0.attribute(3, bigEndian: Self.firstRegister)
      $0.attribute(5, bigEndian: port)
      $0.attribute(7, bigEndian: 2 as UInt32)  // NF_NAT_RANGE_PROTO_SPECIFIED
    }
  }

  /// Replaces the source by an address of the link the packet leaves by.
  package mutating func masquerade() {
    add("masq") { $0.attribute(1, bigEndian: 16 as UInt32) }  // Fully random.
  }

  package mutating func verdict(_ verdict: Verdict) {
    add("immediate") {
      $0.attribute(1, bigEndian: Self.verdictRegister)
      $0.nested(2) { verdict.write(to: &$0) }
    }
  }
}
