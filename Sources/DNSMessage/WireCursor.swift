/// Position in a message, plus a sticky failure flag: a parser reads straight through and asks
/// once at the end.
///
/// The message is a parameter of every read, so that the cursor stays a plain value. No read
/// traps: each guard precedes its load. A failed read returns 0.
package struct WireCursor {
  /// Where the next read begins.
  package private(set) var offset: Int
  /// Set by the first read that does not fit, and never cleared.
  package private(set) var failed = false

  @_noLocks
  package init(at offset: Int = 0) { self.offset = offset }

  @_noLocks
  package mutating func fail() { failed = true }

  @_noLocks
  package mutating func byte(_ message: RawSpan) -> UInt8 {
    guard !failed, offset < message.byteCount else {
      failed = true
      return 0
    }
    // In bounds: offset < byteCount. Every bit pattern is a UInt8.
    let value = unsafe message.unsafeLoad(fromByteOffset: offset, as: UInt8.self)
    offset &+= 1
    return value
  }

  @_noLocks
  package mutating func uint16(_ message: RawSpan) -> UInt16 {
    guard !failed, message.byteCount &- offset >= 2 else {
      failed = true
      return 0
    }
    // In bounds: two bytes remain. Every bit pattern is a UInt16.
    let value = unsafe message.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt16.self)
    offset &+= 2
    return UInt16(bigEndian: value)
  }

  @_noLocks
  package mutating func uint32(_ message: RawSpan) -> UInt32 {
    guard !failed, message.byteCount &- offset >= 4 else {
      failed = true
      return 0
    }
    // In bounds: four bytes remain. Every bit pattern is a UInt32.
    let value = unsafe message.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt32.self)
    offset &+= 4
    return UInt32(bigEndian: value)
  }

  /// Passes over bytes. `count` is never negative: callers pass lengths read as unsigned.
  @_noLocks
  package mutating func skip(_ count: Int, in message: RawSpan) {
    guard !failed, message.byteCount &- offset >= count else {
      failed = true
      return
    }
    offset &+= count
  }

  /// Passes over a name that may end in a compression pointer, without following it.
  @_noLocks
  package mutating func skipName(_ message: RawSpan) {
    let start = offset
    while true {
      let length = Int(byte(message))
      if failed { return }
      if length == 0 { return }
      if length >= 0xC0 {
        skip(1, in: message)
        return
      }
      skip(length, in: message)
      // 0x40 to 0xBF are label types that never came to be. The root label must still fit.
      guard !failed, length <= MessageLimits.label, offset &- start < MessageLimits.name else {
        failed = true
        return
      }
    }
  }

  /// Passes over a name without compression, as the name of the first question must be: nothing
  /// before it could be pointed to. Returns its bytes with the root label, or 0 after failure.
  @_noLocks
  package mutating func skipPlainName(_ message: RawSpan) -> Int {
    let start = offset
    while true {
      let length = Int(byte(message))
      guard !failed, length <= MessageLimits.label else {
        failed = true
        return 0
      }
      if length == 0 { return offset &- start }
      skip(length, in: message)
      guard !failed, offset &- start < MessageLimits.name else {
        failed = true
        return 0
      }
    }
  }
}
