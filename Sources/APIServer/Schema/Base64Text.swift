/// Base64 with padding (RFC 4648 section 4) as Go's decoder accepts it: line breaks are skipped,
/// and the unused bits of the last character may be anything.
package enum Base64Text {
  /// The position, in bytes, of the first byte that cannot be read.
  package struct Malformed: Error, Sendable, Equatable, CustomStringConvertible {
    package var offset: Int
    package var description: String { "illegal base64 data at input byte \(offset)" }
  }

  private static let alphabet = Array(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

  /// The same bytes spelled without line breaks and with unused bits zero, or nil if the text is
  /// spelled so already.
  package static func canonical(_ text: String) throws(Malformed) -> String? {
    let bytes = Array(text.utf8)
    var canonical: [UInt8] = []
    canonical.reserveCapacity(bytes.count)
    var offset = 0
    while try quantum(bytes, &offset, &canonical) {}
    return canonical == bytes ? nil : String(decoding: canonical, as: UTF8.self)
  }

  package static func encode(_ bytes: [UInt8]) -> String {
    var text: [UInt8] = []
    text.reserveCapacity((bytes.count + 2) / 3 * 4)
    for start in stride(from: 0, to: bytes.count, by: 3) {
      let group = bytes[start..<min(start + 3, bytes.count)]
      var bits = group.reduce(0) { $0 << 8 | Int($1) }
      bits <<= 8 * (3 - group.count)
      for position in 0..<4 {
        let isPadding = position > group.count
        text.append(
          isPadding ? UInt8(ascii: "=") : alphabet[bits >> (18 - 6 * position) & 63])
      }
    }
    return String(decoding: text, as: UTF8.self)
  }

  /// Reads up to four characters that stand for up to three bytes.
  ///
  /// - Returns: whether more may follow.
  private static func quantum(
    _ bytes: [UInt8], _ offset: inout Int, _ canonical: inout [UInt8]
  ) throws(Malformed) -> Bool {
    var count = 0
    while count < 4 {
      skipLineBreaks(bytes, &offset)
      guard offset < bytes.count else {
        if count == 0 { return false }
        throw Malformed(offset: offset - count)
      }
      let byte = bytes[offset]
      offset += 1
      if value(of: byte) != nil {
        canonical.append(byte)
        count += 1
        continue
      }
      guard byte == UInt8(ascii: "="), count >= 2 else { throw Malformed(offset: offset - 1) }
      try padding(bytes, &offset, after: count)
      clearUnusedBits(&canonical, count: count)
      canonical.append(contentsOf: repeatElement(UInt8(ascii: "="), count: 4 - count))
      return false
    }
    return true
  }

  /// Reads the rest of the padding, whose first character has been read, to the end of the text.
  private static func padding(
    _ bytes: [UInt8], _ offset: inout Int, after count: Int
  ) throws(Malformed) {
    if count == 2 {
      skipLineBreaks(bytes, &offset)
      guard offset < bytes.count else { throw Malformed(offset: bytes.count) }
      guard bytes[offset] == UInt8(ascii: "=") else { throw Malformed(offset: offset - 1) }
      offset += 1
    }
    skipLineBreaks(bytes, &offset)
    if offset < bytes.count { throw Malformed(offset: offset) }
  }

  /// Of `count` characters the last has four (of two) or two (of three) bits that stand for
  /// nothing.
  private static func clearUnusedBits(_ canonical: inout [UInt8], count: Int) {
    guard let last = canonical.last, let value = value(of: last) else { return }
    let unused = count == 2 ? 4 : 2
    canonical[canonical.count - 1] = alphabet[(value >> unused) << unused]
  }

  private static func value(of byte: UInt8) -> Int? {
    switch byte {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"): Int(byte - UInt8(ascii: "A"))
    case UInt8(ascii: "a")...UInt8(ascii: "z"): Int(byte - UInt8(ascii: "a")) + 26
    case UInt8(ascii: "0")...UInt8(ascii: "9"): Int(byte - UInt8(ascii: "0")) + 52
    case UInt8(ascii: "+"): 62
    case UInt8(ascii: "/"): 63
    default: nil
    }
  }

  private static func skipLineBreaks(_ bytes: [UInt8], _ offset: inout Int) {
    while offset < bytes.count, bytes[offset] == 0x0A || bytes[offset] == 0x0D { offset += 1 }
  }
}
