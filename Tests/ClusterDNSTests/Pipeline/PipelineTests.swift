import DNSMessage
import Testing

@testable import ClusterDNS

struct PipelineTests {
  static func makeZone() -> TestZone {
    TestZone([
      Objects.service("default", "db", clusterIPs: ["10.96.0.1", "fd00:10:96::1"]),
      Objects.externalName("default", "alias", "db.default.svc.cluster.local"),
    ])
  }

  static let name = "db.default.svc.cluster.local"

  @Test func `Literal bytes in, literal bytes out`() {
    let query: [UInt8] =
      [0xCA, 0xFE, 0x01, 0x00, 0, 1, 0, 0, 0, 0, 0, 0]
      + [2] + Array("dB".utf8) + [7] + Array("default".utf8) + [3] + Array("svc".utf8)
      + [7] + Array("cluster".utf8) + [5] + Array("local".utf8) + [0, 0, 1, 0, 1]
    let response =
      [0xCA, 0xFE, 0x85, 0x00, 0, 1, 0, 1, 0, 0, 0, 0] + query[12...]
      + [0xC0, 12, 0, 1, 0, 1, 0, 0, 0, 5, 0, 4, 10, 96, 0, 1]
    #expect(Self.makeZone().respond(to: query) == response)
  }

  @Test(
    arguments: [
      ("AXFR", .axfr, .internet, .refused), ("IXFR", .ixfr, .internet, .refused),
      ("CH", .txt, .chaos, .refused), ("class ANY", .a, .any, .refused),
      ("OPT as a question", .opt, .internet, .formatError),
      ("a type of the future", RecordType(rawValue: 65_000), .internet, .noError),
      ("type 0", RecordType(rawValue: 0), .internet, .noError),
    ] as [(String, RecordType, RecordClass, ResponseCode)])
  func `Questions that are not for records get their code`(
    what: String, type: RecordType, recordClass: RecordClass, code: ResponseCode
  ) throws {
    let zone = Self.makeZone()
    for transport in [QueryPipeline.Transport.udp, .tcp] {
      let response = try zone.ask(
        Self.name, type, over: transport, edns: EDNS(), recordClass: recordClass)
      #expect(response.responseCode == code)
      #expect(response.answers.isEmpty)
      #expect(response.isAuthoritative == (code == .noError))
    }
  }

