import DNSMessage

/// Lays out the nodes of one owner.
///
/// A node that others refer to by ``RecordSet/targets`` is added before them.
struct AnswerBlobBuilder {
  /// The answers of one type at one name.
  enum RecordSet {
    case addresses4([UInt32])
    case addresses16([(high: UInt64, low: UInt64)])
    /// SRV records, or NS with port 0; targets are values `add` returned.
    case targets(RecordType, [(node: Int, port: UInt16)])
    /// One record of any other type, by its data in wire form.
    case single(RecordType, data: [UInt8])
    case startOfAuthority
  }

  private let ttl: UInt32
  private(set) var bytes: [UInt8] = []

  init(ttl: UInt32) { self.ttl = ttl }

  var isEmpty: Bool { bytes.isEmpty }

  func makeBlob() -> AnswerBlob { AnswerBlob.make(bytes) }

  /// Adds a name, in wire form and lower case, with its record sets, none of them empty; without
  /// sets it is an empty non-terminal. Returns where the node is, for targets.
  @discardableResult
  mutating func add(_ wire: [UInt8], _ sets: [RecordSet] = [], flags: UInt8 = 0) -> Int {
    let start = bytes.count
    let nameSize = (wire.count + 7) & ~7
    bytes += [UInt8(wire.count), UInt8(sets.count), flags, 0, 0, 0, 0, 0]
    bytes += wire
    bytes += Array(repeating: 0, count: nameSize - wire.count + sets.count * 8)
    for (index, set) in sets.enumerated() {
      // Bodies begin at words, so that target entries can be loaded in place.
      let body = bytes.count - start
      append(set, node: start)
      pad()
      put(
        RecordSetEntry(
          type: set.type.rawValue, count: UInt16(clamping: set.count),
          bodyOffset: UInt32(body)),
        at: start + IndexNode.headerSize + nameSize + index * 8)
    }
    put(
      IndexNode.Header(
        nameLength: UInt8(wire.count), recordSetCount: UInt8(sets.count), flags: flags,
        size: UInt32(bytes.count - start)),
      at: start)
    return start
  }

  private mutating func append(_ set: RecordSet, node: Int) {
    switch set {
    case .addresses4(let addresses):
      for address in addresses {
        appendFixedPart(.a, length: 4)
        appendBigEndian(address)
      }
    case .addresses16(let addresses):
      for address in addresses {
        appendFixedPart(.aaaa, length: 16)
        appendBigEndian(address.high)
        appendBigEndian(address.low)
      }
    case .targets(_, let targets):
      for target in targets {
        let entry = TargetEntry(nodeDistance: Int32(target.node - node), port: target.port)
        bytes += Array(repeating: 0, count: 8)
        put(entry, at: bytes.count - 8)
      }
    case .single(let type, let data):
      appendFixedPart(type, length: data.count)
      bytes += data
    case .startOfAuthority: break
    }
  }

  /// Everything before the data of a record owned by the question's name.
  private mutating func appendFixedPart(_ type: RecordType, length: Int) {
    bytes += [0xC0, UInt8(MessageLimits.headerSize)]
    appendBigEndian(type.rawValue)
    appendBigEndian(RecordClass.internet.rawValue)
    appendBigEndian(ttl)
    appendBigEndian(UInt16(length))
  }

  private mutating func appendBigEndian(_ value: some FixedWidthInteger) {
    withUnsafeBytes(of: value.bigEndian) { bytes += $0 }
  }

  private mutating func pad() {
    while bytes.count % 8 != 0 { bytes.append(0) }
  }

  private mutating func put<Value>(_ value: Value, at offset: Int) {
    withUnsafeBytes(of: value) { source in
      for (index, byte) in source.enumerated() { bytes[offset + index] = byte }
    }
  }
}

extension AnswerBlobBuilder.RecordSet {
  var type: RecordType {
    switch self {
    case .addresses4: .a
    case .addresses16: .aaaa
    case .targets(let type, _): type
    case .single(let type, _): type
    case .startOfAuthority: .soa
    }
  }

  /// Records in the set.
  var count: Int {
    switch self {
    case .addresses4(let addresses): addresses.count
    case .addresses16(let addresses): addresses.count
    case .targets(_, let targets): targets.count
    case .single, .startOfAuthority: 1
    }
  }
}
