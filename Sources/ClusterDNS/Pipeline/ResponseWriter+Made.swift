import DNSMessage

// Records that are made for the question, not stored.
extension ResponseWriter {
  /// A record of an IPv4 address.
  @_noLocks
  mutating func appendAddress(_ address: UInt32, ttl: UInt32, owner: Int) {
    let record = begin(.a, length: 4, ttl: ttl, owner: owner)
    guard record > 0 else { return }
    put(address, at: record)
  }

  /// A record of an IPv6 address.
  @_noLocks
  mutating func appendAddress(high: UInt64, low: UInt64, ttl: UInt32, owner: Int) {
    let record = begin(.aaaa, length: 16, ttl: ttl, owner: owner)
    guard record > 0 else { return }
    put(UInt32(truncatingIfNeeded: high &>> 32), at: record)
    put(UInt32(truncatingIfNeeded: high), at: record &+ 4)
    put(UInt32(truncatingIfNeeded: low &>> 32), at: record &+ 8)
    put(UInt32(truncatingIfNeeded: low), at: record &+ 12)
  }

  /// What ANY gets at a name that exists without records: a HINFO record that says which RFC has
  /// it so (RFC 8482 section 4.2).
  @_noLocks
  mutating func appendMinimalAny(ttl: UInt32, owner: Int) {
    let record = begin(.hinfo, length: 9, ttl: ttl, owner: owner)
    guard record > 0 else { return }
    put(0x0752_4643 as UInt32, at: record)  // A string of 7: "RFC8482",
    put(0x3834_3832 as UInt32, at: record &+ 4)
    base.storeBytes(of: 0, toByteOffset: record &+ 8, as: UInt8.self)  // and an empty one.
  }

  /// The fixed part of an answer record. Returns where its data goes, or 0 if it does not fit.
  @_noLocks
  private mutating func begin(_ type: RecordType, length: Int, ttl: UInt32, owner: Int) -> Int {
    let record = offset
    guard advance(StoredRecord.fixedPart &+ length) else { return 0 }
    put(UInt16(truncatingIfNeeded: 0xC000 | owner), at: record)
    put(type.rawValue, at: record &+ 2)
    put(1 as UInt16, at: record &+ 4)
    put(ttl, at: record &+ 6)
    put(UInt16(truncatingIfNeeded: length), at: record &+ 10)
    return record &+ StoredRecord.fixedPart
  }
}