  @Test func `ANY gets one record set`() throws {
    let zone = Self.makeZone()
    #expect(
      try zone.answer(Self.name, .any) == "NOERROR db.default.svc A 10.96.0.1")
    #expect(
      try zone.answer("alias.default.svc.cluster.local", .any)
        == "NOERROR alias.default.svc CNAME db.default.svc")
    #expect(try zone.answer("svc.cluster.local", .any).hasPrefix("NOERROR svc HINFO"))
    #expect(
      try zone.answer("1.0.96.10.in-addr.arpa", .any)
        == "NOERROR 1.0.96.10.in-addr.arpa. PTR db.default.svc")
  }

  @Test func `Before the first synchronisation every name fails and none is denied`() throws {
    let zone = Self.makeZone()
    zone.apply(isReady: false)
    for name in [Self.name, "nix.cluster.local", "1.0.96.10.in-addr.arpa", "example.com"] {
      let response = try zone.ask(name, .a, edns: EDNS())
      #expect(response.responseCode == .serverFailure)
      #expect(!response.isAuthoritative)
      #expect(response.authority.isEmpty)
    }
  }

  @Test func `EDNS is answered with ours, and versions we do not know with BADVERS`() throws {
    let zone = Self.makeZone()
    let response = try zone.ask(
      Self.name, .a,
      edns: EDNS(
        udpPayloadSize: 4096, dnssecOK: true, options: [EDNS.Option(code: 65_001, data: [1, 2, 3])])
    )
    #expect(response.edns == EDNS(udpPayloadSize: 1232, dnssecOK: true))
    let bad = try zone.ask(Self.name, .a, edns: EDNS(version: 1))
    #expect(bad.responseCode == .badVersion)
    #expect(bad.edns?.version == 0)
    #expect(bad.answers.isEmpty)
  }

  @Test func `Responses are never answered`() throws {
    let zone = Self.makeZone()
    let query = Message(
      id: 1, flags: HeaderFlags(rawValue: HeaderFlags.response),
      questions: [Question(name: .root, type: .a)])
    #expect(zone.respond(to: try query.encoded()).isEmpty)
    #expect(zone.respond(to: []).isEmpty)
    #expect(zone.respond(to: Array(repeating: 0, count: 11)).isEmpty)
  }

  @Test func `Other opcodes are not implemented, and theirs is given back`() throws {
    let zone = Self.makeZone()
    let query = Message(
      id: 7, flags: HeaderFlags(rawValue: 4 << 11),
      questions: [Question(name: .root, type: .soa)])
    let response = try Message(zone.respond(to: try query.encoded()))
    #expect(response.responseCode == .notImplemented)
    #expect(response.flags.opcode == 4)
    #expect(response.questions.isEmpty)
  }

  @Test func `Malformed queries get FORMERR with as much of the question as could be read`() throws
  {
    let zone = Self.makeZone()
    let query = try Message(
      id: 7, questions: [Question(name: DomainName(Self.name) ?? .root, type: .a)]
    ).encoded()
    let whole = try Message(zone.respond(to: query + [0]))
    #expect(whole.responseCode == .formatError)
    #expect(whole.questions.count == 1)
    for end in 12..<query.count {
      let response = try Message(zone.respond(to: Array(query[..<end])))
      #expect(response.responseCode == .formatError)
      #expect(response.id == 7)
      #expect(response.questions.isEmpty)
    }
    for count in [0, 2] as [UInt8] {
      var other = query
      other[5] = count
      #expect(try Message(zone.respond(to: other)).responseCode == .formatError)
    }
  }

  @Test func `Random damage never traps, and what is sent can be read`() throws {
    var random = SeededGenerator(seed: 20_240_229)
    let zone = TestZone([
      Objects.service("default", "db", ports: [Objects.port("p", 1)]),
      Objects.slice(
        "default", "db-1", of: "db", (1...60).map { "pod-\($0)=10.0.0.\($0)" }, ports: [("p", 1)]),
      Objects.externalName("default", "alias", "_p._tcp.db.default.svc.cluster.local"),
    ])
    let seeds = try ["db", "_p._tcp.db", "alias", "pod-1.db", "nix"].flatMap { label in
      try [RecordType.a, .srv, .any].flatMap { type in
        try [EDNS?.none, EDNS(options: [EDNS.Option(code: 65_001, data: [1, 2])])].map { edns in
          try Message(
            id: 1,
            questions: [
              Question(name: DomainName("\(label).default.svc.cluster.local") ?? .root, type: type)
            ], edns: edns
          ).encoded()
        }
      }
    }
    for _ in 0..<5000 {
      var query = seeds[Int.random(in: 0..<seeds.count, using: &random)]
      for _ in 0..<Int.random(in: 0...4, using: &random) {
        query[Int.random(in: 0..<query.count, using: &random)] = UInt8.random(
          in: 0...255, using: &random)
      }
      if Int.random(in: 0..<4, using: &random) == 0 {
        query.removeLast(Int.random(in: 0..<query.count, using: &random))
      }
      let transport: QueryPipeline.Transport = Bool.random(using: &random) ? .udp : .tcp
      let response = zone.respond(to: query, over: transport)
      if response.isEmpty { continue }
      #expect(throws: Never.self, "query \(query)") { try Message(response) }
      if transport == .udp { #expect(response.count <= 1232) }
    }
  }

  @Test func `Everything is counted`() throws {
    let zone = Self.makeZone()
    _ = try zone.ask(Self.name, .a)
    _ = try zone.ask(Self.name, .aaaa, over: .tcp)
    _ = try zone.ask("nix.cluster.local", .https)
    _ = zone.respond(to: [])
    var counts = QueryCounts()
    zone.counters.add(to: &counts)
    #expect(counts.udpQueries == 3)
    #expect(counts.tcpQueries == 1)
    #expect(counts.dropped == 1)
    #expect(counts.truncatedResponses == 0)
    #expect(counts.responsesByCode == ["NOERROR": 2, "NXDOMAIN": 1])
    #expect(counts.queriesByType == ["A": 1, "AAAA": 1, "HTTPS": 1, "TYPE0": 1])
  }
}
