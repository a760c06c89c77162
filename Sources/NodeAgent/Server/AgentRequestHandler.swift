import KubernetesAPI
import NIOCore
import NIOHTTP1
import NIOSSL
import NIOWebSocket

/// Takes the one request of a connection, answers it, or hands the connection over to another
/// protocol.
///
/// Belongs to the connection's event loop, on which all members are called.
final class AgentRequestHandler: ChannelInboundHandler, RemovableChannelHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias OutboundOut = HTTPServerResponsePart
  typealias Responder = @Sendable (AgentRequest, UserInfo?) async -> AgentAnswer

  private enum State {
    /// -> answering
    case reading(HTTPRequestHead?)
    /// -> the end of the connection, or another protocol
    case answering
  }

  private let encoder: HTTPResponseEncoder
  private let decoder: ByteToMessageHandler<HTTPRequestDecoder>
  private let limit: Scheduled<Void>
  private let identify: @Sendable ([UInt8]) -> UserInfo?
  private let respond: Responder
  private var state = State.reading(nil)
  private var bodyBytes = 0

  /// Bodies carry nothing.
  private static let longestBody = 64 << 10

  /// - Parameters:
  ///   - limit: ends the connection unless the request comes in time.
  ///   - identify: whom a verified certificate in DER names.
  init(
    _ encoder: HTTPResponseEncoder, _ decoder: ByteToMessageHandler<HTTPRequestDecoder>,
    _ limit: Scheduled<Void>, identify: @escaping @Sendable ([UInt8]) -> UserInfo?,
    respond: @escaping Responder
  ) {
    self.encoder = encoder
    self.decoder = decoder
    self.limit = limit
    self.identify = identify
    self.respond = respond
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch (unwrapInboundIn(data), state) {
    case (.head(let head), .reading(nil)): state = .reading(head)
    case (.body(let bytes), .reading):
      bodyBytes += bytes.readableBytes
      if bodyBytes > Self.longestBody { context.close(promise: nil) }
    case (.end, .reading(let head?)): answer(context, head)
    default: context.close(promise: nil)
    }
  }

  func channelInactive(context: ChannelHandlerContext) {
    limit.cancel()
    context.fireChannelInactive()
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    context.close(promise: nil)
  }

  private func answer(_ context: ChannelHandlerContext, _ head: HTTPRequestHead) {
    limit.cancel()
    let request = AgentRequest(
      method: head.method.rawValue, target: AgentTarget(head.uri), headers: head.headers)
    let channel = context.channel
    let user = user(of: channel)
    let handler = NIOLoopBound(self, eventLoop: context.eventLoop)
    let respond = respond
    let writer = AgentResponseWriter(channel: channel, isHead: head.method == .HEAD)
    state = .answering
    let task = Task {
      switch await respond(request, user) {
      case .whole(let code, let type, let bytes): await writer.write(code, type, bytes)
      case .text(let next): await writer.write(next)
      case .spdy(let headers, let work): await handler.speakSPDY(channel, headers, work)
      case .webSocket(let headers, let work):
        await handler.speakWebSocket(channel, head, headers, work)
      }
    }
    // Whatever is spoken by then: nothing goes on for a client that is gone.
    channel.closeFuture.whenComplete { _ in task.cancel() }
  }

  /// Whom the client's certificate names, which TLS has verified.
  private func user(of channel: any Channel) -> UserInfo? {
    guard let certificate = try? channel.pipeline.syncOperations.nioSSL_peerCertificate(),
      let der = try? certificate.toDERBytes()
    else { return nil }
    return identify(der)
  }

  // MARK: Another protocol

  /// Writes the 101 and takes HTTP out of the pipeline. On the event loop.
  ///
  /// - Parameter prepare: adds what takes its place; called before what came early is passed on.
  fileprivate func handOver<Result: Sendable>(
    _ channel: any Channel, _ headers: HTTPHeaders,
    _ prepare: @escaping @Sendable (any Channel) throws -> Result
  ) -> EventLoopFuture<Result> {
    guard channel.isActive else {
      return channel.eventLoop.makeFailedFuture(ChannelError.ioOnClosedChannel)
    }
    let head = HTTPResponseHead(
      version: .http1_1, status: .switchingProtocols, headers: headers)
    let pipeline = channel.pipeline.syncOperations
    channel.write(HTTPServerResponsePart.head(head), promise: nil)
    channel.writeAndFlush(HTTPServerResponsePart.end(nil), promise: nil)
    let decoder = decoder
    let made: Result
    do {
      made = try prepare(channel)
    } catch {
      return channel.eventLoop.makeFailedFuture(error)
    }
    let bound = NIOLoopBound((decoder, pipeline), eventLoop: channel.eventLoop)
    pipeline.removeHandler(self, promise: nil)
    return pipeline.removeHandler(encoder)
      .flatMap { [bound] in bound.value.1.removeHandler(bound.value.0) }
      .map { made }
  }
}

