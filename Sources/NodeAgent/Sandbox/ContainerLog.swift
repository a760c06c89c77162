import Glibc
import KubernetesAPI

/// A container's output in the format of the Container Runtime Interface: each line
/// `TIME STREAM TAG TEXT`, where the tag is `F` for a full line and `P` for a part of one.
///
/// A file that reaches its size is set aside as `.1`, the one before as `.2`, and so on; the oldest
/// goes. A disk that is full costs lines, never the container its progress.
struct ContainerLog: ~Copyable {
  enum Stream: String {
    case stdout, stderr
  }

  /// The kubelet's defaults (containerLogMaxSize, containerLogMaxFiles).
  static let largestFile = 10 << 20
  static let mostFiles = 5
  /// Longer lines are cut into parts, as container runtimes do.
  static let longestLine = 16 << 10

  private let path: String
  private let limit: Int
  private var descriptor: Int32 = -1
  private var size = 0
  private var pending: [Stream: [UInt8]] = [:]
  private let now: () -> Timestamp

  init(
    path: String, limit: Int = Self.largestFile, now: @escaping () -> Timestamp = Timestamp.now
  ) throws(LinuxError) {
    self.path = path
    self.limit = limit
    self.now = now
    try open()
  }

  deinit {
    if descriptor >= 0 { close(descriptor) }
  }

  private mutating func open() throws(LinuxError) {
    let path = path
    descriptor = try LinuxCall.check("create \(path)") {
      Glibc.open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o640)
    }
    size = Int(max(0, lseek(descriptor, 0, SEEK_END)))
  }

  /// Takes output as it comes.
  mutating func append(_ bytes: ArraySlice<UInt8>, _ stream: Stream) {
    var lines: [UInt8] = []
    let time = Self.text(now())
    var rest = bytes
    while !rest.isEmpty {
      let held = pending[stream]?.count ?? 0
      let room = rest.prefix(Self.longestLine - held)
      if let end = room.firstIndex(of: 0x0A) {
        write(line: rest[..<end], stream, "F", time, &lines)
        rest = rest[(end + 1)...]
      } else if room.count + held == Self.longestLine {
        write(line: room, stream, "P", time, &lines)
        rest = rest[room.endIndex...]
      } else {
        pending[stream, default: []] += rest
        rest = []
      }
    }
    flush(lines)
  }

  /// Writes what has no end of line yet: the container has ended.
  mutating func finish() {
    var lines: [UInt8] = []
    let time = Self.text(now())
    for stream in [Stream.stdout, .stderr] where !(pending[stream] ?? []).isEmpty {
      write(line: [], stream, "P", time, &lines)
    }
    flush(lines)
  }

  private mutating func write(
    line: ArraySlice<UInt8>, _ stream: Stream, _ tag: String, _ time: String,
    _ lines: inout [UInt8]
  ) {
    lines += "\(time) \(stream.rawValue) \(tag) ".utf8
    lines += pending.removeValue(forKey: stream) ?? []
    lines += line
    lines.append(0x0A)
  }

  private mutating func flush(_ lines: [UInt8]) {
    guard !lines.isEmpty else { return }
    if descriptor < 0 || size > 0 && size + lines.count > limit { rotate() }
    // On a full disk the oldest lines make room for the newest. Where there are none to give away
    // nothing can be done but to go on.
    while descriptor >= 0, !write(lines), removeOldest() {}
  }

  /// Whether the lines are in the file: all of them, or none.
  private mutating func write(_ lines: [UInt8]) -> Bool {
    do throws(LinuxError) {
      try LinuxCall.write(descriptor, lines, path)
      size += lines.count
      return true
    } catch {
      _ = ftruncate(descriptor, off_t(size))
      return false
    }
  }

  private func removeOldest() -> Bool {
    for number in stride(from: Self.mostFiles - 1, through: 1, by: -1) {
      if unlink("\(path).\(number)") == 0 { return true }
    }
    return false
  }

  /// Sets the file aside. One that could not be opened is tried again with the next lines.
  private mutating func rotate() {
    if descriptor >= 0 {
      for number in stride(from: Self.mostFiles - 2, through: 1, by: -1) {
        rename("\(path).\(number)", "\(path).\(number + 1)")
      }
      rename(path, "\(path).1")
      close(descriptor)
      descriptor = -1
    }
    do throws(LinuxError) {
      try open()
    } catch {
      size = 0
    }
  }

  static func text(_ time: Timestamp) -> String {
    let digits = String(time.nanoseconds)
    let civil = Timestamp(seconds: time.seconds).description.dropLast()
    return "\(civil).\(String(repeating: "0", count: max(0, 9 - digits.count)))\(digits)Z"
  }
}
