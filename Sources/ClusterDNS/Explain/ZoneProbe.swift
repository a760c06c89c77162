import DNSMessage
private import KubernetesAPI

/// Asks a zone made of a value's objects, by the same path queries take.
struct ZoneProbe: ~Copyable {
  private let snapshot: IndexSnapshot
  private var pipeline = QueryPipeline(counters: QueryCounters())
  private let buffer: UnsafeMutableRawBufferPointer

  init(_ view: ExplainView) {
    var builder = ZoneBuilder(view.zone, hash: NameHash(seed: 0))
    for change in view.changes { builder.apply(change) }
    snapshot = builder.snapshot(isReady: true)
    buffer = .allocate(
      byteCount: MessageLimits.message + PipelineLimits.bufferSlack, alignment: 8)
    buffer.initializeMemory(as: UInt8.self, repeating: 0)
  }

  deinit { buffer.deallocate() }

  /// The whole answer, as over TCP; nil if there is none.
  mutating func ask(_ name: DomainName, _ type: RecordType) -> Message? {
    let query = Message(
      id: 0, flags: HeaderFlags(rawValue: HeaderFlags.recursionDesired),
      questions: [Question(name: name, type: type, recordClass: .internet)])
    guard let bytes = try? query.encoded() else { return nil }
    buffer.copyBytes(from: bytes)  // Fits: a question has at most 271 bytes.
    let length = withExtendedLifetime(snapshot) {
      pipeline.respond(buffer, length: bytes.count, transport: .tcp, index: snapshot.view)
    }
    return try? Message(Array(buffer[..<length]))
  }
}

extension Record {
  /// The record as zone files write it, without TTL and class.
  var presentation: String {
    let text =
      switch data {
      case .a(let value): "\(IPAddress.v4(value))"
      case .aaaa(let high, let low): "\(IPAddress.v6(high: high, low: low))"
      case .cname(let name), .ns(let name), .ptr(let name): "\(name)"
      case .srv(let priority, let weight, let port, let target):
        "\(priority) \(weight) \(port) \(target)"
      case .soa(let soa): "\(soa.primary) \(soa.mailbox) \(soa.serial)"
      case .txt(let strings):
        strings.map { "\"\(String(decoding: $0, as: UTF8.self))\"" }.joined(separator: " ")
      case .unknown(_, let data): "\\# \(data.count)"
      }
    return "\(name) \(type) \(text)"
  }
}
