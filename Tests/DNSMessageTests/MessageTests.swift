import Testing

@testable import DNSMessage

struct MessageTests {
  static let name = DomainName("db.default.svc.cluster.local") ?? .root
  static let zone = DomainName("cluster.local") ?? .root

  static let everyKind = Message(
    id: 0xBEEF,
    flags: HeaderFlags(rawValue: HeaderFlags.response | HeaderFlags.authoritative),
    responseCode: .badVersion,
    questions: [Question(name: name, type: .any)],
    answers: [
      Record(name: name, ttl: 5, data: .a(0x0A60_0001)),
      Record(name: name, ttl: 5, data: .aaaa(high: 0x2001_0DB8_0000_0000, low: 1)),
      Record(name: name, ttl: 5, data: .cname(zone)),
      Record(name: name, ttl: 5, data: .ptr(name)),
      Record(name: name, ttl: 5, data: .srv(priority: 0, weight: 100, port: 389, target: name)),
      Record(name: name, ttl: 5, data: .txt([Array("1.1.0".utf8), []])),
      Record(
        name: name, ttl: 5, data: .unknown(type: RecordType(rawValue: 65_280), data: [1, 2, 3])),
    ],
    authority: [
      Record(name: zone, ttl: 5, data: .ns(name)),
      Record(
        name: zone, ttl: 5,
        data: .soa(
          StartOfAuthority(
            primary: name, mailbox: zone, serial: 7, refresh: 7200, retry: 1800, expire: 86400,
            minimum: 5))),
    ],
    additional: [Record(name: zone, ttl: 0, data: .a(1))],
    edns: EDNS(
      udpPayloadSize: 1232, extendedResponseCode: 1, dnssecOK: true,
      options: [EDNS.Option(code: 10, data: [1, 2, 3, 4, 5, 6, 7, 8])]))

  @Test func `Every kind of record survives the wire`() throws {
    let wire = try Self.everyKind.encoded()
    #expect(try Message(wire) == Self.everyKind)
  }

  @Test func `Owner names are compressed and SRV targets are not`() throws {
    var message = Self.everyKind
    message.answers = [
      Record(
        name: Self.name, ttl: 5, data: .srv(priority: 0, weight: 0, port: 1, target: Self.name))
    ]
    message.authority = []
    message.additional = []
    message.edns = nil
    // Header, question, then a record whose owner is a pointer and whose target is spelled out.
    let expected = 12 + Self.name.wire.count + 4 + 2 + 10 + 6 + Self.name.wire.count
    #expect(try message.encoded().count == expected)
  }

  @Test func `An encoder never exceeds its limit`() {
    #expect(throws: WireError.tooLarge) { try Self.everyKind.encoded(limit: 100) }
  }

  @Test func `Every truncation of a message is refused`() throws {
    let wire = try Self.everyKind.encoded()
    for end in 0..<wire.count {
      #expect(throws: WireError.self, "cut at \(end)") { try Message(Array(wire[..<end])) }
    }
    #expect(throws: WireError.trailingBytes) { try Message(wire + [0]) }
  }

  /// A header that announces one question, then these bytes.
  static func question(_ bytes: [UInt8]) -> [UInt8] {
    [0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0] + bytes
  }

  /// Two answers: the first one's data is a chain of pointers down to the root, and the second's
  /// name points at its end.
  private static func chain(ofPointers count: Int) -> [UInt8] {
    var message: [UInt8] = [0, 0, 0x80, 0, 0, 1, 0, 2, 0, 0, 0, 0]
    message += [0, 0, 1, 0, 1]  // The question, whose name at 12 is the root.
    let fixed: [UInt8] = [0xFF, 0, 0, 1, 0, 0, 0, 0]  // A type of private use.
    let length = 2 * (count - 1)
    message += [0] + fixed + [UInt8(length >> 8), UInt8(length & 0xFF)]
    var target = 12
    for _ in 1..<count {
      let here = message.count
      message += [0xC0 | UInt8(target >> 8), UInt8(target & 0xFF)]
      target = here
    }
    return message + [0xC0 | UInt8(target >> 8), UInt8(target & 0xFF)] + fixed + [0, 0]
  }

