import JSONTree
import KubernetesClient
import NIOCore
import Synchronization

/// The streams of a command over a WebSocket: the first byte of a message says which one it is of
/// (`v4.channel.k8s.io`); in version 5 a message on channel 255 ends one.
final class WebSocketCommandStreams: CommandStreams {
  private enum Channel {
    static let input: UInt8 = 0
    static let output: UInt8 = 1
    static let error: UInt8 = 2
    static let status: UInt8 = 3
    static let resize: UInt8 = 4
    static let close: UInt8 = 255
  }

  let input = BoundedQueue<ByteBuffer>(capacity: inputCapacity)
  let sizes = BoundedQueue<TerminalSize>(capacity: 16)
  private let session: WebSocketSession
  private let signalsEnds: Bool
  /// The channel of the message under way.
  private let current = Mutex<UInt8?>(nil)

  /// Does the work for as long as the client is there.
  static func serve(
    _ session: WebSocketSession, version: String, options: CommandOptions,
    _ work: @escaping @Sendable (any CommandStreams) async -> Void
  ) async {
    let streams = WebSocketCommandStreams(session, signalsEnds: version.hasPrefix("v5"))
    if !options.hasInput { streams.input.abandon() }
    // An empty message on the first stream tells the client that it is connected.
    let first =
      options.hasOutput ? Channel.output : options.hasError ? Channel.error : Channel.status
    try? await session.send(ByteBuffer(bytes: [first]))
    await Connected.run {
      await session.read { piece in await streams.take(piece) }
      streams.input.finish()
      streams.sizes.finish()
    } work: {
      await work(streams)
    }
  }

  private init(_ session: WebSocketSession, signalsEnds: Bool) {
    self.session = session
    self.signalsEnds = signalsEnds
  }

  private func take(_ piece: WebSocketSession.Piece) async {
    var bytes = piece.bytes
    if piece.isStart {
      let first: UInt8? = bytes.readInteger()
      current.withLock { $0 = first }
    }
    switch current.withLock(\.self) {
    case Channel.input where bytes.readableBytes > 0:
      await input.send(bytes, weight: bytes.readableBytes)
    case Channel.resize:
      if let size = TerminalSize(bytes.readableBytesView) { await sizes.send(size) }
    case Channel.close where signalsEnds:
      if bytes.readInteger() == Channel.input { input.finish() }
    default: break
    }
  }

  func write(_ bytes: ByteBuffer, to output: CommandOutput) async throws {
    guard bytes.readableBytes > 0 else { return }
    try await send(bytes, on: output == .output ? Channel.output : Channel.error)
  }

  private func send(_ bytes: ByteBuffer, on channel: UInt8) async throws {
    var message = ByteBuffer()
    message.reserveCapacity(bytes.readableBytes + 1)
    message.writeInteger(channel)
    message.writeImmutableBuffer(bytes)
    try await session.send(message)
  }

  func finish(_ outcome: CommandOutcome) async {
    try? await send(ByteBuffer(bytes: outcome.status.encoded()), on: Channel.status)
    await session.close()
    input.abandon()
  }
}
