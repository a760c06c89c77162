import Glibc
import KubernetesAPI

/// Reads the logs of containers.
enum LogFile {
  struct Line: Sendable, Equatable {
    var time: String
    var text: [UInt8]
    /// Whether the line ends here, or goes on in the next one.
    var isWhole: Bool
  }

  /// Nil for what is no line of a log.
  static func parse(_ bytes: ArraySlice<UInt8>) -> Line? {
    let parts = bytes.split(separator: 0x20, maxSplits: 3, omittingEmptySubsequences: false)
    guard parts.count == 4, let tag = parts[2].first else { return nil }
    return Line(
      time: String(decoding: parts[0], as: UTF8.self), text: Array(parts[3]),
      isWhole: tag == UInt8(ascii: "F"))
  }

  /// The end of what a container wrote, at most so many bytes and lines.
  static func tail(_ path: String, bytes: Int, lines: Int) -> String {
    let content = (try? LinuxCall.read(path)) ?? []
    let texts = content.split(separator: 0x0A).suffix(lines).compactMap { parse($0) }.map(\.text)
    let joined: [UInt8] = Array(texts.map { $0 + [0x0A] }.joined())
    return String(decoding: joined.suffix(bytes), as: UTF8.self)
  }
}
