/// A field of a packet that rules look up, or of its connection.
package enum PacketField: Sendable, Hashable {
  case source, destination, transport, sourcePort, destinationPort
  /// What the connection's first packet was sent to.
  case originalDestination, originalDestinationPort

  /// Whether it is as long as an address of the family; the others take one word of 32 bits.
  package var isAddress: Bool {
    self == .source || self == .destination || self == .originalDestination
  }
}
