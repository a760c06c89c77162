import ClusterDNS
import DNSMessage
import KubernetesAPI

/// The query pipeline over a fixed zone: whatever comes in, what goes out is a response to it that
/// our own reader accepts, within the size the client can take.
final class PipelineTarget: InputChecker {
  private var udp: MessageAnswerer
  private var tcp: MessageAnswerer

  init() {
    let feed = ZoneFeed(FuzzZone.configuration, hashSeed: 1)
    feed.apply(FuzzZone.changes)
    feed.markSynced()
    udp = MessageAnswerer(feed)
    tcp = MessageAnswerer(feed)
  }

  func check(_ input: [UInt8]) throws {
    let query = MessageTarget.read(input)
    // As large as the largest datagram that is not cut.
    if input.count <= 1664 {
      try check(udp.answer(input, over: .udp), to: input, query, over: .udp)
    }
    try check(tcp.answer(input, over: .tcp), to: input, query, over: .tcp)
  }

  private func check(
    _ bytes: [UInt8], to input: [UInt8], _ query: Message?, over transport: QueryPipeline.Transport
  ) throws {
    // Responses, and what has no header, are not answered; all else is.
    let isDropped = input.count < MessageLimits.headerSize || input[2] & 0x80 != 0
    try BrokenPromise.unless(
      bytes.isEmpty == isDropped, "\(bytes.count) bytes in answer to \(input)")
    guard !isDropped else { return }
    guard let response = MessageTarget.read(bytes) else {
      throw BrokenPromise("our reader refuses \(bytes) in answer to \(input)")
    }
    try BrokenPromise.unless(
      response.isResponse && bytes.prefix(2) == input.prefix(2),
      "another header in answer to \(input)")
    try BrokenPromise.unless(
      response.edns == nil || response.edns?.options.isEmpty == true || query?.edns != nil,
      "options without OPT in answer to \(input)")
    if transport == .udp {
      try BrokenPromise.unless(
        bytes.count <= Self.limit(query, input), "\(bytes.count) bytes over UDP to \(input)")
    }
    if let question = response.questions.first {
      let end = MessageLimits.headerSize + question.name.wire.count + 4
      try BrokenPromise.unless(
        bytes[12..<end] == input[12..<end], "the question changed: \(input)")
    }
    if let query { try check(response, to: query) }
  }

  /// What a client takes that said nothing we understood is 512 bytes, or its own question.
  private static func limit(_ query: Message?, _ input: [UInt8]) -> Int {
    guard let query else { return MessageLimits.udpWithEDNS }
    guard let edns = query.edns else { return MessageLimits.udpWithoutEDNS }
    return min(
      max(Int(edns.udpPayloadSize), MessageLimits.udpWithoutEDNS), MessageLimits.udpWithEDNS)
  }

  /// What our reader takes for one question is not malformed.
  private func check(_ response: Message, to query: Message) throws {
    guard query.questions.count == 1, query.flags.opcode == 0 else { return }
    let type = query.questions[0].type
    if response.responseCode == .formatError {
      // The head wants the first name uncompressed; OPT is no question.
      try BrokenPromise.unless(
        type == .opt || response.questions.isEmpty, "FORMERR to \(query)")
    }
    try BrokenPromise.unless(
      (query.edns != nil) == (response.edns != nil) || response.responseCode == .formatError,
      "OPT in \(query) but not in \(response), or the reverse")
    for record in response.answers where type != .any {
      try BrokenPromise.unless(
        record.type == type || record.type == .cname, "\(record) in answer to \(query)")
    }
  }
}
