import DNSMessage
import Testing

@testable import ClusterDNS

struct StoredAnswerTests {
  static let name = "www.example.com"

  static func message(
    _ answers: [Record], code: ResponseCode = .noError, authority: [Record] = [],
    additional: [Record] = [], flags: UInt16 = 0
  ) -> Message {
    Message(
      id: 99, flags: HeaderFlags(rawValue: HeaderFlags.response | flags), responseCode: code,
      questions: [Question(name: DomainName(name) ?? .root, type: .a)], answers: answers,
      authority: authority, additional: additional, edns: EDNS())
  }

  static func addresses(_ count: Int, ttl: UInt32 = 60) -> [Record] {
    (0..<count).map {
      Record(name: DomainName(name) ?? .root, ttl: ttl, data: .a(UInt32($0)))
    }
  }

  static func stored(_ message: Message) throws -> StoredAnswer {
    try #require(StoredAnswer(message, to: ResolverBench.question(name)))
  }

  static func client(
    _ spelling: String = name, edns: EDNS? = EDNS(), flags: UInt16 = HeaderFlags.recursionDesired,
    over transport: QueryPipeline.Transport = .udp
  ) throws -> ClientQuery {
    let message = Message(
      id: 7, flags: HeaderFlags(rawValue: flags),
      questions: [Question(name: DomainName(spelling) ?? .root, type: .a)], edns: edns)
    return try #require(ClientQuery(try message.encoded(), over: transport))
  }

  @Test func `A response has the client's id, spelling, flags and EDNS, and TTLs that count down`()
    throws
  {
    let answer = try Self.stored(Self.message(Self.addresses(2)))
    let bytes = answer.response(to: try Self.client("wWw.eXample.com"), aging: .elapsed(25))
    let response = try Message(bytes)
    #expect(response.id == 7)
    #expect(response.questions.first?.name.wire == DomainName("wWw.eXample.com")?.wire)
    #expect(response.answers.map(\.ttl) == [35, 35])
    #expect(
      response.answers.map(\.name.wire)
        == Array(repeating: response.questions[0].name.wire, count: 2))
    #expect(response.flags.has(HeaderFlags.recursionDesired))
    #expect(response.flags.has(HeaderFlags.recursionAvailable))
    #expect(!response.isAuthoritative)
    #expect(response.edns == EDNS())
    let plain = try Message(
      answer.response(to: try Self.client(edns: nil), aging: .elapsed(100), extended: .staleAnswer))
    #expect(plain.edns == nil)
    #expect(plain.answers.map(\.ttl) == [0, 0])
    let stale = try Message(
      answer.response(to: try Self.client(), aging: .limited(30), extended: .staleAnswer))
    #expect(stale.answers.map(\.ttl) == [30, 30])
    #expect(stale.edns?.options == [EDNS.Option(code: 15, data: [0, 3])])
  }

  @Test func `What does not fit is cut between records, additional records first`() throws {
    let extra = [Record(name: DomainName("ns.example.com") ?? .root, ttl: 9, data: .a(1))]
    let small = try Self.stored(Self.message(Self.addresses(29), additional: extra))
    let whole = try Message(small.response(to: try Self.client(), aging: .elapsed(0)))
    #expect(whole.additional.count == 1)
    let lean = try Message(small.response(to: try Self.client(edns: nil), aging: .elapsed(0)))
    #expect(lean.additional.isEmpty)
    #expect(lean.answers.count == 29)
    #expect(!lean.isTruncated)
    let large = try Self.stored(Self.message(Self.addresses(500)))
    for edns in [nil, EDNS()] {
      let bytes = large.response(to: try Self.client(edns: edns), aging: .elapsed(0))
      let cut = try Message(bytes)
      #expect(cut.isTruncated)
      #expect(bytes.count <= (edns == nil ? 512 : 1232))
      #expect(cut.answers.count > 25)
    }
    let stream = try Message(large.response(to: try Self.client(over: .tcp), aging: .elapsed(0)))
    #expect(stream.answers.count == 500)
  }

  @Test func `How long an answer may be kept follows RFC 2308`() throws {
    let soa = FakeUpstream.Query.soa(ttl: 40)
    let alias = Record(
      name: DomainName(Self.name) ?? .root, ttl: 10, data: .cname(DomainName("a.b") ?? .root))
    let cases: [(Message, StoredAnswer.Lifetime)] = [
      (Self.message(Self.addresses(2)), .positive(60)),
      (Self.message([alias] + Self.addresses(1)), .positive(10)),
      (Self.message(Self.addresses(1, ttl: 0)), .positive(0)),
      (Self.message(Self.addresses(1, ttl: 0x8000_0000)), .positive(0)),
      (Self.message([], code: .nameError, authority: [soa]), .negative(40)),
      (Self.message([], authority: [soa]), .negative(40)),
      (Self.message([alias], code: .nameError, authority: [soa]), .negative(10)),
      (Self.message([], code: .nameError), .none),
      (Self.message([]), .none),
      (Self.message([alias]), .none),
    ]
    for (number, (message, lifetime)) in cases.enumerated() {
      #expect(try Self.stored(message).lifetime == lifetime, "case \(number)")
    }
    #expect(
      StoredAnswer(
        Self.message([], code: .serverFailure), to: ResolverBench.question(Self.name)) == nil)
  }

  @Test func `AD reaches only clients that know it`() throws {
    let answer = try Self.stored(
      Self.message(Self.addresses(1), flags: HeaderFlags.authenticData))
    func hasAD(_ client: ClientQuery) throws -> Bool {
      try Message(answer.response(to: client, aging: .elapsed(0))).flags.has(
        HeaderFlags.authenticData)
    }
    #expect(try !hasAD(try Self.client()))
    #expect(try hasAD(try Self.client(flags: HeaderFlags.authenticData)))
    #expect(try hasAD(try Self.client(edns: EDNS(dnssecOK: true))))
  }

  @Test func `Names compressed inside unknown data survive being kept`() throws {
    // MX of example.com with its exchange compressed to the question's name.
    var bytes = try Message(
      id: 1, flags: HeaderFlags(rawValue: HeaderFlags.response),
      questions: [Question(name: DomainName("example.com") ?? .root, type: .mx)]
    ).encoded()
    bytes[7] = 1
    bytes += [0xC0, 12, 0, 15, 0, 1, 0, 0, 0, 9, 0, 9, 0, 10, 4, 109, 97, 105, 108, 0xC0, 12]
    let message = try Message(bytes)
    let question = ResolverBench.question("example.com", .mx)
    let answer = try #require(StoredAnswer(message, to: question))
    let record = try #require(answer.message?.answers.first)
    let exchange = try #require(DomainName("mail.example.com"))
    #expect(record.data == .unknown(type: .mx, data: [0, 10] + exchange.wire))
  }
}
