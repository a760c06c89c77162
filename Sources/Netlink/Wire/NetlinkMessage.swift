/// A netlink message without its header's length, sequence number and port (netlink(7)).
package struct NetlinkMessage: Sendable, Equatable {
  package struct Flags: OptionSet, Sendable, Hashable {
    package let rawValue: UInt16
    package init(rawValue: UInt16) { self.rawValue = rawValue }

    package static let request = Flags(rawValue: 0x1)
    package static let multipart = Flags(rawValue: 0x2)
    package static let acknowledge = Flags(rawValue: 0x4)
    /// In answers of a dump: what was listed changed meanwhile.
    package static let dumpInterrupted = Flags(rawValue: 0x10)
    /// In requests that get.
    package static let root = Flags(rawValue: 0x100)
    package static let match = Flags(rawValue: 0x200)
    package static let dump: Flags = [.root, .match]
    /// In requests that make.
    package static let replace = Flags(rawValue: 0x100)
    package static let exclusive = Flags(rawValue: 0x200)
    package static let create = Flags(rawValue: 0x400)
    package static let append = Flags(rawValue: 0x800)
  }

  package static let headerLength = 16
  static let errorType: UInt16 = 2
  static let doneType: UInt16 = 3
  static let overrunType: UInt16 = 4

  package var type: UInt16
  package var flags: Flags
  /// Given by the socket when the message is sent.
  package var sequence: UInt32
  package var payload: ArraySlice<UInt8>

  package init(
    type: UInt16, flags: Flags = [], sequence: UInt32 = 0, payload: NetlinkPayload = .init()
  ) {
    self.type = type
    self.flags = flags
    self.sequence = sequence
    self.payload = payload.bytes[...]
  }

  private init(type: UInt16, flags: Flags, sequence: UInt32, received: ArraySlice<UInt8>) {
    self.type = type
    self.flags = flags
    self.sequence = sequence
    payload = received
  }

  /// The message with its header, padded to four bytes.
  func encode(into bytes: inout [UInt8]) {
    var wire = NetlinkPayload()
    wire.append(UInt32(Self.headerLength + payload.count))
    wire.append(type)
    wire.append(flags.rawValue)
    wire.append(sequence)
    wire.append(0 as UInt32)
    wire.append(bytes: payload)
    bytes += wire.bytes
    while bytes.count % 4 != 0 { bytes.append(0) }
  }

  /// The messages of one datagram; nil if a length goes beyond it or is shorter than a header.
  package static func parse(_ datagram: ArraySlice<UInt8>) -> [NetlinkMessage]? {
    var messages: [NetlinkMessage] = []
    var rest = datagram
    while !rest.isEmpty {
      guard let length: UInt32 = NetlinkBytes.number(rest, at: 0),
        let type: UInt16 = NetlinkBytes.number(rest, at: 4),
        let flags: UInt16 = NetlinkBytes.number(rest, at: 6),
        let sequence: UInt32 = NetlinkBytes.number(rest, at: 8),
        length >= headerLength, Int(length) <= rest.count
      else { return nil }
      let start = rest.startIndex
      messages.append(
        NetlinkMessage(
          type: type, flags: Flags(rawValue: flags), sequence: sequence,
          received: rest[(start + headerLength)..<(start + Int(length))]))
      rest = rest.dropFirst((Int(length) + 3) & ~3)
    }
    return messages
  }

  /// The attributes behind a fixed part of so many bytes; nil if the message is shorter or they
  /// are malformed.
  package func attributes(after fixed: Int) -> NetlinkAttributes? {
    guard payload.count >= fixed else { return nil }
    return NetlinkAttributes(payload.dropFirst(fixed))
  }

  /// The number at an offset of the fixed part.
  package func number<Number: FixedWidthInteger>(
    at offset: Int, as type: Number.Type = Number.self
  ) -> Number? {
    NetlinkBytes.number(payload, at: offset)
  }

  /// What an NLMSG_ERROR says: its `errno` (0 for an acknowledgement) and the kernel's words.
  func acknowledgement() -> (number: Int32, explanation: String)? {
    guard type == Self.errorType, let code: Int32 = number(at: 0),
      let echoed: UInt32 = number(at: 4)
    else { return nil }
    // With NETLINK_CAP_ACK only the request's header is echoed unless NLM_F_CAPPED is missing.
    let isCapped = flags.contains(Flags(rawValue: 0x100))
    let skip = 4 + (isCapped ? Self.headerLength : Int(clamping: (UInt64(echoed) + 3) & ~3))
    let explanation = attributes(after: skip)?.last(1)?.string ?? ""
    return (code == Int32.min ? Int32.max : -code, explanation)
  }
}
