/// Writes frames. Those with headers must be sent in the order they were written in: their
/// compression goes on from one to the next.
package struct FrameWriter: ~Copyable {
  private let headers = HeaderDeflater()

  package init() {}

  /// - Throws: `SPDYError` if headers cannot be compressed.
  package func write(_ frame: Frame) throws(SPDYError) -> [UInt8] {
    switch frame {
    case .open(let opening):
      var body = Self.word(opening.stream) + Self.word(opening.associated)
      body += [opening.priority << 5, 0]
      body += try headers.write(opening.headers)
      let flags =
        (opening.isFinal ? FrameType.finalFlag : 0)
        | (opening.isUnidirectional ? FrameType.unidirectionalFlag : 0)
      return Self.control(FrameType.open, body, flags: flags)
    case .reply(let stream, let headers, let isFinal):
      return Self.control(
        FrameType.reply, Self.word(stream) + (try self.headers.write(headers)),
        flags: isFinal ? FrameType.finalFlag : 0)
    case .headers(let stream, let headers, let isFinal):
      return Self.control(
        FrameType.headers, Self.word(stream) + (try self.headers.write(headers)),
        flags: isFinal ? FrameType.finalFlag : 0)
    case .reset(let stream, let status):
      return Self.control(FrameType.reset, Self.word(stream) + Self.word(status.rawValue))
    case .settings: return Self.control(FrameType.settings, Self.word(0))
    case .ping(let number): return Self.control(FrameType.ping, Self.word(number))
    case .goAway(let last, let status):
      return Self.control(FrameType.goAway, Self.word(last) + Self.word(status))
    case .windowUpdate(let stream, let bytes):
      return Self.control(FrameType.windowUpdate, Self.word(stream) + Self.word(bytes))
    case .data(let stream, let bytes, let isFinal):
      return Self.dataHeader(stream: stream, count: bytes.count, isFinal: isFinal) + bytes
    }
  }

  /// What stands before the bytes of a data frame.
  ///
  /// - Parameter count: below 2^24.
  package static func dataHeader(stream: UInt32, count: Int, isFinal: Bool) -> [UInt8] {
    word(stream)
      + word(UInt32(isFinal ? FrameType.finalFlag : 0) << 24 | UInt32(count) & 0xFF_FFFF)
  }

  private static func control(_ type: UInt16, _ body: [UInt8], flags: UInt8 = 0) -> [UInt8] {
    word(0x8000_0000 | UInt32(FrameType.version) << 16 | UInt32(type))
      + word(UInt32(flags) << 24 | UInt32(body.count)) + body
  }

  static func word(_ value: UInt32) -> [UInt8] {
    [UInt8(value >> 24), UInt8(value >> 16 & 0xFF), UInt8(value >> 8 & 0xFF), UInt8(value & 0xFF)]
  }
}