extension NIOLoopBound<AgentRequestHandler> {
  fileprivate func speakSPDY(
    _ channel: any Channel, _ headers: HTTPHeaders,
    _ work: @escaping @Sendable (SPDYSession) async -> Void
  ) async {
    do {
      let upgraded = try await channel.eventLoop.flatSubmit {
        value.handOver(channel, headers) { channel in
          try NIOAsyncChannel<ByteBuffer, Never>(
            wrappingChannelSynchronously: channel,
            configuration: .init(backPressureStrategy: .init(lowWatermark: 1, highWatermark: 4)))
        }
      }.get()
      try await upgraded.executeThenClose { bytes in
        let session = SPDYSession { try await channel.writeAndFlush($0).get() }
        await Connected.run {
          // What breaks the connection ends it.
          do { for try await piece in bytes { try await session.take(piece) } } catch {}
          session.end()
        } work: {
          await work(session)
        }
      }
    } catch {
      // The client left meanwhile.
      channel.close(promise: nil)
    }
  }

  fileprivate func speakWebSocket(
    _ channel: any Channel, _ request: HTTPRequestHead, _ headers: HTTPHeaders,
    _ work: @escaping @Sendable (WebSocketSession) async -> Void
  ) async {
    do {
      // It only makes the headers of the answer, whose proof is of the key that came.
      let upgrader = NIOWebSocketServerUpgrader(
        shouldUpgrade: { channel, _ in channel.eventLoop.makeSucceededFuture([:]) },
        upgradePipelineHandler: { channel, _ in channel.eventLoop.makeSucceededVoidFuture() })
      var answer = try await channel.eventLoop.flatSubmit {
        upgrader.buildUpgradeResponse(
          channel: channel, upgradeRequest: request, initialResponseHeaders: [:])
      }.get()
      answer.add(contentsOf: headers)
      let upgraded = try await channel.eventLoop.flatSubmit { [answer] in
        value.handOver(channel, answer) { channel in
          let pipeline = channel.pipeline.syncOperations
          try pipeline.addHandler(WebSocketFrameEncoder())
          try pipeline.addHandler(
            ByteToMessageHandler(
              WebSocketFrameDecoder(maxFrameSize: WebSocketSession.longestFrame)))
          return try NIOAsyncChannel<WebSocketFrame, Never>(
            wrappingChannelSynchronously: channel,
            configuration: .init(backPressureStrategy: .init(lowWatermark: 1, highWatermark: 4)))
        }
      }.get()
      try await upgraded.executeThenClose { frames in
        await work(WebSocketSession(channel: channel, frames: frames))
      }
    } catch {
      // The client left meanwhile.
      channel.close(promise: nil)
    }
  }
}

/// Writes the answer to a request no faster than the client takes it, and closes the connection.
struct AgentResponseWriter: Sendable {
  let channel: any Channel
  let isHead: Bool

  func write(_ code: Int, _ type: String, _ bytes: [UInt8]) async {
    let head = HTTPResponseHead(
      version: .http1_1, status: HTTPResponseStatus(statusCode: code),
      headers: [
        "Content-Type": type, "Content-Length": String(bytes.count), "Connection": "close",
      ])
    // A client that is gone misses nothing.
    try? await send([.head(head)] + (isHead ? [] : [body(bytes)]) + [.end(nil)])
    channel.close(promise: nil)
  }

  func write(_ next: @Sendable () async throws -> [UInt8]?) async {
    let head = HTTPResponseHead(
      version: .http1_1, status: .ok,
      headers: [
        "Content-Type": "text/plain", "Transfer-Encoding": "chunked", "Connection": "close",
      ])
    do {
      try await send([.head(head)])
      while !isHead, let bytes = try await next() { try await send([body(bytes)]) }
      try await send([.end(nil)])
    } catch {
      // Cut off, and seen to be: the last chunk is missing.
    }
    channel.close(promise: nil)
  }

  private func body(_ bytes: [UInt8]) -> HTTPServerResponsePart {
    .body(.byteBuffer(channel.allocator.buffer(bytes: bytes)))
  }

  private func send(_ parts: [HTTPServerResponsePart]) async throws {
    let channel = channel
    try await channel.eventLoop.flatSubmit { () -> EventLoopFuture<Void> in
      for part in parts.dropLast() { channel.write(part, promise: nil) }
      guard let last = parts.last else { return channel.eventLoop.makeSucceededVoidFuture() }
      return channel.writeAndFlush(last)
    }.get()
  }
}
