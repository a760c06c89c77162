extension Message {
  /// The wire form, with names compressed where the RFCs allow it.
  ///
  /// - Throws: ``WireError/tooLarge`` if it would exceed `limit` bytes: nothing is truncated
  ///   silently.
  package func encoded(limit: Int = MessageLimits.message) throws(WireError) -> [UInt8] {
    var writer = MessageWriter()
    writer.append(id)
    writer.append(flags.rawValue | responseCode.rawValue & HeaderFlags.responseCodeMask)
    for count in [
      questions.count, answers.count, authority.count, additional.count + (edns == nil ? 0 : 1),
    ] {
      guard let count = UInt16(exactly: count) else { throw .tooLarge }
      writer.append(count)
    }
    for question in questions {
      writer.append(question.name, compress: true)
      writer.append(question.type.rawValue)
      writer.append(question.recordClass.rawValue)
    }
    for section in [answers, authority, additional] {
      for record in section { try writer.append(record) }
    }
    if var edns {
      edns.extendedResponseCode = UInt8(truncatingIfNeeded: responseCode.rawValue >> 4)
      try writer.append(edns)
    }
    guard writer.bytes.count <= min(limit, MessageLimits.message) else { throw .tooLarge }
    return writer.bytes
  }
}

/// Appends the parts of a message and remembers where names stand, to point at them again.
private struct MessageWriter {
  private(set) var bytes: [UInt8] = []
  /// Lower-cased wire forms of names, and of their ancestors, to where they were first written.
  private var offsets: [[UInt8]: Int] = [:]

  mutating func append(_ value: UInt16) {
    bytes.append(UInt8(truncatingIfNeeded: value >> 8))
    bytes.append(UInt8(truncatingIfNeeded: value))
  }

  mutating func append(_ value: UInt32) {
    append(UInt16(truncatingIfNeeded: value >> 16))
    append(UInt16(truncatingIfNeeded: value))
  }

  mutating func append(_ value: UInt64) {
    append(UInt32(truncatingIfNeeded: value >> 32))
    append(UInt32(truncatingIfNeeded: value))
  }

  /// Writes a name; compressed, it ends in a pointer to the longest ancestor written before.
  mutating func append(_ name: DomainName, compress: Bool) {
    guard compress else {
      bytes += name.wire
      return
    }
    var rest: DomainName = name
    while let parent = rest.parent {
      let key = rest.lowercasedWire
      if let offset = offsets[key] {
        append(0xC000 | UInt16(offset))  // Fits 14 bits: only such offsets are remembered.
        return
      }
      if bytes.count <= MessageLimits.pointerTarget { offsets[key] = bytes.count }
      bytes += rest.wire[...Int(rest.wire[0])]
      rest = parent
    }
    bytes.append(0)
  }

  mutating func append(_ record: Record) throws(WireError) {
    append(record.name, compress: true)
    append(record.type.rawValue)
    append(record.recordClass.rawValue)
    append(record.ttl)
    try appendCounted { writer throws(WireError) in try writer.append(record.data) }
  }

  mutating func append(_ edns: EDNS) throws(WireError) {
    bytes.append(0)
    append(RecordType.opt.rawValue)
    append(edns.udpPayloadSize)
    bytes.append(edns.extendedResponseCode)
    bytes.append(edns.version)
    append(edns.dnssecOK ? EDNS.dnssecOKBit : 0)
    try appendCounted { writer throws(WireError) in
      for option in edns.options {
        guard let length = UInt16(exactly: option.data.count) else { throw .tooLarge }
        writer.append(option.code)
        writer.append(length)
        writer.bytes += option.data
      }
    }
  }

  /// Writes a 16-bit length before what the body appends.
  private mutating func appendCounted(
    _ body: (inout MessageWriter) throws(WireError) -> Void
  ) throws(WireError) {
    let start = bytes.count
    append(0 as UInt16)
    try body(&self)
    guard let length = UInt16(exactly: bytes.count - start - 2) else { throw .tooLarge }
    bytes[start] = UInt8(truncatingIfNeeded: length >> 8)
    bytes[start + 1] = UInt8(truncatingIfNeeded: length)
  }

  /// Only the types of RFC 1035 may have compressed names in their data (RFC 3597 section 4).
  private mutating func append(_ data: RecordData) throws(WireError) {
    switch data {
    case .a(let address): append(address)
    case .aaaa(let high, let low):
      append(high)
      append(low)
    case .cname(let name), .ns(let name), .ptr(let name): append(name, compress: true)
    case .soa(let soa):
      append(soa.primary, compress: true)
      append(soa.mailbox, compress: true)
      for value in [soa.serial, soa.refresh, soa.retry, soa.expire, soa.minimum] { append(value) }
    case .srv(let priority, let weight, let port, let target):
      append(priority)
      append(weight)
      append(port)
      append(target, compress: false)
    case .txt(let strings):
      for string in strings {
        guard let length = UInt8(exactly: string.count) else { throw .badRecordData }
        bytes.append(length)
        bytes += string
      }
    case .unknown(_, let data): bytes += data
    }
  }
}
