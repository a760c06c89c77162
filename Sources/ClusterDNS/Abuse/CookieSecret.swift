/// The key of the server's DNS cookies (RFC 9018): who has it can tell which client a cookie was
/// given to, and nobody else can make one.
struct CookieSecret: Sendable, Equatable {
  let low: UInt64
  let high: UInt64

  @_noLocks
  init(_ low: UInt64, _ high: UInt64) {
    self.low = low
    self.high = high
  }

  static func random() -> CookieSecret {
    CookieSecret(.random(in: 0...UInt64.max), .random(in: 0...UInt64.max))
  }

  /// Reads 32 hexadecimal digits, as other servers write a cookie secret. Nil for anything else.
  init?(hexadecimal text: String) {
    let digits = text.compactMap(\.hexDigitValue)
    guard digits.count == 32, text.utf8.count == 32 else { return nil }
    let bytes = (0..<16).map { UInt64(digits[2 * $0] << 4 | digits[2 * $0 + 1]) }
    low = bytes[..<8].reversed().reduce(0) { $0 << 8 | $1 }
    high = bytes[8...].reversed().reduce(0) { $0 << 8 | $1 }
  }
}

/// SipHash-2-4 over whole words: fast for short input, and keyed.
struct SipHash {
  private var v0: UInt64
  private var v1: UInt64
  private var v2: UInt64
  private var v3: UInt64

  @_noLocks
  init(_ key: CookieSecret) {
    v0 = key.low ^ 0x736f_6d65_7073_6575
    v1 = key.high ^ 0x646f_7261_6e64_6f6d
    v2 = key.low ^ 0x6c79_6765_6e65_7261
    v3 = key.high ^ 0x7465_6462_7974_6573
  }

  /// Takes eight bytes, the first of them lowest.
  @_noLocks
  mutating func absorb(_ word: UInt64) {
    v3 ^= word
    round()
    round()
    v0 ^= word
  }

  /// Takes the last word, which holds fewer than eight bytes and the count of all in its highest.
  @_noLocks
  mutating func finish(_ last: UInt64) -> UInt64 {
    absorb(last)
    v2 ^= 0xFF
    round()
    round()
    round()
    round()
    return v0 ^ v1 ^ v2 ^ v3
  }

  @_noLocks
  private static func rotated(_ word: UInt64, _ bits: UInt64) -> UInt64 {
    word &<< bits | word &>> (64 &- bits)
  }

  @_noLocks
  private mutating func round() {
    v0 = v0 &+ v1
    v1 = Self.rotated(v1, 13) ^ v0
    v0 = Self.rotated(v0, 32)
    v2 = v2 &+ v3
    v3 = Self.rotated(v3, 16) ^ v2
    v0 = v0 &+ v3
    v3 = Self.rotated(v3, 21) ^ v0
    v2 = v2 &+ v1
    v1 = Self.rotated(v1, 17) ^ v2
    v2 = Self.rotated(v2, 32)
  }
}
