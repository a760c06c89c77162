import DNSMessage

/// What answers need of the zones as a whole: their names, and the SOA records of negative answers.
///
/// Sendable because nothing writes to its memory after `init`.
final class ZoneAuthority: @unchecked Sendable {
  private let memory: UnsafeMutableRawPointer
  let view: AuthorityView

  /// - Parameters:
  ///   - zone: the cluster domain.
  ///   - reverseZones: names of the reverse zones served whole.
  ///   - startOfAuthority: of the cluster zone; the reverse zones have the same but the owner.
  ///   - ttl: of the SOA record and of pointers, in seconds.
  ///   - answersAnyPod: whether namespaces answer for every address spelled below them.
  init(
    zone: DomainName, reverseZones: [DomainName], startOfAuthority: StartOfAuthority, ttl: UInt32,
    answersAnyPod: Bool = false
  ) {
    var layout = Layout()
    let zoneAt = layout.append(zone.lowercasedWire)
    // Owner, primary and mailbox end in pointers, which are set when the record is used.
    let inZone = Self.record(
      startOfAuthority, ttl: ttl,
      primary: Self.labels(of: startOfAuthority.primary, below: zone) + [0xC0, 0],
      mailbox: Self.labels(of: startOfAuthority.mailbox, below: zone) + [0xC0, 0])
    let inZoneAt = layout.append(inZone.bytes)
    let elsewhere = Self.record(
      startOfAuthority, ttl: ttl, primary: startOfAuthority.primary.wire,
      mailbox: startOfAuthority.mailbox.wire)
    let elsewhereAt = layout.append(elsewhere.bytes)
    let reverseAt = layout.bytes.count
    for name in reverseZones {
      let wire = name.lowercasedWire
      let cell = [UInt8(wire.count)] + wire
      layout.append(
        cell + Array(repeating: 0, count: max(0, AuthorityView.reverseCellSize - cell.count)))
    }
    let size = layout.bytes.count + 8
    memory = .allocate(byteCount: size, alignment: 8)
    memory.initializeMemory(as: UInt8.self, repeating: 0, count: size)
    UnsafeMutableRawBufferPointer(start: memory, count: size).copyBytes(from: layout.bytes)
    let base = UnsafeRawPointer(memory)
    view = AuthorityView(
      zone: base + zoneAt, zoneLength: zone.wire.count,
      inZone: base + inZoneAt, inZoneLength: inZone.bytes.count,
      primaryPointer: inZone.primaryEnd - 2, mailboxPointer: inZone.mailboxEnd - 2,
      elsewhere: base + elsewhereAt, elsewhereLength: elsewhere.bytes.count,
      reverseZones: base + reverseAt, reverseZoneCount: reverseZones.count, ttl: ttl,
      answersAnyPod: answersAnyPod)
  }

  deinit { memory.deallocate() }

  private struct Layout {
    private(set) var bytes: [UInt8] = []

    @discardableResult
    mutating func append(_ more: [UInt8]) -> Int {
      let start = bytes.count
      bytes += more
      bytes += Array(repeating: 0, count: (8 - bytes.count % 8) % 8)
      return start
    }
  }

  /// The labels of a name without those of the zone it is in.
  private static func labels(of name: DomainName, below zone: DomainName) -> [UInt8] {
    Array(name.wire.dropLast(name.isWithin(zone) ? zone.wire.count : 0))
  }

  private static func record(
    _ soa: StartOfAuthority, ttl: UInt32, primary: [UInt8], mailbox: [UInt8]
  ) -> (bytes: [UInt8], primaryEnd: Int, mailboxEnd: Int) {
    var bytes: [UInt8] = [0xC0, UInt8(MessageLimits.headerSize)]
    func append(_ value: some FixedWidthInteger) {
      withUnsafeBytes(of: value.bigEndian) { bytes += $0 }
    }
    append(RecordType.soa.rawValue)
    append(RecordClass.internet.rawValue)
    append(ttl)
    append(UInt16(primary.count + mailbox.count + 20))
    bytes += primary
    let primaryEnd = bytes.count
    bytes += mailbox
    let mailboxEnd = bytes.count
    for value in [soa.serial, soa.refresh, soa.retry, soa.expire, soa.minimum] { append(value) }
    return (bytes, primaryEnd, mailboxEnd)
  }
}

/// Bare pointers into a ``ZoneAuthority``, valid as long as it is.
struct AuthorityView {
  /// The cluster domain in wire form and lower case.
  let zone: UnsafeRawPointer
  let zoneLength: Int
  /// The SOA record for names in the cluster zone, with three pointers to set: at 0 and here.
  let inZone: UnsafeRawPointer
  let inZoneLength: Int
  let primaryPointer: Int
  let mailboxPointer: Int
  /// The SOA record for names elsewhere, with the owner's pointer to set at 0.
  let elsewhere: UnsafeRawPointer
  let elsewhereLength: Int
  /// Cells of a length byte and a name.
  let reverseZones: UnsafeRawPointer
  let reverseZoneCount: Int
  /// Seconds.
  let ttl: UInt32
  /// Some nodes have ``IndexNode/Flag/hasAnyPod``.
  let answersAnyPod: Bool

  /// An IPv6 reverse name has at most 74 bytes.
  static var reverseCellSize: Int { @_noLocks get { 80 } }

  /// Whether a name is the cluster domain or below it.
  @_noLocks
  func isInZone(_ key: borrowing NameKey) -> Bool {
    key.isWithin(zone, byteCount: zoneLength)
  }

  /// The bytes of the reverse zone a name is in, 0 if it is in none.
  @_noLocks
  func reverseZoneLength(_ key: borrowing NameKey) -> Int {
    var index = 0
    while index < reverseZoneCount {
      let cell = reverseZones + index &* Self.reverseCellSize
      let length = Int(cell.load(as: UInt8.self))
      if key.isWithin(cell + 1, byteCount: length) { return length }
      index &+= 1
    }
    return 0
  }
}

extension NameKey {
  /// Whether the name is another, or below it. The other is in wire form and lower case.
  @_noLocks
  borrowing func isWithin(_ ancestor: UnsafeRawPointer, byteCount ancestorLength: Int) -> Bool {
    let start = byteCount &- ancestorLength
    guard start >= 0 else { return false }
    var index = 0
    while index < ancestorLength {
      // In bounds: start + ancestorLength is the length of this name.
      let own = bytes.load(fromByteOffset: start &+ index, as: UInt8.self)
      guard own == ancestor.load(fromByteOffset: index, as: UInt8.self) else { return false }
      index &+= 1
    }
    // The tail must begin with a label, not inside one.
    var label = 0
    while label < start {
      label &+= 1 &+ Int(bytes.load(fromByteOffset: label, as: UInt8.self))
    }
    return label == start
  }
}
