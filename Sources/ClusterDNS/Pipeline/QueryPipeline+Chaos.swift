import DNSMessage

// Questions about the server itself, in the class CHAOS as they have been asked since BIND.
extension QueryPipeline {
  /// `age.rollcall` TXT: how many seconds ago the view of the cluster was known to be current, and
  /// whether it comes from the API server or from a snapshot. `version.bind` and `id.server` (RFC
  /// 4892) with their older forms, where they are set. Everything else is refused.
  @_noLocks
  mutating func answerChaos(
    _ head: QueryHead, _ writer: inout ResponseWriter, _ index: IndexView
  ) -> Outcome {
    guard head.recordClass.rawValue == RecordClass.chaos.rawValue else { return Outcome(.refused) }
    key.load(
      from: UnsafeRawPointer(writer.base) + MessageLimits.headerSize,
      byteCount: Int(head.nameLength), hash: index.hash)
    let name = chaosName
    switch name {
    case .none: return Outcome(.refused)
    case .age: break
    case .version: if settings.versionLength == 0 { return Outcome(.refused) }
    case .identity: if settings.identityLength == 0 { return Outcome(.refused) }
    }
    if head.type.rawValue != RecordType.txt.rawValue {
      guard head.type.rawValue == RecordType.any.rawValue else { return .answered }
    }
    switch name {
    case .none: break
    case .age: writer.appendAge(index.age.seconds, source: index.age.source)
    case .version: writer.appendChaosText(settings.version, settings.versionLength)
    case .identity: writer.appendChaosText(settings.identity, settings.identityLength)
    }
    return .answered
  }

  private enum ChaosName {
    case none
    case age
    case version
    case identity
  }

  /// Which of the names the key is, by its bytes as words.
  private var chaosName: ChaosName {
    @_noLocks get {
      guard key.byteCount > 8, key.byteCount <= 16 else { return .none }
      // In bounds: names are kept in whole words, padded with zeros.
      let first = UInt64(littleEndian: key.bytes.load(as: UInt64.self))
      let second = UInt64(littleEndian: key.bytes.load(fromByteOffset: 8, as: UInt64.self))
      switch first {
      case 0x6C6F_7208_6567_6103:  // age.rol
        return second == 0x006C_6C61_636C ? .age : .none  // lcall
      case 0x6E6F_6973_7265_7607:  // version
        if second == 0x0064_6E69_6204 { return .version }  // bind
        return second == 0x0072_6576_7265_7306 ? .version : .none  // server
      case 0x7672_6573_0664_6902:  // id.serv
        return second == 0x7265 ? .identity : .none  // er
      case 0x6D61_6E74_736F_6808:  // hostnam
        return second == 0x0064_6E69_6204_65 ? .identity : .none  // e.bind
      default: return .none
      }
    }
  }
}

extension ResponseWriter {
  /// A TXT record of one string of at most 255 bytes.
  @_noLocks
  mutating func appendChaosText(_ text: UnsafeRawPointer, _ length: Int) {
    let record = offset
    guard advance(StoredRecord.fixedPart &+ 1 &+ length) else { return }
    put(UInt16(truncatingIfNeeded: 0xC000 | MessageLimits.headerSize), at: record)
    put(RecordType.txt.rawValue, at: record &+ 2)
    put(RecordClass.chaos.rawValue, at: record &+ 4)
    put(0 as UInt32, at: record &+ 6)
    put(UInt16(truncatingIfNeeded: 1 &+ length), at: record &+ 10)
    put(byte: UInt8(truncatingIfNeeded: length), at: record &+ StoredRecord.fixedPart)
    // In bounds: `advance` has made room.
    (base + (record &+ StoredRecord.fixedPart &+ 1)).copyMemory(from: text, byteCount: length)
  }

  /// A TXT record of two strings: `age=12` and `source=api`, `snapshot` or `none`.
  @_noLocks
  mutating func appendAge(_ seconds: Int64, source: Int64) {
    let digits = Self.digits(seconds)
    let sourceLength = source == 2 ? 10 : source == 1 ? 15 : 11
    let length = 5 &+ digits &+ 1 &+ sourceLength
    let record = offset
    guard advance(StoredRecord.fixedPart &+ length) else { return }
    put(UInt16(truncatingIfNeeded: 0xC000 | MessageLimits.headerSize), at: record)
    put(RecordType.txt.rawValue, at: record &+ 2)
    put(RecordClass.chaos.rawValue, at: record &+ 4)
    put(0 as UInt32, at: record &+ 6)
    put(UInt16(truncatingIfNeeded: length), at: record &+ 10)
    var position = record &+ StoredRecord.fixedPart
    put(byte: UInt8(truncatingIfNeeded: 4 &+ digits), at: position)
    put(0x6167_653D as UInt32, at: position &+ 1)  // age=
    position &+= 5 &+ digits
    var rest = max(0, seconds)
    var left = digits
    while left > 0 {
      put(byte: 0x30 &+ UInt8(truncatingIfNeeded: rest % 10), at: position &- digits &+ left &- 1)
      rest /= 10
      left &-= 1
    }
    put(byte: UInt8(truncatingIfNeeded: sourceLength), at: position)
    put(0x736F_7572 as UInt32, at: position &+ 1)  // sour
    put(0x6365_3D00 as UInt32, at: position &+ 5)  // ce=
    switch source {
    case 2:
      put(0x6170 as UInt16, at: position &+ 8)  // ap
      put(byte: 0x69, at: position &+ 10)  // i
    case 1:
      put(0x736E_6170 as UInt32, at: position &+ 8)  // snap
      put(0x7368_6F74 as UInt32, at: position &+ 12)  // shot
    default: put(0x6E6F_6E65 as UInt32, at: position &+ 8)  // none
    }
  }

  @_noLocks
  private static func digits(_ number: Int64) -> Int {
    var count = 1
    var rest = number / 10
    while rest > 0 {
      count &+= 1
      rest /= 10
    }
    return count
  }

  @_noLocks
  private func put(byte: UInt8, at offset: Int) {
    base.storeBytes(of: byte, toByteOffset: offset, as: UInt8.self)
  }
}
