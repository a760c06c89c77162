import JSONTree
import KubernetesAPI

/// The text of a time (RFC 3339), read and written as meta/v1 Time and MicroTime do.
package enum TimeText {
  package enum Precision: Sendable {
    /// meta/v1 Time. A fraction is read and dropped.
    case seconds
    /// meta/v1 MicroTime, which must have six digits behind the point.
    case microseconds

    fileprivate var layout: String {
      switch self {
      case .seconds: "2006-01-02T15:04:05Z07:00"
      case .microseconds: "2006-01-02T15:04:05.000000Z07:00"
      }
    }
  }

  /// The complaint of Go's `time.Parse`.
  package struct Malformed: Error, Sendable, Equatable, CustomStringConvertible {
    package var description: String
  }

  /// The same instant in UTC.
  package static func canonical(
    _ text: String, _ precision: Precision
  ) throws(Malformed) -> String {
    if let problem = problem(of: text, precision) { throw problem }
    guard let time = Timestamp(text) else {
      throw Malformed(description: "parsing time \(quoted(text)): day out of range")
    }
    switch precision {
    case .seconds: return time.description
    case .microseconds: return time.microseconds
    }
  }

  /// Follows the layout piece by piece, as `time.Parse` does, to the first that does not fit.
  private static func problem(of text: String, _ precision: Precision) -> Malformed? {
    let bytes = Array(text.utf8)
    var offset = 0
    func mismatch(_ piece: String) -> Malformed {
      let rest = String(decoding: bytes[min(offset, bytes.count)...], as: UTF8.self)
      return Malformed(
        description: "parsing time \(quoted(text)) as \(quoted(precision.layout)): "
          + "cannot parse \(quoted(rest)) as \(quoted(piece))")
    }
    func outOfRange(_ what: String) -> Malformed {
      Malformed(description: "parsing time \(quoted(text)): \(what) out of range")
    }
    for step in steps {
      switch step {
      case .separator(let separator):
        guard offset < bytes.count, bytes[offset] == separator else {
          return mismatch(String(UnicodeScalar(separator)))
        }
        offset += 1
      case .digits(let piece, let count, let range, let name):
        guard let value = number(bytes, offset, count) else { return mismatch(piece) }
        if !range.contains(value) { return outOfRange(name) }
        offset += count
      }
    }
    switch precision {
    case .seconds: offset += fractionLength(bytes, offset)
    case .microseconds:
      guard offset < bytes.count, bytes[offset] == UInt8(ascii: "."),
        number(bytes, offset + 1, 6) != nil
      else { return mismatch(".000000") }
      offset += 7
    }
    guard let length = zoneLength(bytes, offset) else { return mismatch("Z07:00") }
    offset += length
    guard offset == bytes.count else {
      let rest = String(decoding: bytes[offset...], as: UTF8.self)
      return Malformed(
        description: "parsing time \(quoted(text)): extra text: \(quoted(rest))")
    }
    return nil
  }

  private enum Step {
    case separator(UInt8)
    case digits(String, count: Int, in: ClosedRange<Int>, name: String)
  }

  private static let steps: [Step] = [
    .digits("2006", count: 4, in: 0...9999, name: "year"), .separator(UInt8(ascii: "-")),
    .digits("01", count: 2, in: 1...12, name: "month"), .separator(UInt8(ascii: "-")),
    .digits("02", count: 2, in: 1...31, name: "day"), .separator(UInt8(ascii: "T")),
    .digits("15", count: 2, in: 0...23, name: "hour"), .separator(UInt8(ascii: ":")),
    .digits("04", count: 2, in: 0...59, name: "minute"), .separator(UInt8(ascii: ":")),
    .digits("05", count: 2, in: 0...59, name: "second"),
  ]

  private static func number(_ bytes: [UInt8], _ offset: Int, _ count: Int) -> Int? {
    guard offset + count <= bytes.count else { return nil }
    var value = 0
    for byte in bytes[offset..<offset + count] {
      guard isDigit(byte) else { return nil }
      value = value * 10 + Int(byte - UInt8(ascii: "0"))
    }
    return value
  }

  private static func fractionLength(_ bytes: [UInt8], _ offset: Int) -> Int {
    guard offset + 1 < bytes.count, bytes[offset] == UInt8(ascii: "."), isDigit(bytes[offset + 1])
    else { return 0 }
    return 1 + bytes[(offset + 1)...].prefix(while: isDigit).count
  }

  private static func zoneLength(_ bytes: [UInt8], _ offset: Int) -> Int? {
    guard offset < bytes.count else { return nil }
    if bytes[offset] == UInt8(ascii: "Z") { return 1 }
    guard offset + 6 <= bytes.count, "+-".utf8.contains(bytes[offset]),
      let hours = number(bytes, offset + 1, 2), hours < 24, bytes[offset + 3] == UInt8(ascii: ":"),
      let minutes = number(bytes, offset + 4, 2), minutes < 60
    else { return nil }
    return 6
  }

  private static func isDigit(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
  }

  private static func quoted(_ text: String) -> String { JSON.string(text).text }
}
