import KubernetesAPI

/// The kernel's messages for a `FilterTable` (nf_tables.h, nfnetlink.h).
enum FilterMessage {
  private static let newTable = type(0)
  private static let deleteTable = type(2)
  private static let newChain = type(3)
  private static let newRule = type(6)
  private static let newSet = type(9)
  private static let newElements = type(12)

  static let headerLength = 4
  /// Elements of one message: their attribute's length has 16 bits.
  private static let elementsPerMessage = 400

  private static func type(_ message: UInt16) -> UInt16 { 10 << 8 | message }

  /// struct nfgenmsg.
  static func header(_ family: IPAddress.Family?, resource: UInt16 = 0) -> NetlinkPayload {
    var payload = NetlinkPayload()
    payload.append(RouteSocket.number(of: family))
    payload.append(0 as UInt8)
    payload.appendBigEndian(resource)
    return payload
  }

  /// IPPROTO_*.
  static func number(of transport: TransportProtocol) -> UInt8 {
    switch transport {
    case .tcp: 6
    case .udp: 17
    case .sctp: 132
    }
  }

  /// Begin and end around messages that are carried out whole or not at all.
  static func batch(_ messages: [NetlinkMessage]) -> [NetlinkMessage] {
    let nftables: UInt16 = 10
    let begin = NetlinkMessage(type: 16, payload: header(nil, resource: nftables))
    let end = NetlinkMessage(type: 17, payload: header(nil, resource: nftables))
    return [begin] + messages + [end]
  }

  // MARK: Tables

  static func table(_ table: FilterTable) -> NetlinkMessage {
    var payload = header(table.family)
    payload.attribute(1, string: table.name)
    payload.attribute(2, bigEndian: 0 as UInt32)
    return NetlinkMessage(type: newTable, flags: .create, payload: payload)
  }

  static func deleteTable(_ table: FilterTable) -> NetlinkMessage {
    var payload = header(table.family)
    payload.attribute(1, string: table.name)
    return NetlinkMessage(type: deleteTable, payload: payload)
  }

  static func chain(_ chain: FilterTable.Chain, _ table: FilterTable) -> NetlinkMessage {
    var payload = header(table.family)
    payload.attribute(1, string: table.name)
    payload.attribute(3, string: chain.name)
    if let hook = chain.hook {
      payload.nested(4) {
        $0.attribute(1, bigEndian: hook.point.rawValue)
        $0.attribute(2, bigEndian: hook.priority)
      }
      payload.attribute(5, bigEndian: 1 as UInt32)  // The policy is to accept.
      payload.attribute(7, string: hook.kind.rawValue)
    }
    return NetlinkMessage(type: newChain, flags: .create, payload: payload)
  }

  static func rule(
    _ rule: [FilterStatement], _ chain: FilterTable.Chain, _ table: FilterTable
  ) -> NetlinkMessage {
    var payload = header(table.family)
    payload.attribute(1, string: table.name)
    payload.attribute(2, string: chain.name)
    RuleExpressions(rule, table.family).write(to: &payload)
    return NetlinkMessage(type: newRule, flags: [.create, .append], payload: payload)
  }

  // MARK: Sets

  static func set(
    _ lookup: FilterTable.Lookup, _ table: FilterTable, identifier: UInt32
  ) -> NetlinkMessage {
    let address = address(table.family)
    var payload = header(table.family)
    payload.attribute(1, string: table.name)
    payload.attribute(2, string: lookup.name)
    payload.attribute(3, bigEndian: lookup.isMap ? 0x8 : 0 as UInt32)  // NFT_SET_MAP
    let fields = lookup.key.map { field -> (type: UInt32, width: UInt32) in
      switch field {
      case .source, .destination, .originalDestination: address
      case .transport: (12, 4)
      case .sourcePort, .destinationPort, .originalDestinationPort: (13, 4)
      }
    }
    // The types of the fields as nft(8) prints them: six bits each.
    payload.attribute(4, bigEndian: fields.reduce(0 as UInt32) { $0 << 6 | $1.type })
    payload.attribute(5, bigEndian: fields.reduce(0 as UInt32) { $0 + $1.width })
    if lookup.isMap {
      payload.attribute(6, bigEndian: address.type << 6 | 13)
      payload.attribute(7, bigEndian: address.width + 4)
    }
    // Names the set within the batch; the kernel wants one.
    payload.attribute(10, bigEndian: identifier)
    return NetlinkMessage(type: newSet, flags: .create, payload: payload)
  }

  private static func address(_ family: IPAddress.Family) -> (type: UInt32, width: UInt32) {
    family == .v4 ? (7, 4) : (8, 16)
  }

  static func elements(
    _ lookup: FilterTable.Lookup, _ table: FilterTable
  ) -> [NetlinkMessage] {
    let all = lookup.elements.sorted { $0.key.lexicographicallyPrecedes($1.key) }
    return stride(from: 0, to: all.count, by: elementsPerMessage).map { start in
      var payload = header(table.family)
      payload.attribute(1, string: table.name)
      payload.attribute(2, string: lookup.name)
      payload.nested(3) { list in
        for (key, value) in all[start..<min(start + elementsPerMessage, all.count)] {
          list.nested(1) { item in
            item.nested(1) { $0.attribute(1, key) }
            if lookup.isMap { item.nested(2) { $0.attribute(1, value) } }
          }
        }
      }
      return NetlinkMessage(type: newElements, flags: .create, payload: payload)
    }
  }
}
