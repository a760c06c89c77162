import DNSMessage
import Testing

@testable import ClusterDNS

struct UpstreamQueryTests {
  static func makeQuery(seed: UInt64 = 1, name: String = "www.example.com") -> UpstreamQuery {
    var random = SeededGenerator(seed: seed)
    return UpstreamQuery(ResolverBench.question(name), random: &random)
  }

  static func response(
    to query: UpstreamQuery, change: (inout Message) -> Void = { _ in }
  ) throws -> [UInt8] {
    var message = try Message(query.bytes)
    message.flags = HeaderFlags(rawValue: HeaderFlags.response)
    message.answers = [Record(name: message.questions[0].name, ttl: 5, data: .a(1))]
    change(&message)
    return try message.encoded()
  }

  @Test func `Ids and the case of letters are random, the question is the same`() throws {
    var ids: Set<UInt16> = []
    var names: Set<[UInt8]> = []
    for seed in 0..<50 as Range<UInt64> {
      let query = Self.makeQuery(seed: seed)
      let message = try Message(query.bytes)
      #expect(message.id == query.id)
      #expect(message.questions.first?.name == DomainName("www.example.com"))
      #expect(message.questions.first?.name.wire == query.name)
      #expect(message.edns?.udpPayloadSize == 1232)
      ids.insert(query.id)
      names.insert(query.name)
    }
    #expect(ids.count > 45)
    #expect(names.count > 45)
  }

  @Test func `Flags of the question reach the upstream`() throws {
    var random = SeededGenerator(seed: 1)
    let question = ForwardedQuestion(
      .root, .ns, options: [.dnssecOK, .checkingDisabled])
    let message = try Message(UpstreamQuery(question, random: &random).bytes)
    #expect(message.edns?.dnssecOK == true)
    #expect(message.flags.has(HeaderFlags.checkingDisabled))
    #expect(message.flags.has(HeaderFlags.recursionDesired))
  }

  @Test func `Only the response to the query is taken for it`() throws {
    let query = Self.makeQuery()
    let good = try Self.response(to: query)
    guard case .response(let message) = query.verdict(on: good, checksCase: true) else {
      Issue.record("not accepted")
      return
    }
    #expect(message.answers.count == 1)
    let foreign: [(inout Message) -> Void] = [
      { $0.id &+= 1 },
      { $0.flags = HeaderFlags(rawValue: 0) },
      { $0.flags = HeaderFlags(rawValue: HeaderFlags.response | 0x2800) },
      { $0.questions[0].type = .aaaa },
      { $0.questions[0].recordClass = .chaos },
      { $0.questions[0].name = DomainName("www.example.org") ?? .root },
      { $0.questions[0].name = DomainName("example.com") ?? .root },
      { $0.questions.append($0.questions[0]) },
      { $0.questions = [] },
    ]
    for (number, change) in foreign.enumerated() {
      let bytes = try Self.response(to: query, change: change)
      #expect(query.verdict(on: bytes, checksCase: true) == .foreign, "change \(number)")
    }
    let otherCase = try Self.response(to: query) {
      $0.questions[0].name = DomainName("www.example.com") ?? .root
    }
    #expect(query.verdict(on: otherCase, checksCase: true) == .otherCase)
    guard case .response = query.verdict(on: otherCase, checksCase: false) else {
      Issue.record("not accepted over TCP")
      return
    }
    let cut = try Self.response(to: query) { $0.flags.rawValue |= HeaderFlags.truncated }
    #expect(query.verdict(on: cut, checksCase: true) == .truncated)
    #expect(query.verdict(on: good.dropLast(1).map(\.self), checksCase: true) == .malformed)
    #expect(query.verdict(on: good + [0], checksCase: true) == .malformed)
  }

  @Test func `A server that could not read the question need not repeat it`() throws {
    let query = Self.makeQuery()
    let bytes = try Self.response(to: query) {
      $0.questions = []
      $0.answers = []
      $0.edns = nil
      $0.responseCode = .formatError
    }
    guard case .response(let message) = query.verdict(on: bytes, checksCase: true) else {
      Issue.record("not accepted")
      return
    }
    #expect(message.responseCode == .formatError)
  }

  @Test(arguments: 0..<40 as Range<UInt64>)
  func `Whatever upstreams send, nothing traps and nothing wrong is believed`(
    seed: UInt64
  ) throws {
    var random = SeededGenerator(seed: seed)
    let query = Self.makeQuery(seed: seed)
    let good = try Self.response(to: query) {
      $0.answers.append(
        Record(
          name: DomainName("a.b.example") ?? .root, ttl: 1,
          data: .unknown(type: .mx, data: [0, 1, 1, 97, 0])))
      $0.authority = [FakeUpstream.Query.soa(ttl: 3)]
    }
    for _ in 0..<500 {
      var bytes = good
      for _ in 0..<Int.random(in: 1...6, using: &random) {
        switch Int.random(in: 0..<3, using: &random) {
        case 0:
          bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(
            in: 0...255, using: &random)
        case 1: bytes.removeLast(Int.random(in: 0..<min(20, bytes.count), using: &random))
        default: bytes.append(UInt8.random(in: 0...255, using: &random))
        }
        if bytes.isEmpty { bytes = [0] }
      }
      guard case .response(let message) = query.verdict(on: bytes, checksCase: true) else {
        continue
      }
      // What is believed can be kept and given to clients, in any room.
      guard let answer = StoredAnswer(message, to: query.question) else { continue }
      let client = try #require(
        ClientQuery(try TinyClient.query("WWW.example.com", .a, id: 7, edns: EDNS()), over: .udp))
      let response = try Message(answer.response(to: client, aging: .elapsed(1)))
      #expect(response.id == 7)
      #expect(response.questions.first?.name.wire == DomainName("WWW.example.com")?.wire)
    }
  }
}
