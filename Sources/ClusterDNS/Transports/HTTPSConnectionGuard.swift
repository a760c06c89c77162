import NIOCore

/// Ends an HTTPS connection on which nothing arrives for a while, that has lasted long enough, or
/// that is to drain.
final class HTTPSConnectionGuard: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  typealias InboundOut = ByteBuffer

  private let limits: TCPListener.Limits
  private var start = NIODeadline.uptimeNanoseconds(0)
  private var lastRead = NIODeadline.uptimeNanoseconds(0)
  private var deadline: Scheduled<Void>?

  init(limits: TCPListener.Limits) { self.limits = limits }

  func channelActive(context: ChannelHandlerContext) {
    start = context.eventLoop.now
    lastRead = start
    schedule(context)
    context.fireChannelActive()
  }

  func channelInactive(context: ChannelHandlerContext) {
    deadline?.cancel()
    deadline = nil
    context.fireChannelInactive()
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    lastRead = context.eventLoop.now
    context.fireChannelRead(data)
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if event is TCPConnectionHandler.Drain {
      // A client that asks right now asks again; HTTP clients know closed connections.
      context.close(promise: nil)
      return
    }
    context.fireUserInboundEventTriggered(event)
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    context.close(promise: nil)
  }

  private var end: NIODeadline {
    min(lastRead + TimeAmount(limits.idleTimeout), start + TimeAmount(limits.lifetime))
  }

  private func schedule(_ context: ChannelHandlerContext) {
    deadline = context.eventLoop.assumeIsolated().scheduleTask(deadline: end) { [self] in
      if context.eventLoop.now < end { schedule(context) } else { context.close(promise: nil) }
    }
  }
}
