import DNSMessage

/// A client's query as its response needs it.
struct ClientQuery: Sendable {
  let id: UInt16
  let flags: HeaderFlags
  let type: RecordType
  let recordClass: RecordClass
  /// The question's name in wire form, as the client wrote it.
  let name: [UInt8]
  let hasEDNS: Bool
  let dnssecOK: Bool
  /// Bytes the response may have.
  let limit: Int
  /// EDNS options of the response, as they go on the wire.
  var options: [UInt8] = []

  var question: ForwardedQuestion {
    var options: ForwardedQuestion.Options = []
    if dnssecOK { options.insert(.dnssecOK) }
    if flags.has(HeaderFlags.checkingDisabled) { options.insert(.checkingDisabled) }
    return ForwardedQuestion(
      name: name.map(DomainName.lowercased), type: type, options: options)
  }

  /// A response without records.
  func response(_ code: ResponseCode, extended: ExtendedError? = nil) -> [UInt8] {
    var bytes: [UInt8] = []
    func append(_ value: UInt16) {
      bytes.append(UInt8(truncatingIfNeeded: value >> 8))
      bytes.append(UInt8(truncatingIfNeeded: value))
    }
    for value in [id, responseFlags(code), 1, 0, 0, 0] { append(value) }
    bytes += name
    append(type.rawValue)
    append(recordClass.rawValue)
    appendOPT(to: &bytes, code: code, extended: extended)
    return bytes
  }

  /// QR, RD and CD as asked, RA, and the code.
  func responseFlags(_ code: ResponseCode) -> UInt16 {
    let kept = HeaderFlags.recursionDesired | HeaderFlags.checkingDisabled
    return HeaderFlags.response | HeaderFlags.recursionAvailable | flags.rawValue & kept
      | code.rawValue & HeaderFlags.responseCodeMask
  }

  /// Whether the client understands AD (RFC 6840 section 5.7).
  var wantsAuthenticData: Bool { dnssecOK || flags.has(HeaderFlags.authenticData) }

  /// Bytes of the OPT record its response has.
  func sizeOfOPT(extended: ExtendedError?) -> Int {
    guard hasEDNS else { return 0 }
    return MessageLimits.emptyOPT + options.count + (extended == nil ? 0 : ExtendedError.size)
  }

  /// Ends the response with our OPT record, if the query had one, and counts it.
  func appendOPT(to bytes: inout [UInt8], code: ResponseCode, extended: ExtendedError?) {
    guard hasEDNS else { return }
    let size = UInt16(MessageLimits.udpWithEDNS)
    bytes += [0, 0, UInt8(RecordType.opt.rawValue), UInt8(size >> 8), UInt8(size & 0xFF)]
    bytes += [UInt8(truncatingIfNeeded: code.rawValue >> 4), 0, dnssecOK ? 0x80 : 0, 0]
    let options = options + (extended?.option ?? [])
    bytes += [UInt8(options.count >> 8), UInt8(options.count & 0xFF)] + options
    // The count of additional records; there are fewer than 65 535.
    let count = UInt16(bytes[10]) << 8 | UInt16(bytes[11]) &+ 1
    bytes[10] = UInt8(count >> 8)
    bytes[11] = UInt8(truncatingIfNeeded: count)
  }
}

extension ClientQuery {
  /// Nil if the message is no query with one question.
  ///
  /// - Parameters:
  ///   - reserved: bytes that are added to the response later.
  ///   - options: EDNS options of the response; none if the query has no EDNS.
  init?(
    _ message: [UInt8], over transport: QueryPipeline.Transport, reserving reserved: Int = 0,
    options: [UInt8] = []
  ) {
    let head = QueryHead.read(message.span.bytes)
    guard head.disposition == .answer else { return nil }
    id = head.id
    flags = head.flags
    type = head.type
    recordClass = head.recordClass
    let start = MessageLimits.headerSize
    name = Array(message[start..<start + Int(head.nameLength)])
    hasEDNS = head.hasEDNS
    dnssecOK = head.dnssecOK
    self.options = head.hasEDNS ? options : []
    limit = (transport == .udp ? head.udpLimit : MessageLimits.message) - reserved
  }
}

/// Why a response is what it is, for people (RFC 8914).
enum ExtendedError: UInt8, Sendable {
  /// Too old, but better than nothing.
  case staleAnswer = 3
  /// The same failed a moment ago.
  case cachedError = 13
  /// The server is overloaded, or stops.
  case notReady = 14
  case prohibited = 18
  /// No upstream could be reached.
  case noReachableAuthority = 22
  /// Upstreams were reached and failed.
  case networkError = 23

  /// Bytes of the EDNS option.
  static let size = 6
  static let optionCode: UInt8 = 15

  /// The option on the wire.
  var option: [UInt8] { [0, Self.optionCode, 0, 2, 0, rawValue] }
}
