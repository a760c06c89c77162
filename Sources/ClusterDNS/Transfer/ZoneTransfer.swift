import DNSMessage
import KubernetesAPI

/// A whole zone as the messages of one transfer (RFC 5936): the SOA record, every other record of
/// one snapshot, the SOA record again.
///
/// Messages are made one at a time, as the client takes them. Each repeats the question, so that
/// owner names can end in a pointer to it.
final class ZoneTransfer {
  /// Bytes a message may have: compression pointers reach no further.
  static let messageSize = 16 * 1024

  private let snapshot: IndexSnapshot
  private let authority: AuthorityView
  /// Id, flags, counts and question, with the counts to be set.
  private let head: [UInt8]
  /// The zone's name in lower case.
  private let zone: [UInt8]
  private let isReverse: Bool
  private var page = 0
  private var entries: [IndexSlot] = []
  private var nextEntry = 0
  /// Records of a node that did not fit the last message.
  private var waiting: ArraySlice<[UInt8]> = []
  private var hasBegun = false
  private var hasEnded = false

  /// - Parameters:
  ///   - query: the head of the query for it.
  ///   - name: the zone's name as the query has it.
  private init(_ snapshot: IndexSnapshot, query: QueryHead, name: [UInt8], isReverse: Bool) {
    self.snapshot = snapshot
    self.isReverse = isReverse
    authority = snapshot.view.authority
    zone = name.map(DomainName.lowercased)
    let flags =
      HeaderFlags.response | HeaderFlags.authoritative
      | query.flags.rawValue & HeaderFlags.recursionDesired
    var head: [UInt8] = []
    for value in [query.id, flags, 1, 0, 0, 0] { head.append(bigEndian: value) }
    head += name
    head.append(bigEndian: query.type.rawValue)
    head.append(bigEndian: RecordClass.internet.rawValue)
    self.head = head
  }

  /// What a query for a transfer gets.
  enum Outcome {
    case transfer(ZoneTransfer)
    /// One message: the zone is as the client has it, or is none of ours.
    case response([UInt8])
  }

  /// Nil for a query of another kind.
  ///
  /// - Parameter query: a whole message.
  static func begin(_ query: [UInt8], _ snapshot: IndexSnapshot) -> Outcome? {
    let head = QueryHead.read(query.span.bytes)
    guard head.disposition == .answer, head.recordClass == .internet,
      head.type == .axfr || head.type == .ixfr
    else { return nil }
    let start = MessageLimits.headerSize
    let name = Array(query[start..<start + Int(head.nameLength)])
    let zone = name.map(DomainName.lowercased)
    let view = snapshot.view
    let key = NameKey(wire: zone, hash: snapshot.hash)
    let isReverse = view.authority.reverseZoneLength(key) == zone.count
    let isCluster = view.authority.isInZone(key) && view.authority.zoneLength == zone.count
    let transfer = ZoneTransfer(snapshot, query: head, name: name, isReverse: isReverse)
    guard snapshot.isReady else { return .response(transfer.failure(.serverFailure)) }
    guard isCluster || isReverse else { return .response(transfer.failure(.notAuthoritative)) }
    if head.type == .ixfr, transfer.isCurrent(query) {
      return .response(transfer.message([transfer.startOfAuthority]))
    }
    return .transfer(transfer)
  }

  private func failure(_ code: ResponseCode) -> [UInt8] {
    var bytes = head
    bytes[2] &= ~UInt8(HeaderFlags.authoritative >> 8)
    bytes[3] |= UInt8(truncatingIfNeeded: code.rawValue)
    return bytes
  }

  /// Whether the client of an incremental transfer has what there is (RFC 1995 section 4).
  private func isCurrent(_ query: [UInt8]) -> Bool {
    guard let message = try? Message(query), case .soa(let theirs)? = message.authority.first?.data
    else { return false }
    return theirs.serial == serial
  }

  private var serial: UInt32 {
    // The last five numbers of the record begin with it.
    let record = startOfAuthority
    return record[(record.count - 20)...].prefix(4).reduce(0) { $0 << 8 | UInt32($1) }
  }

  /// The SOA record, owned by the question's name.
  private var startOfAuthority: [UInt8] {
    var record = Array(
      UnsafeRawBufferPointer(start: authority.elsewhere, count: authority.elsewhereLength))
    record.replaceSubrange(0..<2, with: Self.pointer)
    return record
  }

  /// To the question's name.
  private static let pointer: [UInt8] = [0xC0, UInt8(MessageLimits.headerSize)]

  private func message(_ records: [[UInt8]]) -> [UInt8] {
    var bytes = head
    let count = UInt16(clamping: records.count)
    bytes[6] = UInt8(count >> 8)
    bytes[7] = UInt8(truncatingIfNeeded: count)
    for record in records { bytes += record }
    return bytes
  }

  /// The next message; nil behind the last.
  func next() -> [UInt8]? {
    if hasEnded { return nil }
    var records: [[UInt8]] = []
    var size = head.count
    if !hasBegun {
      hasBegun = true
      records.append(startOfAuthority)
      size += startOfAuthority.count
    }
    while true {
      while let record = waiting.first {
        guard size + record.count <= Self.messageSize else { return message(records) }
        records.append(record)
        size += record.count
        waiting = waiting.dropFirst()
      }
      guard let node = nextNode() else { break }
      waiting = (isReverse ? pointers(to: node) : self.records(of: node))[...]
    }
    hasEnded = true
    return message(records + [startOfAuthority])
  }

