import DNSMessage
import KubernetesAPI
import NIOCore
import Testing

@testable import ClusterDNS

/// A zone with its pipeline and no sockets: objects in, responses out.
final class TestZone {
  static let domain = ZoneConfiguration.defaultDomain

  var builder: ZoneBuilder
  private(set) var snapshot: IndexSnapshot
  private(set) var pipeline: QueryPipeline
  /// Who asks.
  var asker: IPAddress?
  /// The time cookies and limits go by, in milliseconds since 1970.
  var now: UInt64 {
    get { pipeline.now }
    set { pipeline.now = newValue }
  }
  let counters = QueryCounters()
  let age = ViewAge()
  private let buffer = UnsafeMutableRawBufferPointer.allocate(
    byteCount: MessageLimits.message + PipelineLimits.bufferSlack, alignment: 8)
  private var nextID: UInt16 = 1

  init(
    _ changes: [ZoneChange] = [], seed: UInt64 = 1, rotationSeed: UInt64 = 0,
    choices: PipelineSettings.Choices = PipelineSettings.Choices(),
    configure: (inout ZoneConfiguration) -> Void = { _ in }
  ) {
    var configuration = ZoneConfiguration(domain: Self.domain)
    configuration.serviceRanges = [CIDR("10.96.0.0/12"), CIDR("fd00:10:96::/112")].compactMap { $0 }
    configuration.nameServers = [.v4(0x7F00_0001)]
    configure(&configuration)
    builder = ZoneBuilder(configuration, hash: NameHash(seed: seed), age: age)
    pipeline = QueryPipeline(
      counters: counters, rotationSeed: rotationSeed, settings: PipelineSettings(choices))
    for change in changes { builder.apply(change) }
    snapshot = builder.snapshot(isReady: true)
  }

  deinit { buffer.deallocate() }

  func apply(_ changes: ZoneChange..., isReady: Bool = true) {
    for change in changes { builder.apply(change) }
    snapshot = builder.snapshot(isReady: isReady)
  }

  /// What the pipeline makes of any bytes; empty if nothing is sent.
  func respond(to query: [UInt8], over transport: QueryPipeline.Transport = .udp) -> [UInt8] {
    // Whatever lies behind the query in a worker's buffer must not matter.
    buffer.initializeMemory(as: UInt8.self, repeating: 0xA5)
    buffer.copyBytes(from: query)
    func respond(_ address: UnsafeRawPointer?) -> Int {
      pipeline.respond(
        buffer, length: query.count, transport: transport, index: snapshot.view, asker: address)
    }
    let length = withExtendedLifetime(snapshot) {
      asker.flatMap(ClientAddress.init)?.withPointer { respond($0) } ?? respond(nil)
    }
    // What is another's is given as it stands.
    return Array(buffer[..<(length == PipelineLimits.untouched ? 0 : abs(length))])
  }

  /// Replaces the operator's own names.
  func setHosts(_ text: String, change: (inout HostsConfiguration) -> Void = { _ in }) {
    var configuration = HostsConfiguration()
    change(&configuration)
    builder.setHosts(configuration, HostsFile.entries(text))
    apply()
  }

  /// Asks one question and checks what every response must have.
  func ask(
    _ name: String, _ type: RecordType, over transport: QueryPipeline.Transport = .udp,
    edns: EDNS? = nil, recordClass: RecordClass = .internet,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws -> Message {
    nextID += 1
    let question = Question(
      name: try #require(DomainName(name), sourceLocation: sourceLocation), type: type,
      recordClass: recordClass)
    let query = Message(
      id: nextID, flags: HeaderFlags(rawValue: HeaderFlags.recursionDesired),
      questions: [question], edns: edns)
    let bytes = respond(to: try query.encoded(), over: transport)
    let response = try Message(bytes)
    #expect(response.id == nextID, sourceLocation: sourceLocation)
    #expect(response.isResponse, sourceLocation: sourceLocation)
    #expect(response.flags.has(HeaderFlags.recursionDesired), sourceLocation: sourceLocation)
    #expect(!response.flags.has(HeaderFlags.recursionAvailable), sourceLocation: sourceLocation)
    // Echoed as it was asked, letter by letter.
    #expect(
      response.questions.map(\.name.wire) == [question.name.wire], sourceLocation: sourceLocation)
    #expect(response.questions == [question], sourceLocation: sourceLocation)
    #expect((response.edns == nil) == (edns == nil), sourceLocation: sourceLocation)
    if transport == .udp {
      let limit = edns.map { min(1232, max(512, Int($0.udpPayloadSize))) } ?? 512
      #expect(bytes.count <= limit, sourceLocation: sourceLocation)
    }
    return response
  }

  /// The answer as text: the response code, then records; authority behind `|`, additional
  /// behind `+`.
  func answer(
    _ name: String, _ type: RecordType, sourceLocation: SourceLocation = #_sourceLocation
  ) throws -> String {
    let response = try ask(
      name, type, edns: EDNS(), sourceLocation: sourceLocation)
    #expect(
      response.isAuthoritative == (response.responseCode != .refused),
      sourceLocation: sourceLocation)
    var parts = ["\(response.responseCode)"]
    parts += response.answers.map(\.text)
    for record in response.authority { parts += ["|", record.text] }
    for record in response.additional { parts += ["+", record.text] }
    return parts.joined(separator: " ")
  }
}

extension Record {
  /// `name TYPE data`, without the cluster domain.
  var text: String {
    let data =
      switch data {
      case .a(let value): "\(IPAddress.v4(value))"
      case .aaaa(let high, let low): "\(IPAddress.v6(high: high, low: low))"
      case .cname(let name), .ns(let name), .ptr(let name): short(name)
      case .srv(_, _, let port, let target): "\(port) \(short(target))"
      case .soa(let soa): short(soa.primary)
      case .txt(let strings):
        strings.map { String(decoding: $0, as: UTF8.self) }.joined(separator: ",")
      case .unknown(_, let data): "\(data)"
      }
    return "\(short(name)) \(type) \(data)"
  }

  private func short(_ name: DomainName) -> String {
    let text = name.description
    if text == "cluster.local." { return "@" }
    return text.hasSuffix(".cluster.local.") ? String(text.dropLast(15)) : text
  }
}

extension ClientAddress {
  init?(_ address: IPAddress) {
    self.init(try? NIOCore.SocketAddress(ipAddress: "\(address)", port: 4711))
  }
}
