import JSONTree
import KubernetesClient
import NIOCore
import SPDY

/// The streams of a command over SPDY: one for each, named by the header `streamtype`.
struct SPDYCommandStreams: CommandStreams {
  let input: BoundedQueue<ByteBuffer>
  let sizes = BoundedQueue<TerminalSize>(capacity: 16)
  private let streams: [String: SPDYStream]
  private let hasStatus: Bool

  /// How long the client may take to open its streams, as in a kubelet.
  private static let creation = Duration.seconds(30)

  /// Waits for the client's streams and does the work.
  static func serve(
    _ session: SPDYSession, version: String, options: CommandOptions, time: TimeSource = .system,
    _ work: @escaping @Sendable (any CommandStreams) async -> Void
  ) async {
    let level = version == "channel.k8s.io" ? 1 : Int(version.dropFirst().prefix(1)) ?? 1
    var expected: Set<String> = ["error"]
    if options.hasInput { expected.insert("stdin") }
    if options.hasOutput { expected.insert("stdout") }
    if options.hasError { expected.insert("stderr") }
    if options.hasTerminal, level >= 3 { expected.insert("resize") }
    let limit = Task {
      try await time.sleep(creation)
      session.arrivals.finish()
    }
    var streams: [String: SPDYStream] = [:]
    while !expected.isSubset(of: streams.keys), let stream = await session.arrivals.next() {
      if let type = stream.headers["streamtype"], expected.contains(type), streams[type] == nil {
        streams[type] = stream
      } else {
        await stream.reset()
      }
    }
    limit.cancel()
    guard expected.isSubset(of: streams.keys) else { return }
    let command = SPDYCommandStreams(streams, hasStatus: level >= 4)
    await withTaskGroup(of: Void.self) { group in
      group.addTask { await command.readSizes() }
      await work(command)
      group.cancelAll()
    }
  }

  private init(_ streams: [String: SPDYStream], hasStatus: Bool) {
    self.streams = streams
    self.hasStatus = hasStatus
    if let stdin = streams["stdin"] {
      input = stdin.input
    } else {
      input = BoundedQueue(capacity: 1)
      input.finish()
    }
  }

  /// Sizes come as one JSON object after another.
  private func readSizes() async {
    var pending: [UInt8] = []
    while let bytes = await streams["resize"]?.input.next() {
      for byte in bytes.readableBytesView {
        pending.append(byte)
        guard byte == UInt8(ascii: "}") else { continue }
        if let size = TerminalSize(pending) { await sizes.send(size) }
        pending = []
      }
      if pending.count > 1024 { pending = [] }
    }
    sizes.finish()
  }

  func write(_ bytes: ByteBuffer, to output: CommandOutput) async throws {
    try await streams[output == .output ? "stdout" : "stderr"]?.write(bytes)
  }

  func finish(_ outcome: CommandOutcome) async {
    for name in ["stdout", "stderr"] { await streams[name]?.close() }
    let text = hasStatus ? outcome.status.encoded() : Array((outcome.message ?? "").utf8)
    try? await streams["error"]?.write(ByteBuffer(bytes: text))
    for name in ["error", "stdin", "resize"] { await streams[name]?.close() }
    for stream in streams.values { stream.input.abandon() }
  }
}
