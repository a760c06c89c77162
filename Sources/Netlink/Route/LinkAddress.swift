package import KubernetesAPI

/// An address of a link.
package struct LinkAddress: Sendable, Hashable {
  package var index: Int32
  package var address: IPAddress
  /// 0 to 32, or 0 to 128.
  package var prefixLength: Int

  package init(index: Int32, address: IPAddress, prefixLength: Int) {
    self.index = index
    self.address = address
    self.prefixLength = prefixLength
  }
}

extension LinkAddress {
  static let newAddress: UInt16 = 20
  static let deleteAddress: UInt16 = 21
  static let getAddress: UInt16 = 22
  static let headerLength = 8

  /// IFA_*.
  private enum Attribute {
    static let address: UInt16 = 1
    static let local: UInt16 = 2
  }

  /// IFA_F_NODAD: an IPv6 address is usable at once, because nobody else can have it.
  private static let withoutDetection: UInt8 = 0x02

  /// Nil if the message is none of an address.
  package init?(_ message: NetlinkMessage) {
    guard message.type == Self.newAddress || message.type == Self.deleteAddress,
      let prefix: UInt8 = message.number(at: 1), let index: UInt32 = message.number(at: 4),
      let attributes = message.attributes(after: Self.headerLength),
      let bytes = (attributes.last(Attribute.local) ?? attributes.last(Attribute.address))?.payload,
      let address = IPAddress(bytes: bytes)
    else { return nil }
    self.init(
      index: Int32(bitPattern: index), address: address, prefixLength: Int(prefix))
  }

  var payload: NetlinkPayload {
    var payload = NetlinkPayload()
    payload.append(RouteSocket.number(of: address.family))
    payload.append(UInt8(clamping: prefixLength))
    payload.append(address.family == .v6 ? Self.withoutDetection : 0)
    payload.append(address.isLoopback ? 254 as UInt8 : 0)  // RT_SCOPE_HOST
    payload.append(index)
    payload.attribute(Attribute.local, address.bytes)
    payload.attribute(Attribute.address, address.bytes)
    return payload
  }
}

extension RouteSocket {
  package func addresses() throws(NetlinkError) -> [LinkAddress] {
    var header = NetlinkPayload()
    header.append(bytes: [UInt8](repeating: 0, count: LinkAddress.headerLength))
    let request = NetlinkMessage(type: LinkAddress.getAddress, payload: header)
    return try socket.dump(request, "list of addresses").compactMap { LinkAddress($0) }
  }

  /// Gives a link an address; one it has stays.
  package func add(_ address: LinkAddress) throws(NetlinkError) {
    try perform(
      LinkAddress.newAddress, [.create, .replace], address.payload,
      "new address \(address.address)/\(address.prefixLength)")
  }

  package func remove(_ address: LinkAddress) throws(NetlinkError) {
    try perform(
      LinkAddress.deleteAddress, [], address.payload, "delete address \(address.address)")
  }
}
