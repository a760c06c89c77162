import KubernetesAPI
import NIOCore
import NIOHTTP1

/// Collects one request after another and writes the answers: the end of the pipeline of an
/// HTTP/1.1 connection and of each HTTP/2 stream.
///
/// Answering runs outside the event loop, in one task for each request; the task is cancelled when
/// the client goes away.
final class HTTPRequestHandler: ChannelInboundHandler, RemovableChannelHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias OutboundOut = HTTPServerResponsePart
  typealias Responder = @Sendable (APIRequest, UserInfo?) async -> APIResponse
  /// Answers a request to go on with another protocol. The event loop is the connection's.
  typealias Upgrader = @Sendable (HTTPRequestHead, UserInfo?, any EventLoop) async -> StreamAnswer

  /// Speaking HTTP/1.1, so that it can be left.
  struct Upgrade {
    /// The last is the decoder, whose bytes come out when it leaves.
    var handlers: [any RemovableChannelHandler]
    var answer: Upgrader
  }

  private enum State {
    /// Between requests. -> reading, refusing
    case idle
    /// The head is here, the body on its way. -> responding, refusing
    case reading(HTTPRequestHead, [UInt8])
    /// A task answers. -> idle, reading
    case responding(Task<Void, Never>)
    /// Answered already, and closing; what else comes is dropped.
    case refusing
    /// The connection belongs to another protocol.
    case upgraded
  }

  private let connection: HTTPConnection
  private let user: UserInfo?
  private let respond: Responder
  private let upgrade: Upgrade?
  private var state = State.idle
  /// Of the request that is answered: tells a task's news from those of one before.
  private var number = 0
  private var deadline: Scheduled<Void>?

  /// - Parameter upgrade: nil where other protocols cannot be gone on with (HTTP/2).
  init(
    _ connection: HTTPConnection, user: UserInfo?, upgrade: Upgrade? = nil,
    respond: @escaping Responder
  ) {
    self.connection = connection
    self.user = user
    self.upgrade = upgrade
    self.respond = respond
  }

  // MARK: Connection

  func handlerAdded(context: ChannelHandlerContext) {
    setDeadline(context, after: HTTPLimits.idle)
  }

  func handlerRemoved(context: ChannelHandlerContext) { stop() }

  func channelInactive(context: ChannelHandlerContext) {
    stop()
    context.fireChannelInactive()
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    context.close(promise: nil)
  }

  private func stop() {
    deadline?.cancel()
    switch state {
    case .responding(let task):
      task.cancel()
      connection.requestEnded()
    case .reading: connection.requestEnded()
    case .upgraded: return
    case .idle, .refusing: break
    }
    state = .refusing
  }

  /// Closes the channel unless the next step comes in time.
  private func setDeadline(_ context: ChannelHandlerContext, after time: TimeAmount) {
    deadline?.cancel()
    let channel = context.channel
    deadline = context.eventLoop.scheduleTask(in: time) { channel.close(promise: nil) }
  }

  // MARK: Reading

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch (unwrapInboundIn(data), state) {
    case (.head(let head), .idle): begin(context, head)
    case (.head(let head), .responding):
      // The pipeline holds a request back until the response before it is written, so it is; the
      // client was faster than the task that tells.
      connection.requestEnded()
      begin(context, head)
    case (.body(let buffer), .reading(let head, var body)):
      state = .idle  // Gives up the reference, so that the body grows in place.
      body.append(contentsOf: buffer.readableBytesView)
      state = .reading(head, body)
      if body.count > ServerLimits.requestBody { refuse(context) }
    case (.end, .reading(let head, let body)): answer(context, head, body)
    default: break  // The rest of a request that was refused.
    }
  }

  private func begin(_ context: ChannelHandlerContext, _ head: HTTPRequestHead) {
    connection.requestBegan()
    setDeadline(context, after: HTTPLimits.requestBody)
    state = .reading(head, [])
    let length = head.headers.first(name: "content-length").flatMap { Int($0) } ?? 0
    guard length <= ServerLimits.requestBody else { return refuse(context) }
    if length > 0 {
      var body: [UInt8] = []
      body.reserveCapacity(length)
      state = .reading(head, body)
    }
    let expectation = head.headers.first(name: "expect")?.lowercased()
    if expectation == "100-continue", connection.version == .http1 {
      let interim = HTTPResponseHead(version: head.version, status: .continue)
      context.writeAndFlush(wrapOutboundOut(.head(interim)), promise: nil)
    }
  }

  /// Answers a body that is too large before it has all come.
  private func refuse(_ context: ChannelHandlerContext) {
    deadline?.cancel()
    state = .refusing
    connection.requestEnded()
    let response = APIResponse.failure(.bodyTooLarge)
    guard case .bytes(let bytes) = response.body else { return }
    var headers = HTTPHeaders(response.headers.map { ($0.key, $0.value) })
    headers.add(name: "content-length", value: String(bytes.count))
    if connection.version == .http1 { headers.add(name: "connection", value: "close") }
    let head = HTTPResponseHead(
      version: .http1_1, status: .payloadTooLarge, headers: headers)
    context.write(wrapOutboundOut(.head(head)), promise: nil)
    context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: bytes)))), promise: nil)
    let channel = context.channel
    context.writeAndFlush(wrapOutboundOut(.end(nil))).whenComplete { _ in
      channel.close(promise: nil)
    }
  }

  // MARK: Answering

  private func answer(
    _ context: ChannelHandlerContext, _ head: HTTPRequestHead, _ body: [UInt8]
  ) {
    deadline?.cancel()
    // After a request for another protocol HTTP is not read any further.
    let isUpgrade = connection.version == .http1 && head.headers.contains(name: "upgrade")
    let writer = HTTPResponseWriter(
      channel: context.channel, version: connection.version, isHead: head.method == .HEAD,
      // An HTTP/1.0 client would have to be told that the connection goes on.
      keepsAlive: head.isKeepAlive && head.version != .http1_0 && !isUpgrade)
    number += 1
    if isUpgrade, let upgrade { return answer(context, head, writer, upgrade.answer) }
    let request = APIRequest(head, body: body)
    let handler = NIOLoopBound(self, eventLoop: context.eventLoop)
    let eventLoop = context.eventLoop
    let (respond, user, number) = (respond, user, number)
    state = .responding(
      Task {
        let response = await respond(request, user)
        let isReusable = await writer.write(response)
        eventLoop.execute { handler.value.answered(number, isReusable, writer.channel) }
      })
  }

  private func answer(
    _ context: ChannelHandlerContext, _ head: HTTPRequestHead, _ writer: HTTPResponseWriter,
    _ answer: @escaping Upgrader
  ) {
    let handler = NIOLoopBound(self, eventLoop: context.eventLoop)
    let (user, eventLoop, number) = (user, context.eventLoop, number)
    state = .responding(
      Task {
        switch await answer(head, user, eventLoop) {
        case .refused(let response):
          _ = await writer.write(response)
          eventLoop.execute { handler.value.answered(number, false, writer.channel) }
        case .accepted(let node):
          eventLoop.execute { handler.value.connect(writer.channel, to: node) }
        }
      })
  }

  // MARK: Another protocol

  /// Passes the 101 on, and from then on bytes as they come, in both directions.
  private func connect(_ channel: any Channel, to node: NodeResponse) {
    guard case .responding = state, let upgrade, channel.isActive else { return }
    state = .upgraded
    let (pipeline, loop) = (channel.pipeline.syncOperations, channel.eventLoop)
    let bound = NIOLoopBound(connection, eventLoop: loop)
    // The Node's connection lasts as long as this one.
    channel.closeFuture.whenComplete { _ in
      node.channel.close(promise: nil)
      bound.value.requestEnded()
    }
    let head = HTTPResponseHead(
      version: .http1_1, status: .switchingProtocols, headers: node.head.headers)
    channel.write(HTTPServerResponsePart.head(head), promise: nil)
    channel.writeAndFlush(HTTPServerResponsePart.end(nil), promise: nil)
    let (outside, inside) = PipeHandler.pair()
    do {
      try pipeline.addHandler(outside)
      let before = [self] + upgrade.handlers.dropLast()
      for handler in before { pipeline.removeHandler(handler, promise: nil) }
      let last = NIOLoopBound((pipeline, upgrade.handlers.last), eventLoop: loop)
      try node.handOver(to: inside).flatMap { () -> EventLoopFuture<Void> in
        guard let decoder = last.value.1 else { return loop.makeSucceededVoidFuture() }
        return last.value.0.removeHandler(decoder)
      }.whenComplete { result in
        if case .failure = result { channel.close(promise: nil) }
        last.value.0.read()
      }
    } catch {
      channel.close(promise: nil)
    }
  }

  private func answered(_ number: Int, _ isReusable: Bool, _ channel: any Channel) {
    guard case .responding = state, number == self.number else {
      if !isReusable { channel.close(promise: nil) }
      return
    }
    state = .idle
    connection.requestEnded()
    guard isReusable, !connection.isDraining else {
      if connection.version == .http1 || !isReusable { channel.close(promise: nil) }
      return
    }
    guard connection.version == .http1 else { return }
    deadline = channel.eventLoop.scheduleTask(in: HTTPLimits.idle) {
      channel.close(promise: nil)
    }
  }
}

extension APIRequest {
  init(_ head: HTTPRequestHead, body: [UInt8]) {
    var headers: [String: String] = [:]
    headers.reserveCapacity(head.headers.count)
    for (name, value) in head.headers {
      let name = name.lowercased()
      if let earlier = headers[name] {
        headers[name] = earlier + ", " + value
      } else {
        headers[name] = value
      }
    }
    self.init(method: head.method.rawValue, target: head.uri, headers: headers, body: body)
  }
}
