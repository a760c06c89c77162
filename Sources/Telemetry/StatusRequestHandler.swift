import NIOCore
import NIOHTTP1

/// Answers one request after another on a connection of a ``StatusServer``.
///
/// The pipelining assistance in front of it holds the next request back until the last is answered.
final class StatusRequestHandler: ChannelInboundHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias OutboundOut = HTTPServerResponsePart

  private let handler: StatusServer.Handler
  private var head: HTTPRequestHead?
  private var answering: Task<Void, Never>?
  private var deadline: Scheduled<Void>?

  init(_ handler: @escaping StatusServer.Handler) { self.handler = handler }

  func handlerAdded(context: ChannelHandlerContext) { setDeadline(context.channel) }

  func handlerRemoved(context: ChannelHandlerContext) { end() }

  func channelInactive(context: ChannelHandlerContext) {
    end()
    context.fireChannelInactive()
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    context.close(promise: nil)
  }

  private func end() {
    deadline?.cancel()
    answering?.cancel()
  }

  private func setDeadline(_ channel: any Channel) {
    deadline?.cancel()
    deadline = channel.eventLoop.scheduleTask(in: StatusLimits.idle) { channel.close(promise: nil) }
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch unwrapInboundIn(data) {
    case .head(let head): self.head = head
    case .body: break  // Nobody reads it; the deadline bounds how long it may come.
    case .end:
      guard let head = head.take() else { return }
      answer(head, context)
    }
  }

  private func answer(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
    deadline?.cancel()
    guard head.method == .GET || head.method == .HEAD else {
      let refusal = StatusResponse(
        status: 405, headers: ["allow": "GET, HEAD"], body: "405 method not allowed\n")
      return write(refusal, to: head, context.channel)
    }
    guard let request = StatusRequest(target: head.uri) else {
      return write(
        StatusResponse(status: 400, body: "400 bad request\n"), to: head, context.channel)
    }
    let own = NIOLoopBound(self, eventLoop: context.eventLoop)
    let (handler, channel) = (handler, context.channel)
    answering = Task {
      let response = await handler(request)
      channel.eventLoop.execute { own.value.write(response, to: head, channel) }
    }
  }

  private func write(
    _ response: StatusResponse, to request: HTTPRequestHead, _ channel: any Channel
  ) {
    var headers = HTTPHeaders(
      response.headers.sorted { $0.key < $1.key }.map { ($0.key, $0.value) })
    headers.add(name: "content-type", value: response.contentType)
    headers.add(name: "content-length", value: String(response.body.utf8.count))
    headers.add(name: "x-content-type-options", value: "nosniff")
    if !request.isKeepAlive { headers.add(name: "connection", value: "close") }
    let head = HTTPResponseHead(
      version: .http1_1, status: HTTPResponseStatus(statusCode: response.status), headers: headers)
    channel.write(HTTPServerResponsePart.head(head), promise: nil)
    if request.method != .HEAD {
      let body = ByteBuffer(string: response.body)
      channel.write(HTTPServerResponsePart.body(.byteBuffer(body)), promise: nil)
    }
    let written = channel.writeAndFlush(HTTPServerResponsePart.end(nil))
    if request.isKeepAlive {
      setDeadline(channel)
    } else {
      written.whenComplete { _ in channel.close(promise: nil) }
    }
  }
}
