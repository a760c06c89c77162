import KubernetesAPI
import Netlink

/// The kernel's form of our rules: expressions that load, compare and look up in registers of 32
/// bits (nf_tables.h). The only place that knows it.
struct RuleEncoder {
  let family: IPAddress.Family
  private var expressions: [(name: String, body: NetlinkPayload)] = []

  init(_ rule: [RuleStatement], _ family: IPAddress.Family) {
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

  private var addressWords: UInt32 { family == .v6 ? 4 : 1 }

  // MARK: Statements

  private mutating func encode(_ statement: RuleStatement) {
    switch statement {
    case .isInvalid: conntrack(key: 0, mask: 1)  // NF_CT_STATE_INVALID_BIT
    case .isNew: conntrack(key: 0, mask: 8)  // NF_CT_STATE_BIT(IP_CT_NEW)
    case .isTCP:
      load(.transport, 0)
      compare(0, [UInt8(6)], isEqual: true)  // IPPROTO_TCP
    case .isTranslated: conntrack(key: 2, mask: 32)  // IPS_DST_NAT
    case .sourceIn(let range):
      load(.source, 0)
      let ones: IPAddress = family == .v4 ? .v4(.max) : .v6(high: .max, low: .max)
      let mask = CIDR(containing: ones, prefixLength: range.prefixLength)?.network.bytes ?? []
      bitwise(0, mask: mask, xor: [UInt8](repeating: 0, count: mask.count))
      compare(0, range.network.bytes, isEqual: true)
    case .sourceIsLocal: fib(flags: 1, isLocal: true)
    case .destinationIsLocal(let isLocal): fib(flags: 2, isLocal: isLocal)
    case .member(let set, let fields, let isMember):
      load(fields)
      lookup(set, from: 0, inverted: !isMember)
    case .dispatch(let set, let fields):
      load(fields)
      lookup(set, from: 0, into: Self.verdictRegister)
    case .isMarked(let bit):
      loadMark()
      bitwise(0, mask: Self.host(bit), xor: Self.host(0))
      compare(0, Self.host(0), isEqual: false)
    case .mark(let bit): setMark(mask: ~bit, xor: bit)
    case .unmark(let bit): setMark(mask: ~bit, xor: 0)
    case .translate(let map, let count):
      pick(map, count)
      translate(address: 0, port: addressWords)
    case .translateRemembered:
      load([.source, .destination, .transport, .destinationPort])
      lookup(.affinity, from: 0, into: Self.firstRegister)
      translate(address: 0, port: addressWords)
    case .remember(let seconds):
      load([
        .source, .originalDestination, .transport, .originalDestinationPort, .destination,
        .destinationPort,
      ])
      let endpoint = Self.firstRegister + 2 * addressWords + 2
      add("dynset") {
        $0.attribute(1, string: ProxySet.affinity.rawValue)
        $0.attribute(3, bigEndian: 1 as UInt32)  // NFT_DYNSET_OP_UPDATE
        $0.attribute(4, bigEndian: Self.firstRegister)
        $0.attribute(5, bigEndian: endpoint)
        $0.attribute(6, bigEndian: UInt64(seconds) * 1000)
      }
    case .masquerade: add("masq") { $0.attribute(1, bigEndian: 16 as UInt32) }  // Fully random.
    case .reject:
      let portUnreachable: UInt8 = family == .v4 ? 3 : 4
      add("reject") {
        $0.attribute(1, bigEndian: 0 as UInt32)  // NFT_REJECT_ICMP_UNREACH
        $0.attribute(2, number: portUnreachable)
      }
    case .reset:
      add("reject") { $0.attribute(1, bigEndian: 1 as UInt32) }  // NFT_REJECT_TCP_RST
    case .verdict(let verdict):
      add("immediate") {
        $0.attribute(1, bigEndian: Self.verdictRegister)
        $0.nested(2) { Self.write(verdict, to: &$0) }
      }
    }
  }

  static func write(_ verdict: Verdict, to payload: inout NetlinkPayload) {
    payload.nested(2) { inner in
      switch verdict {
      case .drop: inner.attribute(1, bigEndian: 0 as Int32)
      case .returns: inner.attribute(1, bigEndian: -5 as Int32)
      case .jump(let chain):
        inner.attribute(1, bigEndian: -3 as Int32)
        inner.attribute(2, string: chain)
      case .goto(let chain):
        inner.attribute(1, bigEndian: -4 as Int32)
        inner.attribute(2, string: chain)
      }
    }
  }

  // MARK: Translation

  /// Looks up a random slot of the frontend; the endpoint is in the first registers then.
  private mutating func pick(_ map: ProxySet, _ count: Int) {
    let port: [RuleStatement.PacketField] = [.transport, .destinationPort]
    let hasAddress = map.key.first == .address
    load(hasAddress ? [.destination] + port : port)
    let slot = Self.firstRegister + (hasAddress ? addressWords : 0) + 2
    add("numgen") {
      $0.attribute(1, bigEndian: slot)
      $0.attribute(2, bigEndian: UInt32(clamping: count))
      $0.attribute(3, bigEndian: 1 as UInt32)  // NFT_NG_RANDOM
      $0.attribute(4, bigEndian: 0 as UInt32)
    }
    lookup(map, from: 0, into: Self.firstRegister)
  }

  private mutating func translate(address: UInt32, port: UInt32) {
    let number: UInt32 = family == .v4 ? 2 : 10
    add("nat") {
      $0.attribute(1, bigEndian: 1 as UInt32)  // NFT_NAT_DNAT
      $0.attribute(2, bigEndian: number)
      $0.attribute(3, bigEndian: Self.firstRegister + address)
      $0.attribute(5, bigEndian: Self.firstRegister + port)
      $0.attribute(7, bigEndian: 2 as UInt32)  // NF_NAT_RANGE_PROTO_SPECIFIED
    }
  }

  // MARK: Expressions

  private mutating func load(_ fields: [RuleStatement.PacketField]) {
    var word: UInt32 = 0
    for field in fields {
      load(field, word)
      word += field.isAddress ? addressWords : 1
    }
  }

  private mutating func load(_ field: RuleStatement.PacketField, _ word: UInt32) {
    switch field {
    case .source: payload(word, base: 1, offset: family == .v4 ? 12 : 8, length: addressWords * 4)
    case .destination:
      payload(word, base: 1, offset: family == .v4 ? 16 : 24, length: addressWords * 4)
    case .sourcePort: payload(word, base: 2, offset: 0, length: 2)
    case .destinationPort: payload(word, base: 2, offset: 2, length: 2)
    case .transport: meta(word, key: 16)  // NFT_META_L4PROTO
    // NFT_CT_DST_IP, NFT_CT_DST_IP6; NFT_CT_PROTO_DST
    case .originalDestination: original(word, key: family == .v4 ? 20 : 22)
    case .originalDestinationPort: original(word, key: 12)
    }
  }

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

  private mutating func meta(_ word: UInt32, key: UInt32) {
    add("meta") {
      $0.attribute(1, bigEndian: Self.firstRegister + word)
      $0.attribute(2, bigEndian: key)
    }
  }

  private mutating func loadMark() { meta(0, key: 3) }  // NFT_META_MARK

  private mutating func setMark(mask: UInt32, xor: UInt32) {
    loadMark()
    bitwise(0, mask: Self.host(mask), xor: Self.host(xor))
    add("meta") {
      $0.attribute(2, bigEndian: 3 as UInt32)
      $0.attribute(3, bigEndian: Self.firstRegister)
    }
  }

  private mutating func conntrack(key: UInt32, mask: UInt32) {
    add("ct") {
      $0.attribute(1, bigEndian: Self.firstRegister)
      $0.attribute(2, bigEndian: key)
    }
    bitwise(0, mask: Self.host(mask), xor: Self.host(0))
    compare(0, Self.host(0), isEqual: false)
  }

  private mutating func fib(flags: UInt32, isLocal: Bool) {
    add("fib") {
      $0.attribute(1, bigEndian: Self.firstRegister)
      $0.attribute(2, bigEndian: 3 as UInt32)  // NFT_FIB_RESULT_ADDRTYPE
      $0.attribute(3, bigEndian: flags)
    }
    compare(0, Self.host(2), isEqual: isLocal)  // RTN_LOCAL
  }

  private mutating func bitwise(_ word: UInt32, mask: [UInt8], xor: [UInt8]) {
    add("bitwise") {
      $0.attribute(1, bigEndian: Self.firstRegister + word)
      $0.attribute(2, bigEndian: Self.firstRegister + word)
      $0.attribute(3, bigEndian: UInt32(mask.count))
      $0.nested(4) { $0.attribute(1, mask) }
      $0.nested(5) { $0.attribute(1, xor) }
    }
  }

  private mutating func compare(_ word: UInt32, _ value: [UInt8], isEqual: Bool) {
    add("cmp") {
      $0.attribute(1, bigEndian: Self.firstRegister + word)
      $0.attribute(2, bigEndian: isEqual ? 0 : 1 as UInt32)
      $0.nested(3) { $0.attribute(1, value) }
    }
  }

  /// - Parameter target: a register as the kernel numbers them; nil only asks whether it is there.
  private mutating func lookup(
    _ set: ProxySet, from word: UInt32, into target: UInt32? = nil, inverted: Bool = false
  ) {
    add("lookup") {
      $0.attribute(1, string: set.rawValue)
      $0.attribute(2, bigEndian: Self.firstRegister + word)
      if let target { $0.attribute(3, bigEndian: target) }
      if inverted { $0.attribute(5, bigEndian: 1 as UInt32) }
    }
  }

  private static func host(_ value: UInt32) -> [UInt8] { withUnsafeBytes(of: value, Array.init) }
}

extension RuleStatement.PacketField {
  fileprivate var isAddress: Bool {
    self == .source || self == .destination || self == .originalDestination
  }
}
