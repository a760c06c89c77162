/// A range of addresses in CIDR notation (RFC 4632, RFC 4291 section 2.3).
public struct CIDR: Sendable, Hashable, CustomStringConvertible {
  /// The lowest address: the bits behind the prefix are zero.
  public let network: IPAddress
  /// 0 to 32, or 0 to 128.
  public let prefixLength: Int

  /// Reads `10.96.0.0/12`. Address bits behind the prefix are cleared.
  public init?(_ text: String) {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 2, let address = IPAddress(String(parts[0])),
      parts[1].utf8.allSatisfy({ (0x30...0x39).contains($0) }), let length = Int(parts[1]),
      String(length) == parts[1]
    else { return nil }
    self.init(containing: address, prefixLength: length)
  }

  /// The range of that size an address lies in; nil if the length does not fit the family.
  public init?(containing address: IPAddress, prefixLength: Int) {
    switch address {
    case .v4(let value):
      guard (0...32).contains(prefixLength) else { return nil }
      network = .v4(prefixLength == 0 ? 0 : value & (UInt32.max << (32 - UInt32(prefixLength))))
    case .v6(let high, let low):
      guard (0...128).contains(prefixLength) else { return nil }
      let length = UInt64(prefixLength)
      let highMask = length == 0 ? 0 : length >= 64 ? UInt64.max : UInt64.max << (64 - length)
      let lowMask = length <= 64 ? 0 : UInt64.max << (128 - length)
      network = .v6(high: high & highMask, low: low & lowMask)
    }
    self.prefixLength = prefixLength
  }

  public var family: IPAddress.Family { network.family }

  /// How many bits the range leaves open.
  public var hostBits: Int { (family == .v4 ? 32 : 128) - prefixLength }

  public func contains(_ address: IPAddress) -> Bool {
    address.family == family
      && CIDR(containing: address, prefixLength: prefixLength)?.network == network
  }

  /// The address at an offset from the network address; nil outside the range.
  public func address(at offset: UInt64) -> IPAddress? {
    if hostBits < 64, offset >> UInt64(hostBits) != 0 { return nil }
    switch network {
    case .v4(let value): return .v4(value + UInt32(offset))
    case .v6(let high, let low):
      let (sum, carry) = low.addingReportingOverflow(offset)
      return .v6(high: carry ? high + 1 : high, low: sum)
    }
  }

  /// The offset of an address from the network address, if it is inside and fits 64 bits.
  public func offset(of address: IPAddress) -> UInt64? {
    guard contains(address) else { return nil }
    switch (network, address) {
    case (.v4(let base), .v4(let value)): return UInt64(value - base)
    case (.v6(let baseHigh, let base), .v6(let high, let value)):
      guard baseHigh == high else { return nil }
      return value - base
    default: return nil
    }
  }

  public var description: String { "\(network)/\(prefixLength)" }
}
