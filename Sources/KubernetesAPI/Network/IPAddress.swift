/// An IPv4 or IPv6 address, kept as its bytes in network order.
public enum IPAddress: Sendable, Hashable, Comparable, CustomStringConvertible {
  case v4(UInt32)
  case v6(high: UInt64, low: UInt64)

  public enum Family: String, Sendable, Hashable, CaseIterable {
    case v4 = "IPv4"
    case v6 = "IPv6"
  }

  public var family: Family {
    switch self {
    case .v4: .v4
    case .v6: .v6
    }
  }

  /// Reads dotted-quad IPv4 (RFC 6943 section 3.1.1: no leading zeros) or IPv6 text (RFC 4291
  /// section 2.2, without a zone). IPv4-mapped IPv6 text is an IPv6 address.
  public init?(_ text: String) {
    let bytes = Array(text.utf8)
    if bytes.contains(UInt8(ascii: ":")) {
      guard let parts = Self.parseV6(bytes[...]) else { return nil }
      self = .v6(high: parts.high, low: parts.low)
    } else {
      guard let value = Self.parseV4(bytes[...]) else { return nil }
      self = .v4(value)
    }
  }

  /// The canonical text: dotted quad, or RFC 5952.
  public var description: String {
    switch self {
    case .v4(let value):
      "\(value >> 24).\(value >> 16 & 0xFF).\(value >> 8 & 0xFF).\(value & 0xFF)"
    case .v6(let high, let low): Self.describeV6(high, low)
    }
  }

  /// 4 or 16 bytes in network order.
  public var bytes: [UInt8] {
    switch self {
    case .v4(let value): (0..<4).map { UInt8(truncatingIfNeeded: value >> (24 - 8 * $0)) }
    case .v6(let high, let low):
      [high, low].flatMap { half in
        (0..<8).map { UInt8(truncatingIfNeeded: half >> (56 - 8 * UInt64($0))) }
      }
    }
  }

  /// From 4 or 16 bytes in network order; nil for any other count.
  public init?(bytes: some Collection<UInt8>) {
    switch bytes.count {
    case 4: self = .v4(bytes.reduce(0) { $0 << 8 | UInt32($1) })
    case 16:
      let high = bytes.prefix(8).reduce(0 as UInt64) { $0 << 8 | UInt64($1) }
      let low = bytes.suffix(8).reduce(0 as UInt64) { $0 << 8 | UInt64($1) }
      self = .v6(high: high, low: low)
    default: return nil
    }
  }

  public var isLoopback: Bool {
    switch self {
    case .v4(let value): value >> 24 == 127
    case .v6(let high, let low): high == 0 && low == 1
    }
  }

  public var isUnspecified: Bool {
    switch self {
    case .v4(let value): value == 0
    case .v6(let high, let low): high == 0 && low == 0
    }
  }

  public var isLinkLocalUnicast: Bool {
    switch self {
    case .v4(let value): value >> 16 == 0xA9FE
    case .v6(let high, _): high >> 54 == 0x3FA
    }
  }

  public var isMulticast: Bool {
    switch self {
    case .v4(let value): value >> 28 == 0xE
    case .v6(let high, _): high >> 56 == 0xFF
    }
  }

  /// 224.0.0.0/24 and ff02::/16: multicast that never leaves the link.
  public var isLinkLocalMulticast: Bool {
    switch self {
    case .v4(let value): value >> 8 == 0xE00000
    case .v6(let high, _): high >> 48 & 0xFF0F == 0xFF02
    }
  }

  /// The 128-bit value as text digits `::ffff:a.b.c.d` stands for, or nil if it is not IPv4-mapped.
  public var mappedV4: IPAddress? {
    guard case .v6(0, let low) = self, low >> 32 == 0xFFFF else { return nil }
    return .v4(UInt32(truncatingIfNeeded: low))
  }

  private static func parseV4(_ bytes: ArraySlice<UInt8>) -> UInt32? {
    var value: UInt32 = 0
    let parts = bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    guard parts.count == 4 else { return nil }
    for part in parts {
      guard (1...3).contains(part.count), part.allSatisfy({ (0x30...0x39).contains($0) }),
        part.count == 1 || part.first != UInt8(ascii: "0")
      else { return nil }
      let number = part.reduce(0 as UInt32) { $0 * 10 + UInt32($1 - 0x30) }
      guard number < 256 else { return nil }
      value = value << 8 | number
    }
    return value
  }

  private static func parseV6(_ bytes: ArraySlice<UInt8>) -> (high: UInt64, low: UInt64)? {
    var groups: [UInt16] = []
    var gap: Int?
    var rest = bytes
    if rest.starts(with: [UInt8(ascii: ":"), UInt8(ascii: ":")]) {
      gap = 0
      rest = rest.dropFirst(2)
    }
    while let _ = rest.first {
      guard groups.count < 8 else { return nil }
      let token = rest.prefix { $0 != UInt8(ascii: ":") }
      if token.contains(UInt8(ascii: ".")) {
        guard groups.count <= 6, token.endIndex == rest.endIndex, let tail = parseV4(token) else {
          return nil
        }
        groups += [UInt16(tail >> 16), UInt16(truncatingIfNeeded: tail)]
        break
      }
      guard let group = hexadecimalGroup(token) else { return nil }
      groups.append(group)
      rest = rest[token.endIndex...]
      if rest.isEmpty { break }
      rest = rest.dropFirst()
      if rest.first == UInt8(ascii: ":") {
        guard gap == nil else { return nil }
        gap = groups.count
        rest = rest.dropFirst()
      } else if rest.isEmpty {
        return nil  // A single colon at the end.
      }
    }
    if let gap {
      guard groups.count < 8 else { return nil }
      groups.insert(contentsOf: Array(repeating: 0, count: 8 - groups.count), at: gap)
    }
    guard groups.count == 8 else { return nil }
    let high = groups[..<4].reduce(0 as UInt64) { $0 << 16 | UInt64($1) }
    let low = groups[4...].reduce(0 as UInt64) { $0 << 16 | UInt64($1) }
    return (high, low)
  }

  private static func hexadecimalGroup(_ token: ArraySlice<UInt8>) -> UInt16? {
    guard (1...4).contains(token.count) else { return nil }
    var value: UInt16 = 0
    for byte in token {
      guard let digit = Character(UnicodeScalar(byte)).hexDigitValue, byte < 0x80 else {
        return nil
      }
      value = value << 4 | UInt16(digit)
    }
    return value
  }

  private static func describeV6(_ high: UInt64, _ low: UInt64) -> String {
    if high == 0, low >> 32 == 0xFFFF {
      return "::ffff:" + IPAddress.v4(UInt32(truncatingIfNeeded: low)).description
    }
    let groups = [high, low].flatMap { half in
      (0..<4).map { UInt16(truncatingIfNeeded: half >> (48 - 16 * UInt64($0))) }
    }
    // The longest run of two or more zero groups becomes "::"; of equal runs, the first.
    var best = 0..<0
    var start = 0
    while start < 8 {
      var end = start
      while end < 8, groups[end] == 0 { end += 1 }
      if end - start >= 2, end - start > best.count { best = start..<end }
      start = max(end, start + 1)
    }
    func text(_ range: Range<Int>) -> String {
      groups[range].map { String($0, radix: 16) }.joined(separator: ":")
    }
    return best.isEmpty ? text(0..<8) : text(0..<best.lowerBound) + "::" + text(best.upperBound..<8)
  }
}
