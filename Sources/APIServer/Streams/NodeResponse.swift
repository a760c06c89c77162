import DequeModule
import NIOCore
import NIOHTTP1

/// The answer of a Node's agent: its head, and its body as it comes, or after a 101 the connection
/// itself. Goes with its connection, which ends with the last reference.
final class NodeResponse: Sendable {
  let head: HTTPResponseHead
  let channel: any Channel
  private let handler: NIOLoopBound<NodeResponseHandler>

  private init(
    head: HTTPResponseHead, channel: any Channel, handler: NIOLoopBound<NodeResponseHandler>
  ) {
    self.head = head
    self.channel = channel
    self.handler = handler
  }

  deinit { channel.close(promise: nil) }

  /// Makes a connection speak HTTP/1.1. On its event loop.
  static func prepare(_ channel: any Channel) throws {
    let encoder = HTTPRequestEncoder()
    let decoder = ByteToMessageHandler(HTTPResponseDecoder(leftOverBytesStrategy: .forwardBytes))
    try channel.pipeline.syncOperations.addHandlers(
      encoder, decoder, NodeResponseHandler(encoder, decoder, channel.eventLoop))
  }

  static func send(
    _ request: HTTPRequestHead, on channel: any Channel
  ) async throws -> NodeResponse {
    do {
      return try await channel.eventLoop.flatSubmit { () -> EventLoopFuture<NodeResponse> in
        do {
          let handler = try channel.pipeline.syncOperations.handler(
            type: NodeResponseHandler.self)
          channel.write(HTTPClientRequestPart.head(request)).cascadeFailure(to: handler.head)
          channel.writeAndFlush(HTTPClientRequestPart.end(nil)).cascadeFailure(to: handler.head)
          let bound = NIOLoopBound(handler, eventLoop: channel.eventLoop)
          return handler.head.futureResult.map {
            NodeResponse(head: $0, channel: channel, handler: bound)
          }
        } catch {
          return channel.eventLoop.makeFailedFuture(error)
        }
      }.get()
    } catch {
      channel.close(promise: nil)
      throw error
    }
  }

  /// The next piece of the body; nil at its end. Read from the connection only as it is asked for.
  ///
  /// - Throws: an error of the connection, or `CancellationError`.
  func next() async throws -> ByteBuffer? {
    try await withTaskCancellationHandler {
      try Task.checkCancellation()
      return try await channel.eventLoop.flatSubmit { [handler] in handler.value.next() }.get()
    } onCancel: {
      channel.close(promise: nil)
    }
  }

  /// At most so many bytes of the body, and the end of the connection.
  func text(atMost limit: Int) async -> String {
    var bytes: [UInt8] = []
    while bytes.count < limit, let piece = try? await next() { bytes += piece.readableBytesView }
    return String(decoding: bytes.prefix(limit), as: UTF8.self)
  }

  /// After a 101: lets a handler have what comes. On the event loop.
  func handOver(to next: any ChannelHandler) throws -> EventLoopFuture<Void> {
    try channel.pipeline.syncOperations.addHandler(next)
    return handler.value.leave()
  }
}

/// Takes one response of a connection.
final class NodeResponseHandler: ChannelDuplexHandler, RemovableChannelHandler {
  typealias InboundIn = HTTPClientResponsePart
  typealias OutboundIn = Never

  let head: EventLoopPromise<HTTPResponseHead>
  private let encoder: HTTPRequestEncoder
  private let decoder: ByteToMessageHandler<HTTPResponseDecoder>
  private var context: ChannelHandlerContext?
  private var pieces: Deque<ByteBuffer> = []
  private var waiting: EventLoopPromise<ByteBuffer?>?
  private var end: Result<Void, any Error>?
  private var hasHead = false
  private var holdsRead = false

  init(
    _ encoder: HTTPRequestEncoder, _ decoder: ByteToMessageHandler<HTTPResponseDecoder>,
    _ loop: any EventLoop
  ) {
    self.encoder = encoder
    self.decoder = decoder
    head = loop.makePromise()
  }

  func handlerAdded(context: ChannelHandlerContext) { self.context = context }

  func handlerRemoved(context: ChannelHandlerContext) {
    self.context = nil
    finish(.failure(ChannelError.ioOnClosedChannel))
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch unwrapInboundIn(data) {
    case .head(let head):
      hasHead = true
      self.head.succeed(head)
    case .body(let bytes):
      if let waiting {
        self.waiting = nil
        waiting.succeed(bytes)
      } else {
        pieces.append(bytes)
      }
    case .end: finish(.success(()))
    }
  }

  /// Once the head is there more is read only when somebody waits for it.
  func read(context: ChannelHandlerContext) {
    if hasHead, waiting == nil {
      holdsRead = true
    } else {
      context.read()
    }
  }

  func channelInactive(context: ChannelHandlerContext) {
    finish(.failure(ChannelError.eof))
    context.fireChannelInactive()
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    finish(.failure(error))
    context.close(promise: nil)
  }

  private func finish(_ result: Result<Void, any Error>) {
    guard end == nil else { return }
    end = result
    if case .failure(let error) = result { head.fail(error) }
    guard let waiting else { return }
    self.waiting = nil
    settle(waiting)
  }

  private func settle(_ promise: EventLoopPromise<ByteBuffer?>) {
    switch end {
    case .failure(let error): promise.fail(error)
    case .success, nil: promise.succeed(nil)
    }
  }

  func next() -> EventLoopFuture<ByteBuffer?> {
    let promise = head.futureResult.eventLoop.makePromise(of: ByteBuffer?.self)
    if let piece = pieces.popFirst() {
      promise.succeed(piece)
    } else if end != nil {
      settle(promise)
    } else {
      waiting = promise
      releaseRead()
    }
    return promise.futureResult
  }

  private func releaseRead() {
    guard holdsRead else { return }
    holdsRead = false
    context?.read()
  }

  /// Takes HTTP out of the pipeline; what came early goes to whoever comes after.
  func leave() -> EventLoopFuture<Void> {
    guard let context else {
      return head.futureResult.eventLoop.makeFailedFuture(ChannelError.ioOnClosedChannel)
    }
    let pipeline = context.pipeline.syncOperations
    let bound = NIOLoopBound((pipeline, self, decoder), eventLoop: context.eventLoop)
    let heldRead = holdsRead
    return pipeline.removeHandler(encoder).flatMap {
      bound.value.0.removeHandler(bound.value.1)
    }.flatMap {
      bound.value.0.removeHandler(bound.value.2)
    }.map {
      if heldRead { bound.value.0.read() }
    }
  }
}
