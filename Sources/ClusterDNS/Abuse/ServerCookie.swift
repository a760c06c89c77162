/// The server's part of a DNS cookie, in the form all servers share (RFC 9018 section 4): version
/// 1, three zero bytes, the time, and a hash over all of it, the client's part and its address.
struct ServerCookie {
  /// Version, zeros and time: the first eight bytes, as they are in memory.
  let head: UInt64
  /// The hash: the last eight.
  let hash: UInt64

  /// Bytes of both parts, and of the option that carries them.
  static var size: Int { @_noLocks get { 24 } }
  static var optionSize: Int { @_noLocks get { 28 } }
  static var optionCode: UInt16 { @_noLocks get { 10 } }

  /// - Parameters:
  ///   - client: the client's part, its eight bytes as they are in memory.
  ///   - time: seconds since 1970.
  @_noLocks
  init(client: UInt64, time: UInt32, _ asker: Asker, _ secret: CookieSecret) {
    head = Self.head(time: time)
    hash = Self.hash(client: client, head: head, asker, secret)
  }

  @_noLocks
  private static func head(time: UInt32) -> UInt64 {
    1 | UInt64(time.byteSwapped) &<< 32
  }

  @_noLocks
  private static func hash(
    client: UInt64, head: UInt64, _ asker: Asker, _ secret: CookieSecret
  ) -> UInt64 {
    var state = SipHash(secret)
    state.absorb(client)
    state.absorb(head)
    if asker.isIPv6 {
      state.absorb(asker.high.byteSwapped)
      state.absorb(asker.low.byteSwapped)
      return state.finish(32 &<< 56).littleEndian
    }
    let address = UInt64(UInt32(truncatingIfNeeded: asker.low).byteSwapped)
    return state.finish(address | 20 &<< 56).littleEndian
  }

  /// Whether this server made it for that client, at most an hour ago and not in the future (RFC
  /// 9018 section 4.3).
  @_noLocks
  static func isValid(
    client: UInt64, head: UInt64, hash: UInt64, time: UInt32, _ asker: Asker, _ secret: CookieSecret
  ) -> Bool {
    guard head & 0xFFFF_FFFF == 1 else { return false }
    let made = UInt32(truncatingIfNeeded: head &>> 32).byteSwapped
    // Serial arithmetic: the clock may go round (RFC 1982).
    let age = Int32(truncatingIfNeeded: time &- made)
    guard age >= -300, age <= 3600 else { return false }
    return Self.hash(client: client, head: head, asker, secret) == hash
  }
}
