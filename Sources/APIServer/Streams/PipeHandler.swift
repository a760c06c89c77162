package import NIOCore

/// One end of a connection whose bytes go to another, no faster than that one takes them. What one
/// side has sent before it closed reaches the other.
///
/// Both ends belong to the same event loop, on which all members are called.
package final class PipeHandler: ChannelDuplexHandler {
  package typealias InboundIn = ByteBuffer
  package typealias OutboundIn = ByteBuffer
  package typealias OutboundOut = ByteBuffer

  private var partner: PipeHandler?
  private var context: ChannelHandlerContext?
  private var hasPendingRead = false

  private init() {}

  package static func pair() -> (PipeHandler, PipeHandler) {
    let (one, other) = (PipeHandler(), PipeHandler())
    one.partner = other
    other.partner = one
    return (one, other)
  }

  package func handlerAdded(context: ChannelHandlerContext) {
    self.context = context
    partner?.releaseRead()
  }

  package func handlerRemoved(context: ChannelHandlerContext) {
    self.context = nil
    partner = nil
  }

  package func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard let other = partner?.context else { return }
    other.write(wrapOutboundOut(unwrapInboundIn(data)), promise: nil)
  }

  package func channelReadComplete(context: ChannelHandlerContext) {
    partner?.context?.flush()
    context.fireChannelReadComplete()
  }

  package func read(context: ChannelHandlerContext) {
    if partner?.context?.channel.isWritable ?? false {
      context.read()
    } else {
      hasPendingRead = true
    }
  }

  package func channelWritabilityChanged(context: ChannelHandlerContext) {
    if context.channel.isWritable { partner?.releaseRead() }
    context.fireChannelWritabilityChanged()
  }

  private func releaseRead() {
    guard hasPendingRead, let context else { return }
    hasPendingRead = false
    context.read()
  }

  package func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if case ChannelEvent.inputClosed = event { partner?.finish(.output) }
    context.fireUserInboundEventTriggered(event)
  }

  package func channelInactive(context: ChannelHandlerContext) {
    partner?.finish(.all)
    context.fireChannelInactive()
  }

  package func errorCaught(context: ChannelHandlerContext, error: any Error) {
    context.close(promise: nil)
  }

  /// Closes once everything written is on its way.
  private func finish(_ mode: CloseMode) {
    guard let context else { return }
    let channel = context.channel
    channel.writeAndFlush(ByteBuffer()).whenComplete { _ in
      channel.close(mode: mode, promise: nil)
    }
  }
}
