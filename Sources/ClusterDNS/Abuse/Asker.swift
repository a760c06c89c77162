/// The address a query came from, as the query path has it.
struct Asker {
  /// An IPv4 address is in the lower half of `low`.
  let high: UInt64
  let low: UInt64
  let isIPv6: Bool
  let isKnown: Bool

  @_noLocks
  private init(high: UInt64, low: UInt64, isIPv6: Bool, isKnown: Bool) {
    self.high = high
    self.low = low
    self.isIPv6 = isIPv6
    self.isKnown = isKnown
  }

  static var unknown: Asker {
    @_noLocks get { Asker(high: 0, low: 0, isIPv6: false, isKnown: false) }
  }

  /// Reads a socket address of either family.
  ///
  /// - Parameter address: nil, or 28 bytes as a kernel fills them in.
  @_noLocks
  init(_ address: UnsafeRawPointer?) {
    guard let address else {
      self = .unknown
      return
    }
    // In bounds: sockaddr_in has 16 bytes and sockaddr_in6 28. The family is in host order.
    let family = address.load(as: UInt16.self)
    if family == 2 {
      let value = UInt32(bigEndian: address.loadUnaligned(fromByteOffset: 4, as: UInt32.self))
      self.init(high: 0, low: UInt64(value), isIPv6: false, isKnown: true)
    } else if family == 10 {
      self.init(
        high: UInt64(bigEndian: address.loadUnaligned(fromByteOffset: 8, as: UInt64.self)),
        low: UInt64(bigEndian: address.loadUnaligned(fromByteOffset: 16, as: UInt64.self)),
        isIPv6: true, isKnown: true)
    } else {
      self = .unknown
    }
  }
}
