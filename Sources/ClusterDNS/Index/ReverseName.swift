/// A name below `in-addr.arpa` (RFC 1035 section 3.5) or `ip6.arpa` (RFC 3596 section 2.5), read.
enum ReverseName {
  case ipv4(UInt32)
  case ipv6(high: UInt64, low: UInt64)
  /// Some leading part of an address: a name above addresses.
  case partial
  /// Below one of the two, but no address's name.
  case other
  /// Not a reverse name at all.
  case none

  /// `\4arpa\0` as a little-endian word of its last bytes `arpa` and the root.
  private static var arpa: UInt32 { @_noLocks get { 0x6170_7261 } }

  @_noLocks
  init(_ key: borrowing NameKey) {
    let count = key.byteCount
    let bytes = key.bytes
    self = .none
    // `\3ip6\4arpa\0` is the shortest.
    guard count >= 10 else { return }
    let last = UInt32(
      littleEndian: bytes.loadUnaligned(fromByteOffset: count &- 5, as: UInt32.self))
    guard last == Self.arpa else { return }
    if Self.endsInV4(key) {
      self = Self.readV4(bytes, end: count &- Self.v4Suffix)
    } else if Self.endsInV6(key) {
      self = Self.readV6(bytes, end: count &- Self.v6Suffix)
    }
  }

  private static var v4Suffix: Int { @_noLocks get { 14 } }
  private static var v6Suffix: Int { @_noLocks get { 10 } }

  /// `\7in-addr\4arpa\0`.
  @_noLocks
  private static func endsInV4(_ key: borrowing NameKey) -> Bool {
    guard key.byteCount >= v4Suffix else { return false }
    let start = key.byteCount &- v4Suffix
    let word = key.bytes.loadUnaligned(fromByteOffset: start, as: UInt64.self)
    return UInt64(littleEndian: word) == 0x7264_6461_2D6E_6907
      && key.bytes.load(fromByteOffset: start &+ 8, as: UInt8.self) == 4
  }

  /// `\3ip6\4arpa\0`.
  @_noLocks
  private static func endsInV6(_ key: borrowing NameKey) -> Bool {
    let start = key.byteCount &- v6Suffix
    let word = key.bytes.loadUnaligned(fromByteOffset: start, as: UInt32.self)
    return UInt32(littleEndian: word) == 0x3670_6903
      && key.bytes.load(fromByteOffset: start &+ 4, as: UInt8.self) == 4
  }

  /// Labels of decimal octets, the last octet first.
  @_noLocks
  private static func readV4(_ bytes: UnsafeRawPointer, end: Int) -> ReverseName {
    var offset = 0
    var address: UInt32 = 0
    var octets: UInt32 = 0
    while offset < end {
      let length = Int(bytes.load(fromByteOffset: offset, as: UInt8.self))
      guard length <= 3, octets < 4 else { return .other }
      var value: UInt32 = 0
      var index = 1
      while index <= length {
        let digit = UInt32(bytes.load(fromByteOffset: offset &+ index, as: UInt8.self)) &- 0x30
        guard digit <= 9 else { return .other }
        if index == 2, value == 0 { return .other }  // Octets have no leading zeros.
        value = value &* 10 &+ digit
        index &+= 1
      }
      guard value <= 255 else { return .other }
      address |= value &<< (octets &* 8)
      octets &+= 1
      offset &+= 1 &+ length
    }
    guard offset == end else { return .other }
    return octets == 4 ? .ipv4(address) : .partial
  }

  /// Labels of one hexadecimal digit, the last first.
  @_noLocks
  private static func readV6(_ bytes: UnsafeRawPointer, end: Int) -> ReverseName {
    var offset = 0
    var high: UInt64 = 0
    var low: UInt64 = 0
    var digits: UInt64 = 0
    while offset < end {
      guard bytes.load(fromByteOffset: offset, as: UInt8.self) == 1, digits < 32 else {
        return .other
      }
      let byte = UInt64(bytes.load(fromByteOffset: offset &+ 1, as: UInt8.self))
      var value = byte &- 0x30
      if value > 9 {
        guard byte >= 0x61, byte <= 0x66 else { return .other }
        value = byte &- 0x61 &+ 10
      }
      if digits < 16 {
        low |= value &<< (digits &* 4)
      } else {
        high |= value &<< ((digits &- 16) &* 4)
      }
      digits &+= 1
      offset &+= 2
    }
    guard offset == end else { return .other }
    return digits == 32 ? .ipv6(high: high, low: low) : .partial
  }
}
