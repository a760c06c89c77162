/// A network interface, as rtnetlink lists it.
package struct Link: Sendable, Equatable {
  /// Positive; unique within its network namespace.
  package var index: Int32
  package var name: String
  /// `bridge`, `veth`, `dummy`, …; empty for hardware and loopback.
  package var kind: String
  /// IFF_UP: administratively up.
  package var isUp: Bool
  package var mtu: UInt32
  /// The bridge it is a port of; 0 for none.
  package var master: Int32
  /// The interface beneath or, for veth, the peer; 0 for none. In another namespace's numbering
  /// where that one is there.
  package var lower: Int32
  /// Usually six bytes.
  package var hardwareAddress: [UInt8]

  /// The longest name an interface can have, in bytes (IFNAMSIZ less its NUL).
  package static let longestName = 15

  /// Where a link is made or moved to.
  package enum Namespace: Sendable {
    case process(Int32)
    case descriptor(Int32)
  }
}

extension Link {
  static let newLink: UInt16 = 16
  static let deleteLink: UInt16 = 17
  static let getLink: UInt16 = 18
  static let flagUp: UInt32 = 1

  /// IFLA_*.
  enum Attribute {
    static let address: UInt16 = 1
    static let name: UInt16 = 3
    static let mtu: UInt16 = 4
    static let link: UInt16 = 5
    static let master: UInt16 = 10
    static let linkInfo: UInt16 = 18
    static let namespacePid: UInt16 = 19
    static let namespaceDescriptor: UInt16 = 28
    static let infoKind: UInt16 = 1
    static let infoData: UInt16 = 2
    static let infoPortKind: UInt16 = 4
    static let infoPortData: UInt16 = 5
    /// IFLA_BRPORT_MODE: hairpin.
    static let portMode: UInt16 = 4
    static let vethPeer: UInt16 = 1
  }

  /// struct ifinfomsg.
  static func header(index: Int32 = 0, flags: UInt32 = 0, change: UInt32 = 0) -> NetlinkPayload {
    var payload = NetlinkPayload()
    payload.append(0 as UInt16)
    payload.append(0 as UInt16)
    payload.append(index)
    payload.append(flags)
    payload.append(change)
    return payload
  }

  static let headerLength = 16

  /// Nil if the message is none of a link.
  package init?(_ message: NetlinkMessage) {
    guard message.type == Self.newLink || message.type == Self.deleteLink,
      let index: Int32 = message.number(at: 4), let flags: UInt32 = message.number(at: 8),
      let attributes = message.attributes(after: Self.headerLength)
    else { return nil }
    self.index = index
    name = attributes.last(Attribute.name)?.string ?? ""
    kind =
      attributes.last(Attribute.linkInfo)?.attributes?.last(Attribute.infoKind)?.string ?? ""
    isUp = flags & Self.flagUp != 0
    mtu = attributes.last(Attribute.mtu)?.number() ?? 0
    master = attributes.last(Attribute.master)?.number() ?? 0
    lower = attributes.last(Attribute.link)?.number() ?? 0
    hardwareAddress = attributes.last(Attribute.address).map { Array($0.payload) } ?? []
  }
}
