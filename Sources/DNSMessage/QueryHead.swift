/// What a server must know of a query before it looks anything up: read in one pass over the
/// message, without a copy and without an allocation.
///
/// The name of the question is not decoded: it is the `nameLength` bytes at offset 12.
package struct QueryHead {
  package enum Disposition: UInt8, Sendable {
    /// A well-formed question of the QUERY opcode.
    case answer
    /// Not to be answered at all: a response, or too short to have a header (RFC 1035 7.3;
    /// answering responses lets two servers talk for ever).
    case drop
    /// FORMERR. The question is echoed if `nameLength` is not 0.
    case formatError
    /// NOTIMP: another opcode than QUERY.
    case notImplemented
  }

  package private(set) var disposition = Disposition.drop
  /// What is said by being there, a bit each: the head stays small enough for two registers.
  private var bits: UInt8 = 0
  package private(set) var ednsVersion: UInt8 = 0
  /// Bytes of the question's name with its root label; 0 if no question could be read.
  package private(set) var nameLength: UInt8 = 0
  package private(set) var id: UInt16 = 0
  package private(set) var flags = HeaderFlags(rawValue: 0)
  package private(set) var type = RecordType(rawValue: 0)
  package private(set) var recordClass = RecordClass(rawValue: 0)
  /// The OPT's class field as sent; 0 without EDNS.
  package private(set) var udpPayloadSize: UInt16 = 0
  /// Where the cookie of the client stands, if it has one: eight bytes, then that of the server.
  package private(set) var cookieOffset: UInt16 = 0

  /// Of the client, in any OPT: what it can take over UDP, at least 512 when it is read.
  package var hasEDNS: Bool { @_noLocks get { bits & 1 != 0 } }
  /// DO: the client asks for DNSSEC records (RFC 3225); copied to the response.
  package var dnssecOK: Bool { @_noLocks get { bits & 2 != 0 } }
  /// The client wants to know which server answers (RFC 5001).
  package var wantsIdentity: Bool { @_noLocks get { bits & 4 != 0 } }
  /// The client has sent a cookie (RFC 7873).
  package var hasCookie: Bool { @_noLocks get { bits & 8 != 0 } }
  /// With it, one of a server that has 16 bytes (RFC 9018).
  package var hasServerCookie: Bool { @_noLocks get { bits & 16 != 0 } }

  @_noLocks
  init() {}

  /// The offset behind the question, if there is one.
  package var questionEnd: Int {
    @_noLocks get { MessageLimits.headerSize &+ Int(nameLength) &+ 4 }
  }

  /// The most a UDP response may have: what the client offers, within 512 and our own maximum
  /// (RFC 6891 section 6.2.3; RFC 9715 advises against more).
  package var udpLimit: Int {
    @_noLocks get {
      guard hasEDNS else { return MessageLimits.udpWithoutEDNS }
      return min(
        max(Int(udpPayloadSize), MessageLimits.udpWithoutEDNS), MessageLimits.udpWithEDNS)
    }
  }

  /// Reads a message as a query.
  @_noLocks
  package static func read(_ message: RawSpan) -> QueryHead {
    var head = QueryHead()
    var cursor = WireCursor()
    head.id = cursor.uint16(message)
    head.flags = HeaderFlags(rawValue: cursor.uint16(message))
    let questions = cursor.uint16(message)
    let otherRecords = Int(cursor.uint16(message)) &+ Int(cursor.uint16(message))
    let additionalRecords = Int(cursor.uint16(message))
    if cursor.failed { return head }
    if head.flags.has(HeaderFlags.response) { return head }
    if head.flags.has(HeaderFlags.opcodeMask) {
      head.disposition = .notImplemented
      return head
    }
    head.disposition = .formatError
    guard questions == 1 else { return head }
    let nameLength = cursor.skipPlainName(message)
    let type = cursor.uint16(message)
    let recordClass = cursor.uint16(message)
    if cursor.failed { return head }
    head.nameLength = UInt8(truncatingIfNeeded: nameLength)  // At most 255.
    head.type = RecordType(rawValue: type)
    head.recordClass = RecordClass(rawValue: recordClass)
    // Answer and authority sections are empty in queries, but IXFR and future uses fill them.
    head.skipRecords(otherRecords, &cursor, message)
    head.readAdditional(additionalRecords, &cursor, message)
    guard !cursor.failed, cursor.offset == message.byteCount else { return head }
    head.disposition = .answer
    return head
  }

  @_noLocks
  private func skipRecords(_ count: Int, _ cursor: inout WireCursor, _ message: RawSpan) {
    var left = count
    while left > 0, !cursor.failed {
      cursor.skipName(message)
      cursor.skip(8, in: message)
      let length = Int(cursor.uint16(message))
      cursor.skip(length, in: message)
      left &-= 1
    }
  }

  /// Reads the additional section, of which only OPT matters here.
  @_noLocks
  private mutating func readAdditional(
    _ count: Int, _ cursor: inout WireCursor, _ message: RawSpan
  ) {
    var left = count
    while left > 0, !cursor.failed {
      let start = cursor.offset
      cursor.skipName(message)
      let isRoot = cursor.offset &- start == 1
      let type = cursor.uint16(message)
      if type == RecordType.opt.rawValue {
        // One OPT at most, owned by the root (RFC 6891 section 6.1.1).
        if hasEDNS { cursor.fail() }
        if !isRoot { cursor.fail() }
        readOPT(&cursor, message)
      } else {
        cursor.skip(6, in: message)
        let length = Int(cursor.uint16(message))
        cursor.skip(length, in: message)
      }
      left &-= 1
    }
  }

  @_noLocks
  private mutating func readOPT(_ cursor: inout WireCursor, _ message: RawSpan) {
    udpPayloadSize = cursor.uint16(message)
    _ = cursor.byte(message)  // Upper bits of the response code: meaningless in a query.
    ednsVersion = cursor.byte(message)
    if cursor.uint16(message) & EDNS.dnssecOKBit != 0 { bits |= 2 }
    var left = Int(cursor.uint16(message))
    // Options are code, length, data; unknown ones are passed over (RFC 6891 section 6.1.2).
    while left > 0, !cursor.failed {
      let code = cursor.uint16(message)
      let length = Int(cursor.uint16(message))
      if code == EDNS.cookie {
        if !Self.isCookie(length) { cursor.fail() }
        noteCookie(at: cursor.offset, length)
      } else if code == EDNS.identity {
        bits |= 4
      }
      cursor.skip(length, in: message)
      left &-= 4 &+ length
    }
    if left < 0 { cursor.fail() }
    if !cursor.failed { bits |= 1 }
  }

  /// Only the first of several counts (RFC 7873 section 5.2).
  @_noLocks
  private mutating func noteCookie(at offset: Int, _ length: Int) {
    if hasCookie { return }
    cookieOffset = UInt16(truncatingIfNeeded: offset)  // A message has at most 65 535 bytes.
    bits |= length == 24 ? 24 : 8
  }

  /// The client's part has eight bytes, the server's, if there is one, eight to 32.
  @_noLocks
  private static func isCookie(_ length: Int) -> Bool {
    if length == 8 { return true }
    return length >= 16 && length <= 40
  }
}
