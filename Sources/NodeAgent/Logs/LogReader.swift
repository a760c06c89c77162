import Glibc
import KubernetesClient

/// Reads the log of one attempt of a container: files that were set aside first, and, for who
/// follows it, what is still to come.
actor LogReader {
  private let path: String
  private let query: LogQuery
  private let time: TimeSource
  private let isRunning: @Sendable () async -> Bool
  private var text: LogText
  private var file: OpenLog?
  private var hasBegun = false
  private var isAtEnd = false
  private var pause = shortestPause

  /// Between looks at a file that does not grow.
  private static let shortestPause = Duration.milliseconds(20)
  private static let longestPause = Duration.milliseconds(500)
  private static let piece = 64 << 10

  /// - Parameter isRunning: whether the container may still write; what it wrote before it ended is
  ///   in the file by then.
  init(
    path: String, query: LogQuery, time: TimeSource,
    isRunning: @escaping @Sendable () async -> Bool
  ) {
    self.path = path
    self.query = query
    self.time = time
    self.isRunning = isRunning
    text = LogText(query)
  }

  /// The next piece of text; nil at the end.
  ///
  /// - Throws: `CancellationError`; `LinuxError` if the file cannot be read.
  func next() async throws -> [UInt8]? {
    if !hasBegun {
      hasBegun = true
      file = try LogFiles(path).start(tail: query.tail)
    }
    while !text.isFull {
      try Task.checkCancellation()
      if let bytes = try file?.read(Self.piece), !bytes.isEmpty {
        pause = Self.shortestPause
        let piece = text.take(bytes[...])
        if !piece.isEmpty { return piece }
        continue
      }
      if try goOn() { continue }
      guard query.follows, !isAtEnd else { return nil }
      // After it has ended there is one more look.
      isAtEnd = !(await isRunning())
      if !isAtEnd {
        try await time.sleep(pause)
        pause = min(pause * 2, Self.longestPause)
      }
    }
    return nil
  }

  /// Goes to the file that came after this one. Returns whether there is one.
  private func goOn() throws -> Bool {
    guard let next = try LogFiles(path).successor(of: file) else { return false }
    // What was written to the old one before it was set aside.
    if let bytes = try file?.read(Self.piece), !bytes.isEmpty {
      file?.unread(bytes.count)
      return true
    }
    file = next
    text.dropRemainder()
    return true
  }
}

/// A log file that is being read.
final class OpenLog {
  private let descriptor: Int32
  private var offset: Int
  let inode: UInt64

  /// Nil if it is not there any more.
  init?(_ path: String, offset: Int = 0) throws(LinuxError) {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    if descriptor < 0 {
      if errno == ENOENT { return nil }
      throw LinuxError(number: errno, what: "open \(path)")
    }
    self.descriptor = descriptor
    self.offset = offset
    var status = stat()
    inode = fstat(descriptor, &status) == 0 ? UInt64(status.st_ino) : 0
  }

  deinit { close(descriptor) }

  /// At most so many bytes; none at the end.
  func read(_ most: Int) throws(LinuxError) -> [UInt8] {
    let bytes = try read(at: offset, most)
    offset += bytes.count
    return bytes
  }

  /// Steps back.
  func unread(_ count: Int) { offset -= count }

  private func read(at position: Int, _ most: Int) throws(LinuxError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: most)
    let count = try LinuxCall.check("read log") {
      pread(descriptor, &bytes, most, off_t(position))
    }
    bytes.removeLast(most - count)
    return bytes
  }

  /// Goes to where the last so many lines begin, or to the beginning.
  ///
  /// - Returns: how many lines there are from there on.
  func seek(tail: Int64) throws(LinuxError) -> Int64 {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { return 0 }
    let piece = 64 << 10
    var position = Int(status.st_size)
    offset = position
    var found: Int64 = 0
    while position > 0 {
      let start = max(0, position - piece)
      let bytes = try read(at: start, position - start)
      for index in bytes.indices.reversed() where bytes[index] == 0x0A {
        if found == tail {
          offset = start + index + 1
          return found
        }
        found += 1
      }
      position = start
    }
    offset = 0
    return found
  }
}

/// The files of one log: the one that is written, and those set aside.
struct LogFiles {
  private let path: String

  init(_ path: String) { self.path = path }

  /// From the oldest to the one that is written.
  private var paths: [String] {
    (1..<ContainerLog.mostFiles).reversed().map { "\(path).\($0)" } + [path]
  }

  /// The file to begin with; nil if there is none.
  func start(tail: Int64?) throws(LinuxError) -> OpenLog? {
    guard let tail else {
      for path in paths { if let log = try OpenLog(path) { return log } }
      return nil
    }
    var missing = tail
    var first: OpenLog?
    for path in paths.reversed() {
      guard let log = try OpenLog(path) else { continue }
      missing -= try log.seek(tail: missing)
      first = log
      if missing <= 0 { break }
    }
    return first
  }

  /// The file that came after one; nil if that is the newest, or nothing is there yet.
  func successor(of file: OpenLog?) throws(LinuxError) -> OpenLog? {
    let numbers = paths.map { path -> UInt64? in
      var status = stat()
      return stat(path, &status) == 0 ? UInt64(status.st_ino) : nil
    }
    // One that is gone was older than any that is there.
    let known = file.flatMap { file in numbers.lastIndex { $0 == file.inode } }
    for index in ((known ?? -1) + 1)..<max(paths.count, (known ?? -1) + 1)
    where numbers[index] != nil {
      return try OpenLog(paths[index])
    }
    return nil
  }
}
