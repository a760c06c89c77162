/// One attribute of a received message.
package struct NetlinkAttribute: Sendable, Equatable {
  /// NLA_F_NESTED.
  package static let nestedFlag: UInt16 = 0x8000
  /// Without the bits NLA_F_NESTED and NLA_F_NET_BYTEORDER.
  package var type: UInt16
  package var payload: ArraySlice<UInt8>

  /// The first bytes as a number in the machine's order; nil if the payload is shorter.
  package func number<Number: FixedWidthInteger>(_ type: Number.Type = Number.self) -> Number? {
    NetlinkBytes.number(payload, at: 0)
  }

  /// The first bytes as a number in network order; nil if the payload is shorter.
  package func bigEndian<Number: FixedWidthInteger>(_ type: Number.Type = Number.self) -> Number? {
    number(type).map { Number(bigEndian: $0) }
  }

  /// The text up to the first NUL.
  package var string: String { String(decoding: payload.prefix { $0 != 0 }, as: UTF8.self) }

  /// The attributes within; nil if the payload is none.
  package var attributes: NetlinkAttributes? { NetlinkAttributes(payload) }
}

/// The attributes of a message or of an attribute, in the order they came.
package struct NetlinkAttributes: Sendable, Equatable, RandomAccessCollection {
  private let all: [NetlinkAttribute]

  /// Nil if a length goes beyond the bytes or is shorter than an attribute's head.
  package init?(_ bytes: ArraySlice<UInt8>) {
    var found: [NetlinkAttribute] = []
    var rest = bytes
    while rest.count >= 4 {
      guard let length: UInt16 = NetlinkBytes.number(rest, at: 0),
        let type: UInt16 = NetlinkBytes.number(rest, at: 2),
        length >= 4, Int(length) <= rest.count
      else { return nil }
      let start = rest.startIndex
      found.append(
        NetlinkAttribute(type: type & 0x3FFF, payload: rest[(start + 4)..<(start + Int(length))]))
      rest = rest.dropFirst((Int(length) + 3) & ~3)
    }
    // Fewer than four bytes at the end are padding.
    all = found
  }

  /// The last attribute of a type, as the kernel itself reads repeated ones.
  package func last(_ type: UInt16) -> NetlinkAttribute? { all.last { $0.type == type } }

  package var startIndex: Int { all.startIndex }
  package var endIndex: Int { all.endIndex }
  package subscript(position: Int) -> NetlinkAttribute { all[position] }
}

/// Bounds-checked reading.
enum NetlinkBytes {
  /// The number at an offset from the first byte, in the machine's order; nil beyond the end.
  static func number<Number: FixedWidthInteger>(
    _ bytes: ArraySlice<UInt8>, at offset: Int
  ) -> Number? {
    let size = MemoryLayout<Number>.size
    guard offset >= 0, bytes.count - offset >= size else { return nil }
    return bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: offset, as: Number.self) }
  }
}
