import DNSMessage

/// How the body of a record set is laid out, which follows from its type.
///
/// The records of addresses and text are stored as they go on the wire, owned by a pointer to the
/// question's name at offset 12. Those of SRV and NS are references to the node of the target
/// name, from which record and additional section are written: at 150 000 endpoints this is what
/// keeps the index small.
enum BodyLayout: Sendable {
  /// A: records of 16 bytes.
  case addresses4
  /// AAAA: records of 28 bytes.
  case addresses16
  /// SRV and NS: ``TargetEntry`` values.
  case targets
  /// SOA: written from the authority of the snapshot, which knows the serial.
  case authority
  /// CNAME and TXT: one record of any length.
  case single

  @_noLocks
  init(_ type: RecordType) {
    switch type.rawValue {
    case 1: self = .addresses4
    case 28: self = .addresses16
    case 33: self = .targets
    case 2: self = .targets
    case 6: self = .authority
    default: self = .single
    }
  }
}

/// The fixed sizes of stored records.
enum StoredRecord {
  /// Owner pointer, type, class, TTL, length.
  static var fixedPart: Int { @_noLocks get { 12 } }
  static var address4: Int { @_noLocks get { 16 } }
  static var address16: Int { @_noLocks get { 28 } }
}

/// One target of an SRV or NS record set.
struct TargetEntry: Sendable {
  /// From the node that holds the entry to the node of the target name, in bytes.
  var nodeDistance: Int32
  /// The port of SRV, else 0.
  var port: UInt16
  var reserved: UInt16 = 0
}

/// One record set of a node.
struct RecordSetEntry: Sendable {
  /// ``RecordType`` as its number.
  var type: UInt16
  /// Records in the set. At most 65 535, as a message could count no more.
  var count: UInt16
  /// From the node to the first record, in bytes.
  var bodyOffset: UInt32
}

/// A view of one name of the index with its answers, inside an ``AnswerBlob``.
///
/// A node is: this header, the name in lower case padded with zeros to words, the record set
/// entries, the bodies; all starting at a multiple of 8 bytes. It is valid as long as its blob,
/// which the snapshot under which it was found keeps alive.
struct IndexNode {
  struct Header: Sendable {
    /// Bytes of the name with its root label.
    var nameLength: UInt8
    var recordSetCount: UInt8
    var flags: UInt8
    var reserved: UInt8 = 0
    /// Bytes from this node to the next.
    var size: UInt32
  }

  /// Bits of the header's flags.
  enum Flag {
    /// Reverse lookups of the node's addresses lead to its name.
    static var hasReverse: UInt8 { @_noLocks get { 1 } }
    /// The name was chosen by the user as hostname: the name a Pod calls itself.
    static var isHostname: UInt8 { @_noLocks get { 2 } }
    /// The name is that of a Service with a cluster IP.
    static var isService: UInt8 { @_noLocks get { 4 } }
    /// The name does not exist yet, but is about to: denials of it may not be kept.
    static var isExpected: UInt8 { @_noLocks get { 8 } }
    /// Every address spelled below the name has its records.
    static var hasAnyPod: UInt8 { @_noLocks get { 16 } }
  }

  let base: UnsafeRawPointer

  @_noLocks
  init(base: UnsafeRawPointer) { self.base = base }

  static var headerSize: Int { @_noLocks get { 8 } }

  var header: Header { @_noLocks get { base.load(as: Header.self) } }
  var nameLength: Int { @_noLocks get { Int(header.nameLength) } }
  var name: UnsafeRawPointer { @_noLocks get { base + Self.headerSize } }

  @_noLocks
  func recordSet(at index: Int) -> RecordSetEntry {
    // Names are padded to words.
    let entries = Self.headerSize &+ (nameLength &+ 7) & ~7
    return base.load(fromByteOffset: entries &+ index &* 8, as: RecordSetEntry.self)
  }

  /// The record set of a type; of the first type if it is ANY (RFC 8482 section 4.1).
  @_noLocks
  func recordSet(of type: RecordType) -> RecordSetEntry? {
    let count = Int(header.recordSetCount)
    if count > 0, type.rawValue == 255 { return recordSet(at: 0) }
    var index = 0
    while index < count {
      let entry = recordSet(at: index)
      if entry.type == type.rawValue { return entry }
      index &+= 1
    }
    return nil
  }

  @_noLocks
  func target(_ index: Int, of entry: RecordSetEntry) -> TargetEntry {
    base.load(fromByteOffset: Int(entry.bodyOffset) &+ index &* 8, as: TargetEntry.self)
  }

  @_noLocks
  func node(of target: TargetEntry) -> IndexNode {
    IndexNode(base: base + Int(target.nodeDistance))
  }

  /// Whether one of the node's address records holds this IPv4 address.
  @_noLocks
  func hasAddress(_ address: UInt32) -> Bool {
    guard let entry = recordSet(of: .a) else { return false }
    var offset = Int(entry.bodyOffset) &+ StoredRecord.fixedPart
    var left = entry.count
    while left > 0 {
      let stored = base.loadUnaligned(fromByteOffset: offset, as: UInt32.self)
      if UInt32(bigEndian: stored) == address { return true }
      offset &+= StoredRecord.address4
      left &-= 1
    }
    return false
  }

  /// Whether one of the node's address records holds this IPv6 address.
  @_noLocks
  func hasAddress(high: UInt64, low: UInt64) -> Bool {
    guard let entry = recordSet(of: .aaaa) else { return false }
    var offset = Int(entry.bodyOffset) &+ StoredRecord.fixedPart
    var left = entry.count
    while left > 0 {
      let storedHigh = base.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
      let storedLow = base.loadUnaligned(fromByteOffset: offset &+ 8, as: UInt64.self)
      if UInt64(bigEndian: storedHigh) == high, UInt64(bigEndian: storedLow) == low { return true }
      offset &+= StoredRecord.address16
      left &-= 1
    }
    return false
  }
}
