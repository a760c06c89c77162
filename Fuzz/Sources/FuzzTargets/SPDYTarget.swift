import SPDY

/// The reader of SPDY frames: whatever it accepts is written back to equal frames, and does not
/// depend on how the bytes are cut.
final class SPDYTarget: InputChecker {
  /// Headers may grow when bytes that are no UTF-8 are replaced; beyond this they might not be
  /// accepted again.
  private static let shortHeaders = 4096

  func check(_ input: [UInt8]) throws {
    let (frames, problem) = Self.read(input, piece: input.count)
    let (cut, other) = Self.read(input, piece: 1)
    try BrokenPromise.unless(problem == other, "\(input): \(problem ?? "") or \(other ?? "")")
    try BrokenPromise.unless(
      Self.joined(frames) == Self.joined(cut), "\(frames) became \(cut) byte by byte")
    let writer = FrameWriter()
    var bytes: [UInt8] = []
    let short = frames.filter { Self.headerBytes($0) <= Self.shortHeaders }
    for frame in short { bytes += try writer.write(frame) }
    let (again, failure) = Self.read(bytes, piece: max(1, bytes.count))
    try BrokenPromise.unless(failure == nil, "\(short) is not read back: \(failure ?? "")")
    try BrokenPromise.unless(again == short, "\(short) became \(again)")
  }

  private static func read(_ input: [UInt8], piece: Int) -> (frames: [Frame], problem: String?) {
    var reader = FrameReader()
    var frames: [Frame] = []
    do throws(SPDYError) {
      for start in stride(from: 0, to: input.count, by: max(1, piece)) {
        reader.append(input[start..<min(start + piece, input.count)])
        while let frame = try reader.next() { frames.append(frame) }
      }
      return (frames, nil)
    } catch {
      return (frames, error.description)
    }
  }

  /// Pieces of the same data frame as one.
  private static func joined(_ frames: [Frame]) -> [Frame] {
    var joined: [Frame] = []
    for frame in frames {
      if case .data(let stream, let more, let isFinal) = frame,
        case .data(stream, let bytes, false)? = joined.last
      {
        joined[joined.count - 1] = .data(
          stream: stream, bytes: bytes + more, isFinal: isFinal)
      } else {
        joined.append(frame)
      }
    }
    return joined
  }

  private static func headerBytes(_ frame: Frame) -> Int {
    let headers: Headers
    switch frame {
    case .open(let opening): headers = opening.headers
    case .reply(_, let given, _), .headers(_, let given, _): headers = given
    default: return 0
    }
    return headers.pairs.reduce(0) { $0 + $1.name.utf8.count + $1.value.utf8.count }
  }
}
