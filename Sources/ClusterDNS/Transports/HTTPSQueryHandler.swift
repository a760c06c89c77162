import DNSMessage
import NIOCore
import NIOHTTP1

/// One HTTPS connection, or one stream of an HTTP/2 connection: requests that carry a query each
/// (RFC 8484).
final class HTTPSQueryHandler: ChannelInboundHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias OutboundOut = HTTPServerResponsePart

  private let responder: TCPResponder
  private let client: ClientAddress?
  private var context: ChannelHandlerContext?
  private var head: HTTPRequestHead?
  private var body: [UInt8] = []
  private var isTooLarge = false
  /// The client said that this is its last request.
  private var isLast = false

  /// - Parameter client: who asks, if that is known.
  init(responder: TCPResponder, client: ClientAddress?) {
    self.responder = responder
    self.client = client
  }

  func handlerAdded(context: ChannelHandlerContext) { self.context = context }
  func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch unwrapInboundIn(data) {
    case .head(let head):
      self.head = head
      body = []
      isTooLarge = false
    case .body(let part):
      if body.count + part.readableBytes > MessageLimits.message {
        isTooLarge = true
      } else {
        body += part.readableBytesView
      }
    case .end:
      guard let head else { return }
      self.head = nil
      isLast = !head.isKeepAlive
      switch isTooLarge ? .failure(.payloadTooLarge) : HTTPSRequest.query(head, body: body) {
      case .success(let query): answer(query, context)
      case .failure(let status): refuse(status, context)
      }
    }
  }

  private func answer(_ query: [UInt8], _ context: ChannelHandlerContext) {
    let query = context.channel.allocator.buffer(bytes: query)
    switch responder.answer(query, from: client, mayTransfer: false) {
    case .response(let response): send(response, context)
    case .handOff(let remainder):
      remainder.handOff(
        to: HTTPSReply(handler: NIOLoopBound(self, eventLoop: context.eventLoop)))
    // No zone is transferred in one response.
    case .none, .transfer: refuse(.badRequest, context)
    }
  }

  /// Sends what the forwarder found; nil if it found nothing to say.
  fileprivate func finishForwarded(_ response: [UInt8]?) {
    guard let context else { return }
    if let response { send(response, context) } else { refuse(.serviceUnavailable, context) }
  }

  private func send(_ response: [UInt8], _ context: ChannelHandlerContext) {
    var headers = HTTPHeaders()
    headers.add(name: "content-type", value: HTTPSRequest.mediaType)
    headers.add(name: "content-length", value: "\(response.count)")
    // HTTP may keep it as long as DNS may (RFC 8484 section 5.1).
    headers.add(name: "cache-control", value: "max-age=\(HTTPSRequest.age(of: response))")
    write(HTTPResponseHead(version: .http1_1, status: .ok, headers: headers), response, context)
  }

  private func refuse(_ status: HTTPResponseStatus, _ context: ChannelHandlerContext) {
    let text = Array("\(status.code) \(status.reasonPhrase)\n".utf8)
    var headers = HTTPHeaders()
    headers.add(name: "content-type", value: "text/plain")
    headers.add(name: "content-length", value: "\(text.count)")
    if status == .methodNotAllowed { headers.add(name: "allow", value: "GET, POST") }
    write(HTTPResponseHead(version: .http1_1, status: status, headers: headers), text, context)
  }

  private func write(
    _ head: HTTPResponseHead, _ body: [UInt8], _ context: ChannelHandlerContext
  ) {
    context.write(wrapOutboundOut(.head(head)), promise: nil)
    let buffer = context.channel.allocator.buffer(bytes: body)
    context.write(wrapOutboundOut(.body(.byteBuffer(buffer))), promise: nil)
    let end = context.writeAndFlush(wrapOutboundOut(.end(nil)))
    guard isLast else { return }
    let channel = context.channel
    end.whenComplete { _ in channel.close(promise: nil) }
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    context.close(promise: nil)
  }
}

/// The way back over HTTPS.
private final class HTTPSReply: ReplyPath {
  private let handler: NIOLoopBound<HTTPSQueryHandler>

  init(handler: NIOLoopBound<HTTPSQueryHandler>) { self.handler = handler }

  func send(_ response: [UInt8]) { finish(response) }
  func drop() { finish(nil) }

  private func finish(_ response: [UInt8]?) {
    handler.eventLoop.execute { [handler] in handler.value.finishForwarded(response) }
  }
}
