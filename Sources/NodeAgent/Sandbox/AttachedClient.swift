import Glibc
import JSONTree

/// A client that sees a container's output as it comes, and may give it input.
struct AttachedClient {
  let connection: Int32
  /// Read end of the client's input; -1 for none.
  private(set) var input: Int32 = -1
  private var output = Backlog(-1)
  private var error = Backlog(-1)

  /// How long a client may take nothing of what waits for it.
  static let patience: Int64 = 10

  /// - Parameter streams: `stdin`, `stdout`, `stderr`, each with a descriptor, owned from now on.
  init(connection: Int32, streams: [(String, Int32)]) {
    self.connection = connection
    for (name, descriptor) in streams {
      switch name {
      case "stdin": input = descriptor
      case "stdout": output = Backlog(descriptor)
      case "stderr": error = Backlog(descriptor)
      default: Glibc.close(descriptor)
      }
    }
  }

  var sinks: [Backlog] { [output, error] }
  var hasBacklog: Bool { !output.isEmpty || !error.isEmpty }

  var isStalled: Bool {
    sinks.contains { !$0.isEmpty && $0.lastProgress + Self.patience < Backlog.seconds() }
  }

  mutating func write(_ bytes: ArraySlice<UInt8>, _ stream: ContainerLog.Stream) {
    if stream == .stdout { output.write(bytes) } else { error.write(bytes) }
  }

  mutating func flush(_ descriptor: Int32) {
    if descriptor == output.descriptor { output.flush() }
    if descriptor == error.descriptor { error.flush() }
  }

  mutating func closeInput() {
    if input >= 0 { Glibc.close(input) }
    input = -1
  }

  func close() {
    for descriptor in [input, output.descriptor, error.descriptor] where descriptor >= 0 {
      Glibc.close(descriptor)
    }
  }
}

/// Bytes on their way to a descriptor that takes them when it can.
///
/// Whoever writes must not write more while some are left: then no more is kept than one piece.
struct Backlog {
  /// Does not block; -1 for none, which takes everything.
  let descriptor: Int32
  private var bytes: ArraySlice<UInt8> = []
  /// Seconds of the monotonic clock at which some bytes were taken.
  private(set) var lastProgress: Int64 = 0

  /// Makes the descriptor one that does not block.
  init(_ descriptor: Int32) {
    self.descriptor = descriptor
    if descriptor >= 0 { _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK) }
  }

  var isEmpty: Bool { bytes.isEmpty }

  mutating func write(_ more: ArraySlice<UInt8>) {
    guard descriptor >= 0 else { return }
    if bytes.isEmpty {
      bytes = more
      lastProgress = Self.seconds()
    } else {
      bytes += more
    }
    flush()
  }

  mutating func flush() {
    while !bytes.isEmpty {
      let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if count > 0 {
        bytes = bytes.dropFirst(count)
        lastProgress = Self.seconds()
      } else if count < 0, errno == EINTR {
        continue
      } else if count < 0, errno == EAGAIN {
        return
      } else {
        bytes = []  // Nobody reads it any more.
      }
    }
  }

  static func seconds() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Int64(time.tv_sec)
  }
}
