import Testing

@testable import Netlink

struct NetlinkWireTests {
  @Test func anAttributeIsItsHeadItsPayloadAndPadding() {
    var payload = NetlinkPayload()
    payload.attribute(3, string: "eth0")
    #expect(payload.bytes == [9, 0, 3, 0, 0x65, 0x74, 0x68, 0x30, 0, 0, 0, 0])
    payload = NetlinkPayload()
    payload.attribute(1, bigEndian: 0x0102 as UInt16)
    #expect(payload.bytes == [6, 0, 1, 0, 1, 2, 0, 0])
  }

  @Test func nestedAttributesAreReadAsTheyWereWritten() throws {
    var payload = NetlinkPayload()
    payload.nested(18) { info in
      info.attribute(1, string: "veth")
      info.attribute(2, number: 7 as UInt32)
    }
    let attributes = try #require(NetlinkAttributes(payload.bytes[...]))
    let inner = try #require(attributes.last(18)?.attributes)
    #expect(inner.last(1)?.string == "veth")
    #expect(inner.last(2)?.number(UInt32.self) == 7)
    #expect(inner.last(2)?.number(UInt64.self) == nil)
    #expect(inner.last(9) == nil)
  }

  @Test func aPayloadTooLongForAnAttributeIsCut() throws {
    var payload = NetlinkPayload()
    payload.attribute(1, [UInt8](repeating: 7, count: 70000))
    let attributes = try #require(NetlinkAttributes(payload.bytes[...]))
    #expect(attributes.first?.payload.count == NetlinkPayload.longestAttribute)
  }

  @Test func aMessageIsReadAsItWasWritten() throws {
    var body = NetlinkPayload()
    body.append(5 as UInt32)
    body.attribute(1, [1, 2, 3])
    var bytes: [UInt8] = []
    NetlinkMessage(type: 16, flags: [.request, .dump], sequence: 9, payload: body)
      .encode(into: &bytes)
    NetlinkMessage(type: 17, sequence: 10).encode(into: &bytes)
    let messages = try #require(NetlinkMessage.parse(bytes[...]))
    #expect(messages.map(\.type) == [16, 17])
    #expect(messages.map(\.sequence) == [9, 10])
    #expect(messages[0].flags == [.request, .dump])
    #expect(messages[0].number(at: 0, as: UInt32.self) == 5)
    #expect(Array(messages[0].attributes(after: 4)?.last(1)?.payload ?? []) == [1, 2, 3])
    #expect(messages[1].attributes(after: 4) == nil)
  }

  @Test(arguments: [
    [UInt8](repeating: 0, count: 16), [15, 0, 0, 0] + [UInt8](repeating: 0, count: 12),
    [17, 0, 0, 0] + [UInt8](repeating: 0, count: 12), [255, 255, 255, 255], [1],
  ])
  func lengthsThatCannotBeAreRefused(datagram: [UInt8]) {
    #expect(NetlinkMessage.parse(datagram[...]) == nil)
  }

  @Test func anErrorCarriesTheKernelsWords() throws {
    var body = NetlinkPayload()
    body.append(-22 as Int32)
    body.append(16 as UInt32)
    body.append(bytes: [UInt8](repeating: 0, count: 12))
    body.attribute(1, string: "no such thing")
    let message = NetlinkMessage(
      type: 2, flags: NetlinkMessage.Flags(rawValue: 0x300), payload: body)
    let answer = try #require(message.acknowledgement())
    #expect(answer.number == 22)
    #expect(answer.explanation == "no such thing")
  }

  /// Whatever bytes come, nothing is read beyond them.
  @Test(arguments: 0..<8 as Range<UInt64>)
  func anyBytesAreReadWithoutHarm(seed: UInt64) {
    var generator = Seeded(state: seed)
    for _ in 0..<4000 {
      let count = Int.random(in: 0...96, using: &generator)
      var bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
      // Plausible lengths reach the code behind the first check.
      if count >= 16, Bool.random(using: &generator) {
        bytes[0] = UInt8(count)
        bytes[1] = 0
        bytes[2] = 0
        bytes[3] = 0
        bytes[4] = UInt8.random(in: 0...32, using: &generator)
        bytes[5] = 0
      }
      for message in NetlinkMessage.parse(bytes[...]) ?? [] {
        _ = message.acknowledgement()
        _ = Link(message)
        _ = LinkAddress(message)
        _ = Route(message)
        _ = Neighbour(message)
      }
      for attribute in NetlinkAttributes(bytes[...]).map(Array.init) ?? [] {
        _ = attribute.attributes
        _ = attribute.string
        _ = attribute.bigEndian(UInt64.self)
      }
    }
  }
}

/// The same numbers for the same seed (SplitMix64).
struct Seeded: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var value = state
    value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
    value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
    return value ^ value >> 31
  }
}
