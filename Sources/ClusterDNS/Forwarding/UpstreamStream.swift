import DNSMessage
import NIOCore

/// A TCP or TLS connection to an upstream, with any number of queries under way (RFC 7766).
final class UpstreamStream: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  private struct Waiting {
    let query: UpstreamQuery
    let deadline: Scheduled<Void>
    let completion: UpstreamTransport.Completion
  }

  private enum State {
    /// Frames to send once the connection stands.
    case connecting([[UInt8]])
    case open(any Channel)
    case closed
  }

  private let loop: any EventLoop
  private var state = State.connecting([])
  private var waiting: [UInt16: Waiting] = [:]
  private var pending = ByteBuffer()
  private var idle: Scheduled<Void>?
  /// Whether a response has come: the connection worked once.
  private(set) var hasServed = false
  private let onClose: (UpstreamStream) -> Void

  init(loop: any EventLoop, onClose: @escaping (UpstreamStream) -> Void) {
    self.loop = loop
    self.onClose = onClose
  }

  var hasRoom: Bool {
    if case .closed = state { return false }
    return waiting.count < ForwardingLimits.queriesPerConnection
  }

  func connected(_ result: Result<any Channel, any Error>) {
    guard case .connecting(let frames) = state else {
      if case .success(let channel) = result { channel.close(promise: nil) }
      return
    }
    switch result {
    case .success(let channel):
      state = .open(channel)
      for frame in frames { write(frame, to: channel) }
    case .failure: end(.unreachable)
    }
  }

  func ask(
    _ query: UpstreamQuery, timeout: TimeAmount,
    completion: @escaping UpstreamTransport.Completion
  ) {
    var query = query
    // There is room, so an id is free.
    while waiting[query.id] != nil { query.id &+= 1 }
    let id = query.id
    idle?.cancel()
    idle = nil
    let deadline = loop.assumeIsolated().scheduleTask(in: timeout) { [self] in
      finish(id, .failure(.timedOut))
      // It may be dead: others are not to wait for the same.
      if !hasServed { end(.timedOut) }
    }
    waiting[id] = Waiting(query: query, deadline: deadline, completion: completion)
    let message = query.bytes
    let frame = [UInt8(message.count >> 8), UInt8(truncatingIfNeeded: message.count)] + message
    switch state {
    case .connecting(let frames): state = .connecting(frames + [frame])
    case .open(let channel): write(frame, to: channel)
    case .closed: finish(id, .failure(.closed))
    }
  }

  private func write(_ frame: [UInt8], to channel: any Channel) {
    // A write that fails ends the connection, which is noticed there.
    channel.writeAndFlush(channel.allocator.buffer(bytes: frame), promise: nil)
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    var bytes = unwrapInboundIn(data)
    pending.discardReadBytes()
    pending.writeBuffer(&bytes)
    while let length = pending.getInteger(at: pending.readerIndex, as: UInt16.self),
      pending.readableBytes >= 2 + Int(length)
    {
      pending.moveReaderIndex(forwardBy: 2)
      received(pending.readBytes(length: Int(length)) ?? [])
    }
  }

  private func received(_ message: [UInt8]) {
    guard message.count >= 2,
      let entry = waiting[UInt16(message[0]) << 8 | UInt16(message[1])]
    else { return }
    let id = entry.query.id
    switch entry.query.verdict(on: message, checksCase: false) {
    case .response(let response):
      hasServed = true
      finish(id, .success(response))
    case .truncated, .otherCase, .malformed: finish(id, .failure(.malformed))
    case .foreign: break
    }
  }

  func channelInactive(context: ChannelHandlerContext) { end(.closed) }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    end(hasServed ? .closed : .unreachable)
  }

  func close() { end(.closed) }

  private func finish(_ id: UInt16, _ result: Result<Message, ExchangeFailure>) {
    guard let entry = waiting.removeValue(forKey: id) else { return }
    entry.deadline.cancel()
    if waiting.isEmpty, case .open = state {
      idle = loop.assumeIsolated().scheduleTask(in: ForwardingLimits.connectionIdle) { [self] in
        end(.closed)
      }
    }
    entry.completion(result)
  }

  private func end(_ failure: ExchangeFailure) {
    let old = state
    if case .closed = old { return }
    state = .closed
    idle?.cancel()
    onClose(self)
    if case .open(let channel) = old { channel.close(promise: nil) }
    for id in Array(waiting.keys) { finish(id, .failure(failure)) }
  }
}
