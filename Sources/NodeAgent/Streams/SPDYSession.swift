import NIOCore
import SPDY
import Synchronization

/// The server's side of a SPDY/3.1 connection, as Kubernetes multiplexes streams: the client opens
/// them, and flow is controlled by TCP alone.
final class SPDYSession: Sendable {
  /// Streams the client has opened, in order.
  let arrivals = BoundedQueue<SPDYStream>(capacity: 64)
  private let sendBytes: @Sendable (ByteBuffer) async throws -> Void
  private let reader = Mutex(FrameReader())
  /// Headers are written by the reading task only: their order on the wire is that of compression.
  private let writer = Mutex(FrameWriter())
  private let streams = Mutex<[UInt32: SPDYStream]>([:])

  /// Streams at once. kubectl opens two for each forwarded connection.
  private static let mostStreams = 2048

  /// - Parameter send: returns when the connection has taken the bytes.
  init(send: @escaping @Sendable (ByteBuffer) async throws -> Void) { sendBytes = send }

  /// Takes what came from the client. Called by one task; makes it wait while what came before has
  /// not been taken.
  ///
  /// - Throws: `SPDYError` for what is no frame, and what `send` throws.
  func take(_ bytes: ByteBuffer) async throws {
    let frames = try reader.withLock { reader throws(SPDYError) -> [Frame] in
      reader.append(bytes.readableBytesView)
      var frames: [Frame] = []
      while let frame = try reader.next() { frames.append(frame) }
      return frames
    }
    for frame in frames { try await take(frame) }
  }

  private func take(_ frame: Frame) async throws {
    switch frame {
    case .open(let opening): try await open(opening)
    case .data(let id, let bytes, let isFinal):
      guard let stream = stream(id) else { return }
      if !bytes.isEmpty { await stream.input.send(ByteBuffer(bytes: bytes), weight: bytes.count) }
      if isFinal { finishInput(of: stream) }
    case .headers(let id, _, let isFinal), .reply(let id, _, let isFinal):
      if isFinal, let stream = stream(id) { finishInput(of: stream) }
    case .reset(let id, _):
      guard let stream = streams.withLock({ $0.removeValue(forKey: id) }) else { return }
      stream.markReset()
    case .ping(let number):
      // Even ones would be answers to ours, which there are none of.
      if number % 2 == 1 { try await send(.ping(number)) }
    case .settings, .goAway, .windowUpdate: break
    }
  }

  private func open(_ opening: StreamOpening) async throws {
    let id = opening.stream
    let stream = SPDYStream(id: id, headers: opening.headers, session: self)
    let isRefused = streams.withLock { streams in
      guard id % 2 == 1, streams[id] == nil, streams.count < Self.mostStreams else { return true }
      streams[id] = stream
      return false
    }
    if isRefused { return try await send(.reset(stream: id, status: .refusedStream)) }
    if opening.isFinal { stream.input.finish() }
    try await send(.reply(stream: id, headers: [:], isFinal: false))
    await arrivals.send(stream)
  }

  private func stream(_ id: UInt32) -> SPDYStream? { streams.withLock { $0[id] } }

  private func finishInput(of stream: SPDYStream) {
    stream.input.finish()
    if stream.markInputFinished() { forget(stream.id) }
  }

  fileprivate func forget(_ id: UInt32) { streams.withLock { $0[id] = nil } }

  /// The client is gone: nothing more comes.
  func end() {
    arrivals.finish()
    let all = streams.withLock { streams in
      defer { streams.removeAll() }
      return Array(streams.values)
    }
    for stream in all { stream.markReset() }
  }

  private func send(_ frame: Frame) async throws {
    let bytes = try writer.withLock { writer throws(SPDYError) in try writer.write(frame) }
    try await sendBytes(ByteBuffer(bytes: bytes))
  }

  fileprivate func sendReset(_ id: UInt32) async throws {
    try await send(.reset(stream: id, status: .cancel))
  }

  fileprivate func sendData(_ bytes: ByteBuffer, on id: UInt32, isFinal: Bool) async throws {
    let header = FrameWriter.dataHeader(
      stream: id, count: bytes.readableBytes, isFinal: isFinal)
    var frame = ByteBuffer()
    frame.reserveCapacity(header.count + bytes.readableBytes)
    frame.writeBytes(header)
    frame.writeImmutableBuffer(bytes)
    try await sendBytes(frame)
  }
}

/// A stream of a session.
final class SPDYStream: Sendable {
  let id: UInt32
  let headers: Headers
  /// What the client sends on it.
  let input = BoundedQueue<ByteBuffer>(capacity: inputCapacity)
  private let session: SPDYSession
  private let state = Mutex(State())

  private struct State {
    var isInputFinished = false
    var isOutputFinished = false
  }

  fileprivate init(id: UInt32, headers: Headers, session: SPDYSession) {
    self.id = id
    self.headers = headers
    self.session = session
  }

  /// Returns when the connection has taken it. Nothing is sent after the end of the stream.
  func write(_ bytes: ByteBuffer) async throws {
    guard bytes.readableBytes > 0 else { return }
    if state.withLock(\.isOutputFinished) { throw ChannelError.outputClosed }
    try await session.sendData(bytes, on: id, isFinal: false)
  }

  /// Nothing more is sent.
  func close() async {
    let (isFirst, isOver) = state.withLock { state in
      defer { state.isOutputFinished = true }
      return (!state.isOutputFinished, state.isInputFinished)
    }
    guard isFirst else { return }
    // Where the connection is gone, so is the stream.
    try? await session.sendData(ByteBuffer(), on: id, isFinal: true)
    if isOver { session.forget(id) }
  }

  /// Ends both directions.
  func reset() async {
    session.forget(id)
    markReset()
    try? await session.sendReset(id)
  }

  /// Returns whether both directions have ended.
  fileprivate func markInputFinished() -> Bool {
    state.withLock { state in
      state.isInputFinished = true
      return state.isOutputFinished
    }
  }

  fileprivate func markReset() {
    state.withLock { state in
      state.isInputFinished = true
      state.isOutputFinished = true
    }
    input.finish()
  }
}
