package import KubernetesAPI

/// An entry of the neighbour table: who has an address on a link (ARP, NDP).
package struct Neighbour: Sendable, Hashable {
  package var index: Int32
  package var address: IPAddress
  /// Usually six bytes; empty while nobody has answered.
  package var hardwareAddress: [UInt8]

  package init(index: Int32, address: IPAddress, hardwareAddress: [UInt8]) {
    self.index = index
    self.address = address
    self.hardwareAddress = hardwareAddress
  }

  static let newNeighbour: UInt16 = 28
  static let deleteNeighbour: UInt16 = 29
  static let getNeighbour: UInt16 = 30
  static let headerLength = 12
  private static let permanent: UInt16 = 0x80

  /// NDA_*.
  private enum Attribute {
    static let destination: UInt16 = 1
    static let hardwareAddress: UInt16 = 2
  }

  /// Nil if the message is none of a neighbour.
  package init?(_ message: NetlinkMessage) {
    guard message.type == Self.newNeighbour || message.type == Self.deleteNeighbour,
      let index: Int32 = message.number(at: 4),
      let attributes = message.attributes(after: Self.headerLength),
      let address = attributes.last(Attribute.destination).flatMap({ IPAddress(bytes: $0.payload) })
    else { return nil }
    self.init(
      index: index, address: address,
      hardwareAddress: attributes.last(Attribute.hardwareAddress).map { Array($0.payload) } ?? [])
  }

  var payload: NetlinkPayload {
    var payload = NetlinkPayload()
    payload.append(RouteSocket.number(of: address.family))
    payload.append(bytes: [0, 0, 0])
    payload.append(index)
    payload.append(Self.permanent)
    payload.append(0 as UInt16)
    payload.attribute(Attribute.destination, address.bytes)
    if !hardwareAddress.isEmpty { payload.attribute(Attribute.hardwareAddress, hardwareAddress) }
    return payload
  }
}

extension RouteSocket {
  package func neighbours() throws(NetlinkError) -> [Neighbour] {
    var header = NetlinkPayload()
    header.append(bytes: [UInt8](repeating: 0, count: Neighbour.headerLength))
    let request = NetlinkMessage(type: Neighbour.getNeighbour, payload: header)
    return try socket.dump(request, "list of neighbours").compactMap { Neighbour($0) }
  }

  /// Adds a permanent entry, or replaces the one there is.
  package func add(_ neighbour: Neighbour) throws(NetlinkError) {
    try perform(
      Neighbour.newNeighbour, [.create, .replace], neighbour.payload,
      "new neighbour \(neighbour.address)")
  }

  package func remove(_ neighbour: Neighbour) throws(NetlinkError) {
    try perform(
      Neighbour.deleteNeighbour, [], neighbour.payload, "delete neighbour \(neighbour.address)")
  }
}