  private func nextNode() -> IndexNode? {
    while true {
      while nextEntry < entries.count {
        nextEntry += 1
        if let node = entries[nextEntry - 1].node { return node }
      }
      guard page < snapshot.names.pages.count else { return nil }
      entries = snapshot.names.pages[page].entries
      nextEntry = 0
      page += 1
    }
  }

  /// The records of a node in the cluster's zone, but for SOA.
  private func records(of node: IndexNode) -> [[UInt8]] {
    guard let owner = owner(of: Array(node.nameBytes)) else { return [] }
    var records: [[UInt8]] = []
    for index in 0..<Int(node.header.recordSetCount) {
      let entry = node.recordSet(at: index)
      let type = RecordType(rawValue: entry.type)
      let body = node.base + Int(entry.bodyOffset)
      switch BodyLayout(type) {
      case .addresses4:
        records += Self.stored(body, entry.count, StoredRecord.address4, owner)
      case .addresses16:
        records += Self.stored(body, entry.count, StoredRecord.address16, owner)
      case .single:
        let length = UInt16(bigEndian: body.loadUnaligned(fromByteOffset: 10, as: UInt16.self))
        records += Self.stored(body, 1, StoredRecord.fixedPart + Int(length), owner)
      case .targets:
        for number in 0..<Int(entry.count) {
          let target = node.target(number, of: entry)
          let name = Array(node.node(of: target).nameBytes)
          var data: [UInt8] = []
          if type == .srv { for value in [0, 100, target.port] { data.append(bigEndian: value) } }
          records.append(record(owner, type, data + name))
        }
      case .authority: break
      }
    }
    return records
  }

  /// Records as they are stored, with another owner.
  private static func stored(
    _ body: UnsafeRawPointer, _ count: UInt16, _ size: Int, _ owner: [UInt8]
  ) -> [[UInt8]] {
    (0..<Int(count)).map { number in
      // In bounds: the entry says how many there are. The first two bytes are the owner's.
      owner + UnsafeRawBufferPointer(start: body + number * size + 2, count: size - 2)
    }
  }

  private func record(_ owner: [UInt8], _ type: RecordType, _ data: [UInt8]) -> [UInt8] {
    var record = owner
    record.append(bigEndian: type.rawValue)
    record.append(bigEndian: RecordClass.internet.rawValue)
    record.append(bigEndian: authority.ttl)
    record.append(bigEndian: UInt16(truncatingIfNeeded: data.count))
    return record + data
  }

  /// A name of the zone with a pointer for the zone's own labels; nil for a name elsewhere.
  private func owner(of name: [UInt8]) -> [UInt8]? {
    guard name.count >= zone.count, name.suffix(zone.count) == zone[...] else { return nil }
    var label = 0
    while label < name.count - zone.count { label += 1 + Int(name[label]) }
    return label == name.count - zone.count ? name.prefix(label) + Self.pointer : nil
  }

  /// The records of a node in the reverse zone: of its addresses there, if they lead to it; those
  /// of the zone's own name, if it is its node.
  private func pointers(to node: IndexNode) -> [[UInt8]] {
    if Array(node.nameBytes) == zone { return records(of: node) }
    guard node.header.flags & IndexNode.Flag.hasReverse != 0 else { return [] }
    return node.addresses.compactMap { address in
      guard let name = address.reverseName, let owner = owner(of: name.lowercasedWire) else {
        return nil
      }
      return record(owner, .ptr, Array(node.nameBytes))
    }
  }
}

extension IndexNode {
  /// All addresses of the node's records.
  fileprivate var addresses: [IPAddress] {
    var addresses: [IPAddress] = []
    if let entry = recordSet(of: .a) {
      for index in 0..<Int(entry.count) {
        let offset = Int(entry.bodyOffset) + index * StoredRecord.address4 + StoredRecord.fixedPart
        // In bounds: the entry says how many records there are.
        addresses.append(
          .v4(UInt32(bigEndian: base.loadUnaligned(fromByteOffset: offset, as: UInt32.self))))
      }
    }
    if let entry = recordSet(of: .aaaa) {
      for index in 0..<Int(entry.count) {
        let offset =
          Int(entry.bodyOffset) + index * StoredRecord.address16 + StoredRecord.fixedPart
        let high = base.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
        let low = base.loadUnaligned(fromByteOffset: offset + 8, as: UInt64.self)
        addresses.append(.v6(high: UInt64(bigEndian: high), low: UInt64(bigEndian: low)))
      }
    }
    return addresses
  }
}

extension IPAddress {
  /// The name below `in-addr.arpa` or `ip6.arpa`.
  var reverseName: DomainName? {
    switch family {
    case .v4:
      DomainName(labels: (bytes.reversed().map { "\($0)" } + ["in-addr", "arpa"]).map(\.utf8))
    case .v6:
      DomainName(
        labels: (bytes.reversed().flatMap {
          [String($0 & 0xF, radix: 16), String($0 >> 4, radix: 16)]
        } + ["ip6", "arpa"]).map(\.utf8))
    }
  }
}

extension [UInt8] {
  fileprivate mutating func append(bigEndian value: UInt16) {
    append(UInt8(truncatingIfNeeded: value >> 8))
    append(UInt8(truncatingIfNeeded: value))
  }

  fileprivate mutating func append(bigEndian value: UInt32) {
    append(bigEndian: UInt16(truncatingIfNeeded: value >> 16))
    append(bigEndian: UInt16(truncatingIfNeeded: value))
  }
}
