/// Takes bytes as they come and gives frames. Holds no more than one control frame; data goes on
/// in pieces.
package struct FrameReader: ~Copyable {
  /// The largest control frame, compressed: that of a few streams' headers many times over.
  package static let longestControl = 16 << 10

  private var buffer: [UInt8] = []
  private var position = 0
  /// What is still to come of a data frame.
  private var rest: (stream: UInt32, count: Int, isFinal: Bool)?
  private let headers = HeaderInflater()

  package init() {}

  package mutating func append(_ bytes: some Collection<UInt8>) {
    if position > 0 {
      buffer.removeFirst(position)
      position = 0
    }
    buffer += bytes
  }

  /// The next frame; nil if more bytes are needed. Frames of unknown types are passed over.
  ///
  /// - Throws: `SPDYError`, after which the connection is of no use.
  package mutating func next() throws(SPDYError) -> Frame? {
    while true {
      if rest != nil { return takeData() }
      guard buffer.count - position >= FrameType.headerBytes else { return nil }
      let first = word(0)
      let second = word(4)
      let flags = UInt8(second >> 24)
      let length = Int(second & 0xFF_FFFF)
      if first & 0x8000_0000 == 0 {
        position += FrameType.headerBytes
        rest = (first, length, flags & FrameType.finalFlag != 0)
        continue
      }
      guard UInt16(first >> 16 & 0x7FFF) == FrameType.version else {
        throw SPDYError("version \(first >> 16 & 0x7FFF) is not spoken")
      }
      guard length <= Self.longestControl else {
        throw SPDYError("a control frame of \(length) bytes is too long")
      }
      guard buffer.count - position >= FrameType.headerBytes + length else { return nil }
      position += FrameType.headerBytes
      defer { position += length }
      let body = ControlBody(bytes: buffer[position..<(position + length)], flags: flags)
      if let frame = try control(UInt16(first & 0xFFFF), body) { return frame }
    }
  }

  /// A piece of the data frame under way; nil if none of it is here.
  private mutating func takeData() -> Frame? {
    guard let (stream, count, isFinal) = rest else { return nil }
    let piece = buffer[position...].prefix(count)
    if piece.isEmpty, count > 0 { return nil }
    position += piece.count
    let isLast = piece.count == count
    rest = isLast ? nil : (stream, count - piece.count, isFinal)
    return .data(stream: stream, bytes: Array(piece), isFinal: isLast && isFinal)
  }

  private func word(_ offset: Int) -> UInt32 {
    ControlBody(bytes: buffer[(position + offset)...], flags: 0).word(0)
  }

  private func control(_ type: UInt16, _ body: ControlBody) throws(SPDYError) -> Frame? {
    switch type {
    case FrameType.open:
      try body.require(10)
      return .open(
        StreamOpening(
          stream: body.number(0), headers: try headers.read(body.bytes.dropFirst(10)),
          associated: body.number(4), priority: body.byte(8) >> 5, isFinal: body.isFinal,
          isUnidirectional: body.flags & FrameType.unidirectionalFlag != 0))
    case FrameType.reply:
      try body.require(4)
      return .reply(
        stream: body.number(0), headers: try headers.read(body.bytes.dropFirst(4)),
        isFinal: body.isFinal)
    case FrameType.headers:
      try body.require(4)
      return .headers(
        stream: body.number(0), headers: try headers.read(body.bytes.dropFirst(4)),
        isFinal: body.isFinal)
    case FrameType.reset:
      try body.require(8)
      return .reset(stream: body.number(0), status: ResetStatus(rawValue: body.word(4)))
    case FrameType.settings: return .settings
    case FrameType.ping:
      try body.require(4)
      return .ping(body.word(0))
    case FrameType.goAway:
      try body.require(8)
      return .goAway(lastStream: body.number(0), status: body.word(4))
    case FrameType.windowUpdate:
      try body.require(8)
      return .windowUpdate(stream: body.number(0), bytes: body.number(4))
    default: return nil
    }
  }
}

/// What follows the first eight bytes of a control frame.
private struct ControlBody {
  let bytes: ArraySlice<UInt8>
  let flags: UInt8

  var isFinal: Bool { flags & FrameType.finalFlag != 0 }

  func require(_ count: Int) throws(SPDYError) {
    if bytes.count < count { throw SPDYError("a control frame is too short") }
  }

  func byte(_ offset: Int) -> UInt8 { bytes[bytes.startIndex + offset] }

  /// Four bytes, the most significant first.
  func word(_ offset: Int) -> UInt32 {
    (0..<4).reduce(0) { $0 << 8 | UInt32(byte(offset + $1)) }
  }

  /// 31 bits.
  func number(_ offset: Int) -> UInt32 { word(offset) & 0x7FFF_FFFF }
}
