import KubernetesAPI
import Netlink

/// The kernel's form of our rules. The only place that knows it.
struct RuleEncoder {
  private var expressions: RuleExpressions

  init(_ rule: [RuleStatement], _ family: IPAddress.Family) {
    expressions = RuleExpressions(family)
    for statement in rule { encode(statement) }
  }

  /// NFTA_RULE_EXPRESSIONS.
  func write(to payload: inout NetlinkPayload) { expressions.write(to: &payload) }

  private static let firstRegister = RuleExpressions.firstRegister

  private mutating func encode(_ statement: RuleStatement) {
    switch statement {
    case .isInvalid: expressions.conntrack(key: 0, mask: 1)  // NF_CT_STATE_INVALID_BIT
    case .isNew: expressions.conntrack(key: 0, mask: 8)  // NF_CT_STATE_BIT(IP_CT_NEW)
    case .isTCP:
      expressions.load([.transport])
      expressions.compare([6])  // IPPROTO_TCP
    case .isTranslated: expressions.conntrack(key: 2, mask: 32)  // IPS_DST_NAT
    case .sourceIn(let range): expressions.match(.source, range)
    case .sourceIsLocal: expressions.fib(flags: 1, isLocal: true)
    case .destinationIsLocal(let isLocal): expressions.fib(flags: 2, isLocal: isLocal)
    case .member(let set, let fields, let isMember):
      expressions.load(fields)
      expressions.lookup(set.rawValue, inverted: !isMember)
    case .dispatch(let set, let fields):
      expressions.load(fields)
      expressions.lookup(set.rawValue, into: RuleExpressions.verdictRegister)
    case .isMarked(let bit):
      loadMark()
      expressions.bitwise(mask: RuleExpressions.host(bit))
      expressions.compare(RuleExpressions.host(0), isEqual: false)
    case .mark(let bit): setMark(mask: ~bit, xor: bit)
    case .unmark(let bit): setMark(mask: ~bit, xor: 0)
    case .translate(let map, let count):
      pick(map, count)
      expressions.translate()
    case .translateRemembered:
      expressions.load([.source, .destination, .transport, .destinationPort])
      expressions.lookup(ProxySet.affinity.rawValue, into: Self.firstRegister)
      expressions.translate()
    case .remember(let seconds): remember(seconds)
    case .masquerade: expressions.masquerade()
    case .reject:
      let portUnreachable: UInt8 = expressions.family == .v4 ? 3 : 4
      expressions.add("reject") {
        $0.attribute(1, bigEndian: 0 as UInt32)  // NFT_REJECT_ICMP_UNREACH
        $0.attribute(2, number: portUnreachable)
      }
    case .reset:
      // NFT_REJECT_TCP_RST
      expressions.add("reject") { $0.attribute(1, bigEndian: 1 as UInt32) }
    case .verdict(let verdict): expressions.verdict(verdict)
    }
  }

  /// Looks up a random slot of the frontend; the endpoint is in the first registers then.
  private mutating func pick(_ map: ProxySet, _ count: Int) {
    let port: [PacketField] = [.transport, .destinationPort]
    let hasAddress = map.key.first == .address
    expressions.load(hasAddress ? [.destination] + port : port)
    let slot = Self.firstRegister + (hasAddress ? expressions.addressWords : 0) + 2
    expressions.add("numgen") {
      $0.attribute(1, bigEndian: slot)
      $0.attribute(2, bigEndian: UInt32(clamping: count))
      $0.attribute(3, bigEndian: 1 as UInt32)  // NFT_NG_RANDOM
      $0.attribute(4, bigEndian: 0 as UInt32)
    }
    expressions.lookup(map.rawValue, into: Self.firstRegister)
  }

  private mutating func remember(_ seconds: UInt32) {
    expressions.load([
      .source, .originalDestination, .transport, .originalDestinationPort, .destination,
      .destinationPort,
    ])
    let endpoint = Self.firstRegister + 2 * expressions.addressWords + 2
    expressions.add("dynset") {
      $0.attribute(1, string: ProxySet.affinity.rawValue)
      $0.attribute(3, bigEndian: 1 as UInt32)  // NFT_DYNSET_OP_UPDATE
      $0.attribute(4, bigEndian: Self.firstRegister)
      $0.attribute(5, bigEndian: endpoint)
      $0.attribute(6, bigEndian: UInt64(seconds) * 1000)
    }
  }

  private mutating func loadMark() { expressions.meta(0, key: 3) }  // NFT_META_MARK

  private mutating func setMark(mask: UInt32, xor: UInt32) {
    loadMark()
    expressions.bitwise(mask: RuleExpressions.host(mask), xor: RuleExpressions.host(xor))
    expressions.add("meta") {
      $0.attribute(2, bigEndian: 3 as UInt32)
      $0.attribute(3, bigEndian: Self.firstRegister)
    }
  }
}
