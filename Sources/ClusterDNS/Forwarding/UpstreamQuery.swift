import DNSMessage

/// One query to an upstream, and what is believed to be its response.
///
/// What an attacker off the path must guess: the id, the source port (each query has a socket of
/// its own) and the case of every letter of the name (RFC 5452, and what is known as 0x20).
struct UpstreamQuery: Sendable {
  var id: UInt16
  let question: ForwardedQuestion
  /// The name as it is written in this query.
  let name: [UInt8]
  /// Some old servers know no EDNS, and say FORMERR.
  let hasEDNS: Bool
  /// False for a server that was seen to write names in its own case.
  let checksCase: Bool

  init(
    _ question: ForwardedQuestion, hasEDNS: Bool = true, checksCase: Bool = true,
    random: inout some RandomNumberGenerator
  ) {
    self.question = question
    self.hasEDNS = hasEDNS
    self.checksCase = checksCase
    id = UInt16.random(in: 0...UInt16.max, using: &random)
    var bits: UInt64 = 0
    var left = 0
    name = question.name.map { byte in
      // Length bytes are below the letters.
      guard (0x61...0x7A).contains(byte) else { return byte }
      if left == 0 {
        bits = random.next()
        left = 64
      }
      let isUpper = bits & 1 == 1
      bits >>= 1
      left -= 1
      return isUpper ? byte & ~0x20 : byte
    }
  }

  /// The message as it is sent.
  var bytes: [UInt8] {
    var flags = HeaderFlags.recursionDesired
    if question.options.contains(.checkingDisabled) { flags |= HeaderFlags.checkingDisabled }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(MessageLimits.headerSize + name.count + 4 + MessageLimits.emptyOPT)
    func append(_ value: UInt16) {
      bytes.append(UInt8(truncatingIfNeeded: value >> 8))
      bytes.append(UInt8(truncatingIfNeeded: value))
    }
    for value in [id, flags, 1, 0, 0, hasEDNS ? 1 : 0] { append(value) }
    bytes += name
    append(question.type.rawValue)
    append(RecordClass.internet.rawValue)
    guard hasEDNS else { return bytes }
    bytes.append(0)
    append(RecordType.opt.rawValue)
    append(UInt16(MessageLimits.udpWithEDNS))
    append(0)
    append(question.options.contains(.dnssecOK) ? EDNS.dnssecOKBit : 0)
    append(0)
    return bytes
  }

  /// What a message that arrived is.
  enum Verdict: Equatable {
    case response(Message)
    /// The response, but cut: TCP has the rest.
    case truncated
    /// The response but for the case of its name: from a server that does not keep it, or from
    /// someone who guesses.
    case otherCase
    /// Not the response to this query.
    case foreign
    /// The response, but its content cannot be read.
    case malformed
  }

  /// - Parameter checksCase: not where the sender is known anyway, as over TCP.
  func verdict(on bytes: [UInt8], checksCase: Bool) -> Verdict {
    let head = MessageLimits.headerSize
    guard bytes.count >= head, Self.uint16(bytes, 0) == id else { return .foreign }
    let flags = HeaderFlags(rawValue: Self.uint16(bytes, 2))
    guard flags.has(HeaderFlags.response), flags.opcode == 0 else { return .foreign }
    let questions = Self.uint16(bytes, 4)
    let code = ResponseCode(rawValue: flags.rawValue & HeaderFlags.responseCodeMask)
    if questions == 0, bytes.count == head, code != .noError, code != .nameError {
      // A server that could not read the question need not repeat it.
      return .response(Message(id: id, flags: flags, responseCode: code))
    }
    let end = head + name.count
    guard questions == 1, bytes.count >= end + 4, Self.uint16(bytes, end) == question.type.rawValue,
      Self.uint16(bytes, end + 2) == RecordClass.internet.rawValue
    else { return .foreign }
    if !bytes[head..<end].elementsEqual(name) {
      guard bytes[head..<end].lazy.map(DomainName.lowercased).elementsEqual(question.name) else {
        return .foreign
      }
      if checksCase { return .otherCase }
    }
    if flags.has(HeaderFlags.truncated) { return .truncated }
    guard let message = try? Message(bytes) else { return .malformed }
    return .response(message)
  }

  private static func uint16(_ bytes: [UInt8], _ offset: Int) -> UInt16 {
    // In bounds: callers have checked the count.
    UInt16(bytes[offset]) << 8 | UInt16(bytes[offset + 1])
  }
}
