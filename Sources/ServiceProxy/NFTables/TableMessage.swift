import KubernetesAPI
import Netlink

/// Messages of nftables over netlink (nf_tables.h, nfnetlink.h).
enum TableMessage {
  static let newTable = type(0)
  static let deleteTable = type(2)
  static let newChain = type(3)
  static let getChain = type(4)
  static let deleteChain = type(5)
  static let newRule = type(6)
  static let getRule = type(7)
  static let deleteRule = type(8)
  static let newSet = type(9)
  static let getSet = type(10)
  static let newElements = type(12)
  static let getElements = type(13)
  static let deleteElements = type(14)
  static let getGeneration = type(16)

  static let headerLength = 4
  /// Elements of one message: their attribute's length has 16 bits.
  static let elementsPerMessage = 400

  private static func type(_ message: UInt16) -> UInt16 { 10 << 8 | message }

  /// struct nfgenmsg.
  static func header(_ family: IPAddress.Family?, resource: UInt16 = 0) -> NetlinkPayload {
    var payload = NetlinkPayload()
    let number: UInt8 =
      switch family {
      case .v4: 2
      case .v6: 10
      case nil: 0
      }
    payload.append(number)
    payload.append(0 as UInt8)
    payload.appendBigEndian(resource)
    return payload
  }

  /// Begin and end of a batch, which is carried out whole or not at all.
  static func batch(_ messages: [NetlinkMessage]) -> [NetlinkMessage] {
    let nftables: UInt16 = 10
    let begin = NetlinkMessage(type: 16, payload: header(nil, resource: nftables))
    let end = NetlinkMessage(type: 17, payload: header(nil, resource: nftables))
    return [begin] + messages + [end]
  }

  static func messages(_ operation: TableTransaction.Operation) -> [NetlinkMessage] {
    switch operation {
    case .addTable(let family):
      var payload = header(family)
      payload.attribute(1, string: TableLayout.table)
      payload.attribute(2, bigEndian: 0 as UInt32)
      return [NetlinkMessage(type: newTable, flags: .create, payload: payload)]
    case .deleteTable(let family, let name):
      var payload = header(family)
      payload.attribute(1, string: name)
      return [NetlinkMessage(type: deleteTable, payload: payload)]
    case .addSet(let family, let set):
      return [NetlinkMessage(type: newSet, flags: .create, payload: self.set(set, family))]
    case .addChain(let family, let name, let hook):
      return [NetlinkMessage(type: newChain, flags: .create, payload: chain(name, hook, family))]
    case .flushChain(let family, let name):
      var payload = header(family)
      payload.attribute(1, string: TableLayout.table)
      payload.attribute(2, string: name)
      return [NetlinkMessage(type: deleteRule, payload: payload)]
    case .deleteChain(let family, let name):
      var payload = header(family)
      payload.attribute(1, string: TableLayout.table)
      payload.attribute(3, string: name)
      return [NetlinkMessage(type: deleteChain, payload: payload)]
    case .addRule(let family, let chain, let rule):
      var payload = header(family)
      payload.attribute(1, string: TableLayout.table)
      payload.attribute(2, string: chain)
      RuleEncoder(rule, family).write(to: &payload)
      return [NetlinkMessage(type: newRule, flags: [.create, .append], payload: payload)]
    case .addElements(let family, let set, let elements):
      return chunks(elements, set, family).map {
        NetlinkMessage(type: newElements, flags: [.create, .exclusive], payload: $0)
      }
    case .deleteElements(let family, let set, let elements):
      return chunks(elements, set, family).map {
        NetlinkMessage(type: deleteElements, payload: $0)
      }
    }
  }

  // MARK: Parts

  private static func chain(
    _ name: String, _ hook: ChainHook?, _ family: IPAddress.Family
  ) -> NetlinkPayload {
    var payload = header(family)
    payload.attribute(1, string: TableLayout.table)
    payload.attribute(3, string: name)
    if let hook {
      payload.nested(4) {
        $0.attribute(1, bigEndian: hook.point.rawValue)
        $0.attribute(2, bigEndian: hook.priority)
      }
      payload.attribute(5, bigEndian: 1 as UInt32)  // The policy is to accept.
      payload.attribute(7, string: hook.kind.rawValue)
    }
    return payload
  }

  private static func set(_ set: ProxySet, _ family: IPAddress.Family) -> NetlinkPayload {
    var payload = header(family)
    payload.attribute(1, string: TableLayout.table)
    payload.attribute(2, string: set.rawValue)
    var flags: UInt32 = set.content == .members ? 0 : 0x8
    if set.hasRanges { flags |= 0x4 | 0x80 }  // NFT_SET_INTERVAL, NFT_SET_CONCAT
    if set.isDynamic { flags |= 0x10 | 0x20 }  // NFT_SET_TIMEOUT, NFT_SET_EVAL
    payload.attribute(3, bigEndian: flags)
    payload.attribute(4, bigEndian: typeNumber(set.key, family))
    payload.attribute(5, bigEndian: UInt32(set.keyWidth(family)))
    switch set.content {
    case .members: break
    case .verdicts:
      payload.attribute(6, bigEndian: 0xFFFF_FF00 as UInt32)  // NFT_DATA_VERDICT
      payload.attribute(7, bigEndian: 16 as UInt32)
    case .backends:
      payload.attribute(6, bigEndian: typeNumber([.address, .port], family))
      payload.attribute(7, bigEndian: UInt32(family == .v4 ? 8 : 20))
    }
    payload.nested(9) { description in
      if set.isDynamic { description.attribute(1, bigEndian: ProxySet.affinityCapacity) }
      guard set.hasRanges else { return }
      description.nested(2) { fields in
        for field in set.key {
          fields.nested(1) { $0.attribute(1, bigEndian: UInt32(field.size(family))) }
        }
      }
    }
    // Names the set within the batch; the kernel wants one.
    let index = ProxySet.allCases.firstIndex(of: set) ?? 0
    payload.attribute(10, bigEndian: UInt32(index + 1))
    if set.isDynamic { payload.attribute(12, bigEndian: 10_000 as UInt32) }
    return payload
  }

  /// The types of a key's fields as nft(8) prints them: six bits each.
  private static func typeNumber(_ fields: [ProxySet.Field], _ family: IPAddress.Family) -> UInt32 {
    fields.reduce(0) { number, field in
      let type: UInt32 =
        switch field {
        case .address: family == .v4 ? 7 : 8
        case .transport: 12
        case .port: 13
        case .slot: 19
        }
      return number << 6 | type
    }
  }

  private static func chunks(
    _ elements: [SetElement], _ set: ProxySet, _ family: IPAddress.Family
  ) -> [NetlinkPayload] {
    stride(from: 0, to: elements.count, by: elementsPerMessage).map { start in
      var payload = header(family)
      payload.attribute(1, string: TableLayout.table)
      payload.attribute(2, string: set.rawValue)
      payload.nested(3) { list in
        for element in elements[start..<min(start + elementsPerMessage, elements.count)] {
          write(element, to: &list)
        }
      }
      return payload
    }
  }

  private static func write(_ element: SetElement, to list: inout NetlinkPayload) {
    list.nested(1) { item in
      item.nested(1) { $0.attribute(1, element.key) }
      switch element.value {
      case .member: break
      case .backend(let value): item.nested(2) { $0.attribute(1, value) }
      case .verdict(let verdict): item.nested(2) { verdict.write(to: &$0) }
      }
      if let end = element.keyEnd { item.nested(10) { $0.attribute(1, end) } }
    }
  }
}
