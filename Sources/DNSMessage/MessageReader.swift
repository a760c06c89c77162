extension Message {
  /// Reads a whole message.
  package init(_ bytes: [UInt8]) throws(WireError) {
    var reader = MessageReader(bytes)
    self.init(id: reader.uint16())
    let flags = reader.uint16()
    let questions = reader.uint16()
    let answers = reader.uint16()
    let authority = reader.uint16()
    let additional = reader.uint16()
    self.flags = HeaderFlags(rawValue: flags & ~HeaderFlags.responseCodeMask)
    var code = flags & HeaderFlags.responseCodeMask
    for _ in 0..<questions {
      let name = try reader.name()
      self.questions.append(
        Question(
          name: name, type: RecordType(rawValue: reader.uint16()),
          recordClass: RecordClass(rawValue: reader.uint16())))
      if reader.failed { throw .truncated }
    }
    self.answers = try reader.records(answers)
    self.authority = try reader.records(authority)
    self.additional = try reader.records(additional, edns: &edns)
    if reader.failed { throw .truncated }
    if reader.offset != bytes.count { throw .trailingBytes }
    if let edns { code |= UInt16(edns.extendedResponseCode) << 4 }
    responseCode = ResponseCode(rawValue: code)
  }
}

/// Reads the sections of a message, following compression pointers.
private struct MessageReader {
  private let bytes: [UInt8]
  private var cursor = WireCursor()

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  var offset: Int { cursor.offset }
  var failed: Bool { cursor.failed }

  mutating func byte() -> UInt8 { read { $0.byte($1) } }
  mutating func uint16() -> UInt16 { read { $0.uint16($1) } }
  mutating func uint32() -> UInt32 { read { $0.uint32($1) } }
  mutating func uint64() -> UInt64 { UInt64(uint32()) << 32 | UInt64(uint32()) }

  private mutating func read<Value>(_ body: (inout WireCursor, RawSpan) -> Value) -> Value {
    var next = cursor
    defer { cursor = next }
    return unsafe body(&next, bytes.span.bytes)  // A [UInt8] has no padding.
  }

  private func byte(at piece: inout WireCursor) -> UInt8 {
    unsafe piece.byte(bytes.span.bytes)  // A [UInt8] has no padding.
  }

  mutating func take(_ count: Int) throws(WireError) -> [UInt8] {
    let start = cursor.offset
    read { $0.skip(count, in: $1) }
    if cursor.failed { throw .truncated }
    return Array(bytes[start..<start + count])
  }

  /// Each pointer must lead before the piece it stands in, so reading ends: every jump goes
  /// strictly backwards. Their number is bounded too: else a message of chained pointers would cost
  /// the square of its length.
  mutating func name() throws(WireError) -> DomainName {
    var wire: [UInt8] = []
    var piece = cursor
    var pieceStart = cursor.offset
    var jumps = 0
    while true {
      let length = byte(at: &piece)
      if piece.failed { throw .truncated }
      if length >= 0xC0 {
        let target = Int(length & 0x3F) << 8 | Int(byte(at: &piece))
        if piece.failed { throw .truncated }
        if jumps == 0 { cursor = piece }
        jumps += 1
        guard target < pieceStart, jumps <= MessageLimits.pointersPerName else {
          throw .badPointer
        }
        piece = WireCursor(at: target)
        pieceStart = target
        continue
      }
      guard length <= MessageLimits.label else { throw .badName }
      wire.append(length)
      for _ in 0..<length { wire.append(byte(at: &piece)) }
      if piece.failed { throw .truncated }
      guard wire.count <= MessageLimits.name else { throw .badName }
      if length == 0 { break }
    }
    if jumps == 0 { cursor = piece }
    return DomainName(unchecked: wire)
  }

  mutating func records(_ count: UInt16) throws(WireError) -> [Record] {
    var none: EDNS?
    let records = try records(count, edns: &none)
    if none != nil { throw .badOPT }  // OPT belongs to the additional section.
    return records
  }

  mutating func records(_ count: UInt16, edns: inout EDNS?) throws(WireError) -> [Record] {
    var records: [Record] = []
    for _ in 0..<count {
      let name = try name()
      let type = RecordType(rawValue: uint16())
      let recordClass = uint16()
      let ttl = uint32()
      let length = Int(uint16())
      if failed { throw .truncated }
      if type == .opt {
        guard edns == nil, name == .root else { throw .badOPT }
        edns = try readEDNS(payloadSize: recordClass, ttl: ttl, length: length)
      } else {
        let data = try data(of: type, length: length)
        records.append(
          Record(
            name: name, recordClass: RecordClass(rawValue: recordClass), ttl: ttl, data: data))
      }
    }
    return records
  }

  private mutating func readEDNS(
    payloadSize: UInt16, ttl: UInt32, length: Int
  ) throws(WireError) -> EDNS {
    let end = offset + length
    var options: [EDNS.Option] = []
    while offset < end {
      let code = uint16()
      options.append(EDNS.Option(code: code, data: try take(Int(uint16()))))
    }
    if failed { throw .truncated }
    guard offset == end else { throw .badOPT }
    return EDNS(
      udpPayloadSize: payloadSize, extendedResponseCode: UInt8(ttl >> 24),
      version: UInt8(truncatingIfNeeded: ttl >> 16),
      dnssecOK: UInt16(truncatingIfNeeded: ttl) & EDNS.dnssecOKBit != 0, options: options)
  }

  /// The data with its names written out: their compression pointers mean nothing elsewhere.
  private mutating func spellOut(_ form: EmbeddedNames, end: Int) throws(WireError) -> [UInt8] {
    var data = try take(form.fixedBytes)
    for _ in 0..<form.strings {
      let length = byte()
      data.append(length)
      data += try take(Int(length))
    }
    for _ in 0..<form.names { data += try name().wire }
    guard offset <= end else { throw .badRecordData }
    return data + (try take(end - offset))
  }

  private mutating func data(of type: RecordType, length: Int) throws(WireError) -> RecordData {
    let end = offset + length
    guard end <= bytes.count else { throw .truncated }
    let data: RecordData
    switch type {
    case .a: data = .a(uint32())
    case .aaaa: data = .aaaa(high: uint64(), low: uint64())
    case .cname: data = .cname(try name())
    case .ns: data = .ns(try name())
    case .ptr: data = .ptr(try name())
    case .soa:
      let primary = try name()
      let mailbox = try name()
      data = .soa(
        StartOfAuthority(
          primary: primary, mailbox: mailbox, serial: uint32(), refresh: uint32(),
          retry: uint32(), expire: uint32(), minimum: uint32()))
    case .srv:
      let (priority, weight, port) = (uint16(), uint16(), uint16())
      data = .srv(priority: priority, weight: weight, port: port, target: try name())
    case .txt:
      var strings: [[UInt8]] = []
      while offset < end { strings.append(try take(Int(byte()))) }
      data = .txt(strings)
    default:
      if let form = EmbeddedNames(type) {
        data = .unknown(type: type, data: try spellOut(form, end: end))
      } else {
        data = .unknown(type: type, data: try take(length))
      }
    }
    if failed { throw .truncated }
    guard offset == end else { throw .badRecordData }
    return data
  }
}
