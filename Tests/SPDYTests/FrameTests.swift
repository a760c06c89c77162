import CZlib
import Testing

@testable import SPDY

struct FrameTests {
  private static let headers: Headers = ["streamtype": "stdin", "port": "8080", "x": "a\0b"]

  private static let frames: [Frame] = [
    .open(
      StreamOpening(stream: 1, headers: headers, associated: 3, priority: 7, isFinal: true)),
    .open(StreamOpening(stream: 3, headers: [:], isUnidirectional: true)),
    .reply(stream: 1, headers: [:], isFinal: false),
    .reply(stream: 3, headers: headers, isFinal: true),
    .reset(stream: 1, status: .cancel), .settings, .ping(7),
    .goAway(lastStream: 5, status: 0), .headers(stream: 1, headers: headers, isFinal: false),
    .windowUpdate(stream: 0, bytes: 65536), .data(stream: 5, bytes: [1, 2, 3], isFinal: false),
    .data(stream: 5, bytes: [], isFinal: true),
  ]

  @Test func theDictionaryIsTheOneOfTheSpecification() {
    let words = HeaderDictionary.bytes
    #expect(words.count == 1423)
    // What every zlib stream of SPDY/3 begins with: 78 bb, then this.
    #expect(adler32(1, words, UInt32(words.count)) == 0xE3C6_A7C2)
  }

  @Test func whatIsWrittenIsReadBack() throws {
    let writer = FrameWriter()
    var bytes: [UInt8] = []
    for frame in Self.frames { bytes += try writer.write(frame) }
    var reader = FrameReader()
    reader.append(bytes)
    for frame in Self.frames { #expect(try reader.next() == frame) }
    #expect(try reader.next() == nil)
  }

  @Test func bytesMayComeOneByOne() throws {
    let writer = FrameWriter()
    var reader = FrameReader()
    var read: [Frame] = []
    for frame in Self.frames {
      for byte in try writer.write(frame) {
        reader.append([byte])
        while let next = try reader.next() { read.append(next) }
      }
    }
    // The data of three bytes has come as three pieces.
    #expect(read.count == Self.frames.count + 2)
    let data = read.compactMap { frame -> [UInt8]? in
      if case .data(5, let bytes, _) = frame { bytes } else { nil }
    }
    #expect(data.flatMap(\.self) == [1, 2, 3])
    #expect(read.last == .data(stream: 5, bytes: [], isFinal: true))
  }

  @Test func anUnknownFrameIsPassedOver() throws {
    var reader = FrameReader()
    reader.append([0x80, 0x03, 0x00, 0x0B, 0, 0, 0, 2, 1, 2])
    reader.append(try FrameWriter().write(.ping(1)))
    #expect(try reader.next() == .ping(1))
  }

  /// zlib streams need not be compressed, and any program may have written them.
  @Test func headersMayBeUncompressedBlocks() throws {
    let plain: [UInt8] =
      [0, 0, 0, 1, 0, 0, 0, 10] + Array("streamtype".utf8) + [0, 0, 0, 5] + Array("error".utf8)
    // A zlib header with FDICT, the dictionary's checksum, a stored block, and an empty one.
    let block: [UInt8] =
      [0x78, 0xBB, 0xE3, 0xC6, 0xA7, 0xC2, 0, UInt8(plain.count), 0, ~UInt8(plain.count), 0xFF]
      + plain + [0, 0, 0, 0xFF, 0xFF]
    let body: [UInt8] = [0, 0, 0, 1, 0, 0, 0, 0, 0, 0] + block
    var reader = FrameReader()
    reader.append([0x80, 3, 0, 1, 0, 0, 0, UInt8(body.count)] + body)
    #expect(
      try reader.next() == .open(StreamOpening(stream: 1, headers: ["streamtype": "error"])))
  }

  @Test(
    arguments: [
      [0x80, 2, 0, 6, 0, 0, 0, 4, 0, 0, 0, 1],  // Another version.
      [0x80, 3, 0, 6, 0, 0, 0, 2, 0, 0],  // Too short for a ping.
      [0x80, 3, 0, 1, 0, 1, 0, 0],  // Too long.
      [0x80, 3, 0, 1, 0, 0, 0, 12, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 2],  // Headers that are none.
    ] as [[UInt8]])
  func whatIsNoFrameEndsTheConnection(bytes: [UInt8]) {
    #expect(throws: SPDYError.self) {
      var reader = FrameReader()
      reader.append(bytes)
      _ = try reader.next()
    }
  }

  @Test func headersThatGrowBeyondMeasureAreRefused() throws {
    let writer = FrameWriter()
    let bytes = try writer.write(
      .open(StreamOpening(stream: 1, headers: ["a": String(repeating: "x", count: 64 << 10)])))
    #expect(bytes.count < 1024)
    #expect(throws: SPDYError("headers are too long")) {
      var reader = FrameReader()
      reader.append(bytes)
      _ = try reader.next()
    }
  }
}
