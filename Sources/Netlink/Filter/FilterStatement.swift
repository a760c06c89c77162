package import KubernetesAPI

/// The parts a rule of a `FilterTable` is made of: each is a test that ends the rule where it
/// fails, or an action.
package enum FilterStatement: Sendable, Hashable {
  package enum Field: Sendable, Hashable {
    case source, destination, transport, destinationPort
  }

  /// The packet came in by the link of this name.
  case inputLink(String)
  case sourceIn(CIDR)
  case destinationIn(CIDR)
  /// The destination is an address of this machine.
  case destinationIsLocal
  /// The connection's destination has been replaced.
  case isTranslated
  /// A set holds these fields.
  case member(String, [Field])
  /// Sends on to the address and port a map holds under these fields; the rule ends where it holds
  /// nothing.
  case translate(String, [Field])
  /// Replaces the source by the address of the link the packet leaves by.
  case masquerade
  case drop
  /// Goes back to the chain that jumped here.
  case returns
  case jump(String)
}

/// The kernel's form of a rule: expressions that load, compare and look up in registers of 32 bits
/// (nf_tables.h).
struct FilterExpressions {
  private let family: IPAddress.Family
  private var expressions: [(name: String, body: NetlinkPayload)] = []

  init(_ rule: [FilterStatement], _ family: IPAddress.Family) {
    self.family = family
    for statement in rule { encode(statement) }
  }

  /// NFTA_RULE_EXPRESSIONS.
  func write(to payload: inout NetlinkPayload) {
    payload.nested(4) { list in
      for expression in expressions {
        list.nested(1) { item in
          item.attribute(1, string: expression.name)
          item.nested(2) { $0.append(bytes: expression.body.bytes) }
        }
      }
    }
  }

  /// NFT_REG32_00, behind which the others follow.
  private static let firstRegister: UInt32 = 8
  private static let verdictRegister: UInt32 = 0

  private mutating func add(_ name: String, _ build: (inout NetlinkPayload) -> Void) {
    var body = NetlinkPayload()
    build(&body)
    expressions.append((name, body))
  }

  private var addressSize: UInt32 { family == .v6 ? 16 : 4 }

  private mutating func encode(_ statement: FilterStatement) {
    switch statement {
    case .inputLink(let name):
      meta(0, key: 6)  // NFT_META_IIFNAME
      let bytes = Array(name.utf8.prefix(Link.longestName))
      compare(bytes + [UInt8](repeating: 0, count: Link.longestName + 1 - bytes.count))
    case .sourceIn(let range): match(.source, range)
    case .destinationIn(let range): match(.destination, range)
    case .destinationIsLocal:
      add("fib") {
        $0.attribute(1, bigEndian: Self.firstRegister)
        $0.attribute(2, bigEndian: 3 as UInt32)  // NFT_FIB_RESULT_ADDRTYPE
        $0.attribute(3, bigEndian: 2 as UInt32)  // NFTA_FIB_F_DADDR
      }
      compare(Self.host(2))  // RTN_LOCAL
    case .isTranslated:
      add("ct") {
        $0.attribute(1, bigEndian: Self.firstRegister)
        $0.attribute(2, bigEndian: 2 as UInt32)  // NFT_CT_STATUS
      }
      bitwise(mask: Self.host(32))  // IPS_DST_NAT
      compare(Self.host(0), isEqual: false)
    case .member(let set, let fields):
      load(fields)
      lookup(set)
    case .translate(let map, let fields):
      load(fields)
      lookup(map, into: Self.firstRegister)
      translate()
    case .masquerade: add("masq") { $0.attribute(1, bigEndian: 16 as UInt32) }  // Fully random.
    case .drop: verdict(0)
    case .returns: verdict(-5)
    case .jump(let chain): verdict(-3, chain)
    }
  }

  private mutating func verdict(_ code: Int32, _ chain: String? = nil) {
    add("immediate") {
      $0.attribute(1, bigEndian: Self.verdictRegister)
      $0.nested(2) { data in
        data.nested(2) { inner in
          inner.attribute(1, bigEndian: code)
          if let chain { inner.attribute(2, string: chain) }
        }
      }
    }
  }

  private mutating func translate() {
    let number: UInt32 = family == .v4 ? 2 : 10
    let port = Self.firstRegister + addressSize / 4
    add("nat") {
      $0.attribute(1, bigEndian: 1 as UInt32)  // NFT_NAT_DNAT
      $0.attribute(2, bigEndian: number)
      $0.attribute(3, bigEndian: Self.firstRegister)
      $0.attribute(5, bigEndian: port)
      $0.attribute(7, bigEndian: 2 as UInt32)  // NF_NAT_RANGE_PROTO_SPECIFIED
    }
  }

  private mutating func match(_ field: FilterStatement.Field, _ range: CIDR) {
    let ones: IPAddress = family == .v4 ? .v4(.max) : .v6(high: .max, low: .max)
    let mask = CIDR(containing: ones, prefixLength: range.prefixLength)?.network.bytes ?? []
    load([field])
    bitwise(mask: mask)
    compare(range.network.bytes)
  }

  private mutating func load(_ fields: [FilterStatement.Field]) {
    var word: UInt32 = 0
    for field in fields {
      switch field {
      case .source: payload(word, base: 1, offset: family == .v4 ? 12 : 8, length: addressSize)
      case .destination:
        payload(word, base: 1, offset: family == .v4 ? 16 : 24, length: addressSize)
      case .transport: meta(word, key: 16)  // NFT_META_L4PROTO
      case .destinationPort: payload(word, base: 2, offset: 2, length: 2)
      }
      word += field == .source || field == .destination ? addressSize / 4 : 1
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

  private mutating func meta(_ word: UInt32, key: UInt32) {
    add("meta") {
      $0.attribute(1, bigEndian: Self.firstRegister + word)
      $0.attribute(2, bigEndian: key)
    }
  }

  private mutating func bitwise(mask: [UInt8]) {
    add("bitwise") {
      $0.attribute(1, bigEndian: Self.firstRegister)
      $0.attribute(2, bigEndian: Self.firstRegister)
      $0.attribute(3, bigEndian: UInt32(mask.count))
      $0.nested(4) { $0.attribute(1, mask) }
      $0.nested(5) { $0.attribute(1, [UInt8](repeating: 0, count: mask.count)) }
    }
  }

  private mutating func compare(_ value: [UInt8], isEqual: Bool = true) {
    add("cmp") {
      $0.attribute(1, bigEndian: Self.firstRegister)
      $0.attribute(2, bigEndian: isEqual ? 0 : 1 as UInt32)
      $0.nested(3) { $0.attribute(1, value) }
    }
  }

  private mutating func lookup(_ set: String, into target: UInt32? = nil) {
    add("lookup") {
      $0.attribute(1, string: set)
      $0.attribute(2, bigEndian: Self.firstRegister)
      if let target { $0.attribute(3, bigEndian: target) }
    }
  }

  private static func host(_ value: UInt32) -> [UInt8] { withUnsafeBytes(of: value, Array.init) }
}
