import KubernetesAPI

/// From the lines of a log file to what a reader gets, as the kubelet writes it.
struct LogText: Sendable {
  private let hasTimestamps: Bool
  /// Times of lines compare as text: all are UTC, with nine digits after the point.
  private let since: [UInt8]?
  /// Bytes that may still be given; nil for any number.
  private var left: Int?
  private var isInsideLine = false
  private var remainder: [UInt8] = []

  init(_ query: LogQuery) {
    hasTimestamps = query.hasTimestamps
    since = query.since.map { Array(ContainerLog.text($0).utf8) }
    left = query.limit.map { Int(clamping: $0) }
  }

  /// Whether the reader has had as much as he asked for.
  var isFull: Bool { left == 0 }

  /// The text of so many more bytes of the file. A line that has no end yet waits for it.
  mutating func take(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
    var text: [UInt8] = []
    var rest = bytes
    while !isFull, let end = rest.firstIndex(of: 0x0A) {
      if remainder.isEmpty {
        add(rest[..<end], to: &text)
      } else {
        let line = remainder + rest[..<end]
        remainder = []
        add(line[...], to: &text)
      }
      rest = rest[(end + 1)...]
    }
    if !isFull { remainder += rest }
    return text
  }

  /// Another file begins.
  mutating func dropRemainder() { remainder = [] }

  private mutating func add(_ line: ArraySlice<UInt8>, to text: inout [UInt8]) {
    // TIME STREAM TAG TEXT
    var spaces: [Int] = []
    for index in line.indices where line[index] == 0x20 {
      spaces.append(index)
      if spaces.count == 3 { break }
    }
    guard spaces.count == 3 else { return }  // Cut off by a crash.
    let time = line[..<spaces[0]]
    if let since, time.lexicographicallyPrecedes(since) { return }
    let isPart = line[spaces[1] + 1] == UInt8(ascii: "P")
    let start = text.count
    if hasTimestamps, !isInsideLine {
      text += time
      text.append(0x20)
    }
    text += line[(spaces[2] + 1)...]
    if !isPart { text.append(0x0A) }
    isInsideLine = isPart
    if let room = left {
      let added = text.count - start
      if added > room { text.removeLast(added - room) }
      left = max(0, room - added)
    }
  }
}
