/// An address read from the label that spells it with dashes: `10-0-0-1`, `2001-db8--1`.
enum PodLabel {
  case ipv4(UInt32)
  case ipv6(high: UInt64, low: UInt64)
  case none

  /// Reads `byteCount` bytes.
  @_noLocks
  init(_ bytes: UnsafeRawPointer, byteCount: Int) {
    self = Self.readV4(bytes, byteCount)
    if case .none = self { self = Self.readV6(bytes, byteCount) }
  }

  private static var dash: UInt8 { @_noLocks get { 0x2D } }

  /// Four octets without leading zeros.
  @_noLocks
  private static func readV4(_ bytes: UnsafeRawPointer, _ byteCount: Int) -> PodLabel {
    var address: UInt32 = 0
    var octet: UInt32 = 0
    var digits = 0
    var dashes = 0
    var offset = 0
    while offset < byteCount {
      let byte = bytes.load(fromByteOffset: offset, as: UInt8.self)
      offset &+= 1
      if byte == dash {
        guard digits > 0 else { return .none }
        dashes &+= 1
        guard dashes < 4 else { return .none }
        address = address &<< 8 | octet
        octet = 0
        digits = 0
        continue
      }
      let digit = UInt32(byte) &- 0x30
      guard digit <= 9 else { return .none }
      if digits > 0, octet == 0 { return .none }
      octet = octet &* 10 &+ digit
      digits &+= 1
      guard octet <= 255 else { return .none }
    }
    guard dashes == 3 else { return .none }
    guard digits > 0 else { return .none }
    return .ipv4(address &<< 8 | octet)
  }

  /// Groups of up to four hexadecimal digits; one run of zero groups may be left out (RFC 4291
  /// section 2.2).
  @_noLocks
  private static func readV6(_ bytes: UnsafeRawPointer, _ byteCount: Int) -> PodLabel {
    var groups = Groups()
    var offset = 0
    // Before the gap and behind it.
    var before = -1
    while offset < byteCount {
      if bytes.load(fromByteOffset: offset, as: UInt8.self) == dash {
        // A dash here is the second of a gap, or the first of one at the beginning.
        guard before < 0 else { return .none }
        if offset == 0 {
          guard byteCount > 1 else { return .none }
          guard bytes.load(fromByteOffset: 1, as: UInt8.self) == dash else { return .none }
          offset = 1
        }
        before = groups.count
        offset &+= 1
        continue
      }
      var value: UInt64 = 0
      var digits = 0
      while offset < byteCount {
        let byte = bytes.load(fromByteOffset: offset, as: UInt8.self)
        if byte == dash { break }
        let digit = hexadecimal(byte)
        guard digit < 16 else { return .none }
        value = value &<< 4 | digit
        digits &+= 1
        guard digits <= 4 else { return .none }
        offset &+= 1
      }
      guard groups.count < 8 else { return .none }
      groups.append(value)
      if offset == byteCount { break }
      offset &+= 1  // The dash behind the group.
      if offset == byteCount { return .none }
    }
    return groups.address(gapAfter: before)
  }

  @_noLocks
  private static func hexadecimal(_ byte: UInt8) -> UInt64 {
    let digit = UInt64(byte) &- 0x30
    if digit <= 9 { return digit }
    let letter = UInt64(byte | 0x20) &- 0x61
    return letter < 6 ? letter &+ 10 : 16
  }

  /// Groups of 16 bits, the last in the lowest bits.
  private struct Groups {
    var high: UInt64 = 0
    var low: UInt64 = 0
    var count = 0

    @_noLocks
    init() {}

    @_noLocks
    mutating func append(_ value: UInt64) {
      high = high &<< 16 | low &>> 48
      low = low &<< 16 | value
      count &+= 1
    }

    /// - Parameter gapAfter: groups before the gap; negative if there is none.
    @_noLocks
    func address(gapAfter: Int) -> PodLabel {
      if gapAfter < 0 { return count == 8 ? .ipv6(high: high, low: low) : .none }
      guard count < 8 else { return .none }
      // The groups before the gap move up to the front.
      let behind = UInt64(truncatingIfNeeded: count &- gapAfter) &* 16
      let shift = UInt64(truncatingIfNeeded: 8 &- count) &* 16
      let front = Groups.shiftedLeft(
        Groups.shiftedRight(high, low, by: behind), by: behind &+ shift)
      let back = Groups.lowBits(high, low, behind)
      return .ipv6(high: front.high | back.high, low: front.low | back.low)
    }

    @_noLocks
    private static func shiftedRight(
      _ high: UInt64, _ low: UInt64, by bits: UInt64
    ) -> (high: UInt64, low: UInt64) {
      if bits >= 128 { return (0, 0) }
      if bits >= 64 { return (0, high &>> (bits &- 64)) }
      if bits == 0 { return (high, low) }
      return (high &>> bits, low &>> bits | high &<< (64 &- bits))
    }

    @_noLocks
    private static func shiftedLeft(
      _ value: (high: UInt64, low: UInt64), by bits: UInt64
    ) -> (high: UInt64, low: UInt64) {
      if bits >= 128 { return (0, 0) }
      if bits >= 64 { return (value.low &<< (bits &- 64), 0) }
      if bits == 0 { return value }
      return (value.high &<< bits | value.low &>> (64 &- bits), value.low &<< bits)
    }

    @_noLocks
    private static func lowBits(
      _ high: UInt64, _ low: UInt64, _ bits: UInt64
    ) -> (high: UInt64, low: UInt64) {
      if bits >= 128 { return (high, low) }
      if bits == 64 { return (0, low) }
      if bits > 64 { return (high & (1 &<< (bits &- 64) &- 1), low) }
      return (0, low & (1 &<< bits &- 1))
    }
  }
}
