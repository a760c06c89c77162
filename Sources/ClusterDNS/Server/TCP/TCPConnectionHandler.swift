import NIOCore

/// One TCP connection: cuts the bytes into queries and answers them in order (RFC 7766).
///
/// A client may send many queries at once. It is not read from while too many of its responses
/// wait to be sent, and it is cut off when no complete query has been answered for a while,
/// whether it sends none, sends one too slowly, or does not take its responses.
final class TCPConnectionHandler: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  /// Asks a connection to end when what it has asked is answered.
  struct Drain: Sendable {}

  private let responder: TCPResponder
  private let idleTimeout: TimeAmount
  /// Bytes that are not a whole query yet, or wait for responses to be sent.
  private var pending = ByteBuffer()
  private var lastAnswer = NIODeadline.uptimeNanoseconds(0)
  private var deadline: Scheduled<Void>?
  /// The client has sent all it wants to, or is to be sent away.
  private var isEnding = false
  private var isClosed = false

  init(responder: TCPResponder, idleTimeout: TimeAmount) {
    self.responder = responder
    self.idleTimeout = idleTimeout
  }

  func channelActive(context: ChannelHandlerContext) {
    lastAnswer = context.eventLoop.now
    scheduleDeadline(context)
    context.fireChannelActive()
  }

  func channelInactive(context: ChannelHandlerContext) {
    deadline?.cancel()
    deadline = nil
    context.fireChannelInactive()
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    var bytes = unwrapInboundIn(data)
    if pending.readableBytes == 0 {
      pending = bytes
    } else {
      pending.discardReadBytes()
      pending.writeBuffer(&bytes)
    }
    answerPending(context)
  }

  func channelWritabilityChanged(context: ChannelHandlerContext) {
    answerPending(context)
    context.fireChannelWritabilityChanged()
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    switch event {
    case is Drain: end(context)
    case let event as ChannelEvent where event == .inputClosed: end(context)
    default: context.fireUserInboundEventTriggered(event)
    }
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) { close(context) }

  private func end(_ context: ChannelHandlerContext) {
    isEnding = true
    answerPending(context)
  }

  /// Answers whole queries as long as responses can be sent.
  private func answerPending(_ context: ChannelHandlerContext) {
    guard !isClosed else { return }
    var hasWritten = false
    while context.channel.isWritable, let query = nextQuery() {
      guard let response = responder.respond(to: query, allocator: context.channel.allocator)
      else {
        // What gets no response is no query: the client speaks something else.
        context.flush()
        close(context)
        return
      }
      lastAnswer = context.eventLoop.now
      context.write(wrapOutboundOut(response), promise: nil)
      hasWritten = true
    }
    if hasWritten { context.flush() }
    let isStalled = !context.channel.isWritable
    setReading(context, !isStalled && !isEnding)
    if isEnding, !isStalled { closeWhenSent(context) }
  }

  private func nextQuery() -> ByteBuffer? {
    guard let length = pending.getInteger(at: pending.readerIndex, as: UInt16.self),
      pending.readableBytes >= 2 + Int(length)
    else { return nil }
    pending.moveReaderIndex(forwardBy: 2)
    return pending.readSlice(length: Int(length))
  }

  private func setReading(_ context: ChannelHandlerContext, _ isReading: Bool) {
    // Fails only on a closed channel, which reads nothing anyway.
    _ = context.channel.setOption(.autoRead, value: isReading)
  }

  private func closeWhenSent(_ context: ChannelHandlerContext) {
    isClosed = true
    let channel = context.channel
    context.writeAndFlush(wrapOutboundOut(ByteBuffer())).whenComplete { _ in
      channel.close(promise: nil)
    }
  }

  private func close(_ context: ChannelHandlerContext) {
    isClosed = true
    context.close(promise: nil)
  }

  private func scheduleDeadline(_ context: ChannelHandlerContext) {
    let bound = NIOLoopBound((handler: self, context: context), eventLoop: context.eventLoop)
    deadline = context.eventLoop.scheduleTask(deadline: lastAnswer + idleTimeout) {
      let (handler, context) = bound.value
      handler.deadlineReached(context)
    }
  }

  private func deadlineReached(_ context: ChannelHandlerContext) {
    if context.eventLoop.now < lastAnswer + idleTimeout {
      scheduleDeadline(context)
    } else {
      close(context)
    }
  }
}
