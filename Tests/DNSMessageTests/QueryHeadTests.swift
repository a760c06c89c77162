import DNSMessage
import Testing

struct QueryHeadTests {
  static let name = DomainName("Db.default.svc.cluster.local") ?? .root

  static func query(edns: EDNS? = nil, change: (inout [UInt8]) -> Void = { _ in }) throws -> [UInt8]
  {
    var wire = try Message(
      id: 0x1234, flags: HeaderFlags(rawValue: HeaderFlags.recursionDesired),
      questions: [Question(name: name, type: .aaaa)], edns: edns
    ).encoded()
    change(&wire)
    return wire
  }

  static func read(_ wire: [UInt8]) -> QueryHead { QueryHead.read(wire.span.bytes) }

  @Test func `A plain query is read in place`() throws {
    let head = Self.read(try Self.query())
    #expect(head.disposition == .answer)
    #expect(head.id == 0x1234)
    #expect(head.flags.has(HeaderFlags.recursionDesired))
    #expect(head.type == .aaaa)
    #expect(head.recordClass == .internet)
    #expect(Int(head.nameLength) == Self.name.wire.count)
    #expect(head.questionEnd == 12 + Self.name.wire.count + 4)
    #expect(!head.hasEDNS)
    #expect(head.udpLimit == 512)
  }

  @Test(
    arguments: [
      (0, 512), (100, 512), (512, 512), (1000, 1000), (1232, 1232), (4096, 1232), (65535, 1232),
    ] as [(UInt16, Int)])
  func `The client's size counts between 512 and 1232`(offered: UInt16, limit: Int) throws {
    let head = Self.read(try Self.query(edns: EDNS(udpPayloadSize: offered, dnssecOK: true)))
    #expect(head.disposition == .answer)
    #expect(head.hasEDNS)
    #expect(head.dnssecOK)
    #expect(head.udpLimit == limit)
  }

  @Test func `EDNS version and options are seen`() throws {
    let options = [
      EDNS.Option(code: 65_001, data: [1, 2]), EDNS.Option(code: 3, data: []),
      EDNS.Option(code: 10, data: Array(1...8)),
    ]
    let head = Self.read(try Self.query(edns: EDNS(version: 3, options: options)))
    #expect(head.disposition == .answer)
    #expect(head.ednsVersion == 3)
    #expect(head.wantsIdentity && head.hasCookie && !head.hasServerCookie)
  }

  @Test(arguments: 0...48)
  func `Cookies are seen, and those of another length malformed`(length: Int) throws {
    let data = (0..<length).map { UInt8($0) }
    let query = try Self.query(edns: EDNS(options: [EDNS.Option(code: 10, data: data)]))
    let head = Self.read(query)
    let isCookie = length == 8 || (16...40).contains(length)
    #expect((head.disposition == .answer) == isCookie)
    #expect(head.hasEDNS == isCookie)
    guard isCookie else { return }
    #expect(head.hasCookie && !head.wantsIdentity)
    #expect(head.hasServerCookie == (length == 24))
    #expect(Array(query[Int(head.cookieOffset)...].prefix(8)) == Array(data.prefix(8)))
  }

  @Test func `Responses and fragments of headers are dropped`() throws {
    #expect(Self.read(try Self.query { $0[2] |= 0x80 }).disposition == .drop)
    for length in 0..<12 {
      #expect(Self.read(Array(repeating: 0, count: length)).disposition == .drop)
    }
  }

  @Test(arguments: [1, 2, 4, 5, 6, 15] as [UInt8])
  func `Other opcodes are not implemented`(opcode: UInt8) throws {
    let head = Self.read(try Self.query { $0[2] |= opcode << 3 })
    #expect(head.disposition == .notImplemented)
    #expect(head.flags.opcode == opcode)
  }

  @Test func `Anything but one question is a format error`() throws {
    #expect(Self.read(try Self.query { $0[5] = 0 }).disposition == .formatError)
    #expect(Self.read(try Self.query { $0[5] = 2 }).disposition == .formatError)
    #expect(Self.read(try Self.query { $0[4] = 1 }).disposition == .formatError)
  }

  @Test func `Every cut of a query is a format error, and keeps the question if it is whole`()
    throws
  {
    let wire = try Self.query(edns: EDNS(options: [EDNS.Option(code: 1, data: [9])]))
    let questionEnd = 12 + Self.name.wire.count + 4
    for end in 12..<wire.count {
      let head = Self.read(Array(wire[..<end]))
      #expect(head.disposition == .formatError)
      #expect(Int(head.nameLength) == (end < questionEnd ? 0 : Self.name.wire.count))
    }
    #expect(Self.read(wire + [0]).disposition == .formatError)
  }

  @Test func `A pointer or reserved label in the question is a format error`() throws {
    for length in [0x40, 0x80, 0xC0] as [UInt8] {
      #expect(Self.read(try Self.query { $0[12] = length }).disposition == .formatError)
    }
  }

  @Test func `A name may have 255 bytes and no more`() throws {
    func wire(lastLabel: Int) -> [UInt8] {
      var wire = [0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0] as [UInt8]
      for length in [63, 63, 63, lastLabel] {
        wire += [UInt8(length)] + Array(repeating: 0x61, count: length)
      }
      return wire + [0, 0, 1, 0, 1]
    }
    #expect(Self.read(wire(lastLabel: 61)).disposition == .answer)
    #expect(Self.read(wire(lastLabel: 61)).nameLength == 255)
    #expect(Self.read(wire(lastLabel: 62)).disposition == .formatError)
  }

  @Test func `Records of other sections are passed over`() throws {
    // An IXFR query carries the client's SOA in the authority section.
    var message = try Message(Self.query())
    message.authority = [Record(name: Self.name, ttl: 0, data: .txt([[1, 2, 3]]))]
    message.additional = [Record(name: Self.name, ttl: 0, data: .a(1))]
    message.edns = EDNS(udpPayloadSize: 900)
    let head = Self.read(try message.encoded())
    #expect(head.disposition == .answer)
    #expect(head.udpLimit == 900)
  }

  @Test func `The head stays small`() {
    #expect(MemoryLayout<QueryHead>.size == 16)
    #expect(MemoryLayout<WireCursor>.size == 9)
  }
}