  @Test func `Pointers to pointers are followed as often as a name can have labels`() throws {
    let message = try Message(Self.chain(ofPointers: 127))
    #expect(message.answers.map(\.name) == [.root, .root])
    #expect(throws: WireError.badPointer) { try Message(Self.chain(ofPointers: 128)) }
  }

  @Test(arguments: [
    ("points at itself", [0xC0, 12, 0, 1, 0, 1], WireError.badPointer),
    ("points forward", [0xC0, 20, 0, 1, 0, 1, 0, 0, 0], .badPointer),
    ("points into its own labels", [1, 0x61, 0xC0, 12, 0, 1, 0, 1], .badPointer),
    ("reserved label type", [0x40, 0, 0, 1, 0, 1], .badName),
    ("label cut short", [9, 0x61], .truncated),
    ("pointer cut short", [0xC0], .truncated),
  ])
  func `Names that lead nowhere are refused`(what: String, bytes: [UInt8], error: WireError) {
    #expect(throws: error) { try Message(Self.question(bytes)) }
  }

  @Test func `A chain of pointers may not build a name above 255 bytes`() {
    // Each name is one label of 63 bytes and a pointer to the one before it.
    var bytes: [UInt8] = []
    var previous = 0
    for index in 0..<6 {
      let start = 12 + bytes.count
      bytes += [63] + Array(repeating: 0x61, count: 63)
      bytes += index == 0 ? [0] : [0xC0 | UInt8(previous >> 8), UInt8(previous & 0xFF)]
      bytes += [0, 1, 0, 1]
      previous = start
    }
    var wire = Self.question(bytes)
    wire[5] = 3
    #expect(throws: WireError.trailingBytes) { try Message(wire) }
    wire[5] = 6
    #expect(throws: WireError.badName) { try Message(wire) }
  }

  @Test(
    arguments: [
      ("two OPT records", [0, 0, 41, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 41, 2, 0, 0, 0, 0, 0, 0, 0], 2),
      ("an OPT record below the root", [1, 0x61, 0, 0, 41, 2, 0, 0, 0, 0, 0, 0, 0], 1),
      ("options that overrun", [0, 0, 41, 2, 0, 0, 0, 0, 0, 0, 5, 0, 1, 0, 2, 0], 1),
    ] as [(String, [UInt8], UInt8)])
  func `Bad OPT records are refused`(what: String, bytes: [UInt8], count: UInt8) {
    var wire = Self.question([0, 0, 1, 0, 1]) + bytes
    wire[11] = count
    #expect(throws: WireError.self) { try Message(wire) }
    #expect(QueryHead.read(wire.span.bytes).disposition == .formatError)
  }

  @Test func `Random bytes never trap and what is read is written back the same`() throws {
    var random = SeededGenerator(seed: 0x0D15_EA5E)
    let seed = try Self.everyKind.encoded()
    for round in 0..<4000 {
      var wire = seed
      for _ in 0..<Int.random(in: 1...6, using: &random) {
        wire[Int.random(in: 0..<wire.count, using: &random)] = UInt8.random(
          in: 0...255, using: &random)
      }
      if Bool.random(using: &random) { wire.removeLast(Int.random(in: 0..<40, using: &random)) }
      _ = QueryHead.read(wire.span.bytes)
      guard let message = try? Message(wire), let again = try? message.encoded() else { continue }
      #expect(try Message(again) == message, "round \(round)")
    }
  }
}

/// SplitMix64: the same sequence for the same seed on every machine.
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = (state ^ state >> 30) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
    return mixed ^ mixed >> 31
  }
}
