import DNSMessage
import NIOCore

/// One TCP connection: cuts the bytes into queries and answers them (RFC 7766): those about the
/// cluster in order, the others when their answers come.
///
/// A client may send many queries at once. It is not read from while too many of its responses
/// wait to be sent or to be found, and it is cut off when no complete query has been answered for a
/// while, whether it sends none, sends one too slowly, or does not take its responses.
final class TCPConnectionHandler: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  /// Asks a connection to end when what it has asked is answered.
  struct Drain: Sendable {}

  private let responder: TCPResponder
  private let limits: ConnectionLimits
  private var client: ClientAddress?
  private var context: ChannelHandlerContext?
  /// Bytes that are not a whole query yet, or wait for responses to be sent.
  private var pending = ByteBuffer()
  /// The zone that is being sent; queries wait meanwhile.
  private var transfer: ZoneTransfer?
  /// Queries that others have not answered yet.
  private var forwarded = 0
  private var start = NIODeadline.uptimeNanoseconds(0)
  private var lastAnswer = NIODeadline.uptimeNanoseconds(0)
  private var deadline: Scheduled<Void>?
  /// The client has sent all it wants to, or is to be sent away.
  private var isEnding = false
  private var isClosed = false

  init(responder: TCPResponder, limits: ConnectionLimits) {
    self.responder = responder
    self.limits = limits
  }

  func handlerAdded(context: ChannelHandlerContext) { self.context = context }
  func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

  func channelActive(context: ChannelHandlerContext) {
    start = context.eventLoop.now
    client = ClientAddress(context.remoteAddress)
    lastAnswer = start
    scheduleDeadline(context)
    context.fireChannelActive()
  }

  func channelInactive(context: ChannelHandlerContext) {
    isClosed = true
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

  private var isStalled: Bool {
    forwarded >= ServerLimits.forwardedPerConnection || transfer != nil
  }

  /// Answers whole queries as long as responses can be sent.
  private func answerPending(_ context: ChannelHandlerContext) {
    guard !isClosed else { return }
    var hasWritten = sendTransfer(context)
    while context.channel.isWritable, !isStalled, let query = nextQuery() {
      switch responder.answer(query, from: client, mayTransfer: true) {
      case .response(let response):
        lastAnswer = context.eventLoop.now
        write(response, context)
        hasWritten = true
      case .handOff(let remainder):
        forwarded += 1
        remainder.handOff(
          to: TCPReply(handler: NIOLoopBound(self, eventLoop: context.eventLoop)))
      case .transfer(let transfer):
        self.transfer = transfer
        if sendTransfer(context) { hasWritten = true }
      case .none:
        // What gets no response is no query: the client speaks something else.
        context.flush()
        close(context)
        return
      }
    }
    if hasWritten { context.flush() }
    let mustWait = isStalled || !context.channel.isWritable
    setReading(context, !mustWait && !isEnding)
    if isEnding, !mustWait, forwarded == 0 { closeWhenSent(context) }
  }

  /// Sends of the zone what the client takes now. Returns whether that was anything.
  private func sendTransfer(_ context: ChannelHandlerContext) -> Bool {
    guard let transfer else { return false }
    var hasWritten = false
    while context.channel.isWritable {
      guard let message = transfer.next() else {
        self.transfer = nil
        break
      }
      lastAnswer = context.eventLoop.now
      write(message, context)
      hasWritten = true
    }
    return hasWritten
  }

  /// Sends what the forwarder found; nil if it found nothing to say.
  fileprivate func finishForwarded(_ response: [UInt8]?) {
    forwarded -= 1
    guard !isClosed, let context else { return }
    lastAnswer = context.eventLoop.now
    if let response {
      write(response, context)
      context.flush()
    }
    answerPending(context)
  }

  private func write(_ response: [UInt8], _ context: ChannelHandlerContext) {
    var frame = context.channel.allocator.buffer(capacity: response.count + 2)
    // Fits: no message is longer than 65 535 bytes.
    frame.writeInteger(UInt16(truncatingIfNeeded: response.count))
    frame.writeBytes(response)
    context.write(wrapOutboundOut(frame), promise: nil)
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

  /// When the connection is to be looked at again.
  private var nextDeadline: NIODeadline {
    min(lastAnswer + TimeAmount(limits.idleTimeout), start + TimeAmount(limits.lifetime))
  }

  private func scheduleDeadline(_ context: ChannelHandlerContext) {
    deadline = context.eventLoop.assumeIsolated().scheduleTask(
      deadline: max(nextDeadline, context.eventLoop.now + .milliseconds(10))
    ) { [self] in deadlineReached(context) }
  }

  private func deadlineReached(_ context: ChannelHandlerContext) {
    let now = context.eventLoop.now
    if now >= start + TimeAmount(limits.lifetime) {
      // However busy: others want its place. What it has asked is still answered.
      if isEnding { close(context) } else { end(context) }
      if !isClosed { scheduleDeadline(context) }
    } else if now < nextDeadline || forwarded > 0 {
      scheduleDeadline(context)
    } else {
      close(context)
    }
  }
}

/// The way back over TCP.
private final class TCPReply: ReplyPath {
  private let handler: NIOLoopBound<TCPConnectionHandler>

  init(handler: NIOLoopBound<TCPConnectionHandler>) { self.handler = handler }

  func send(_ response: [UInt8]) { finish(response) }
  func drop() { finish(nil) }

  private func finish(_ response: [UInt8]?) {
    handler.eventLoop.execute { [handler] in handler.value.finishForwarded(response) }
  }
}
