import FakeAPIServer
import KubernetesAPI
import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization
import Testing

@testable import KubernetesClient

/// An HTTP server that answers by path: `/echo` with what it received, `/stream` with two chunks
/// and then silence, `/cut` with half an answer, anything else with 404.
private final class TinyServer: ChannelInboundHandler, @unchecked Sendable {
  // Unchecked: every connection has its own handler, used on that connection's event loop only.
  typealias InboundIn = HTTPServerRequestPart
  typealias OutboundOut = HTTPServerResponsePart

  private var head: HTTPRequestHead?
  private var body = ByteBuffer()
  private let closed: @Sendable () -> Void

  init(closed: @escaping @Sendable () -> Void) { self.closed = closed }

  static func run(
    closed: @escaping @Sendable () -> Void = {},
    _ test: (ServerAddress) async throws -> Void
  ) async throws {
    let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .childChannelInitializer { channel in
        channel.pipeline.configureHTTPServerPipeline().flatMapThrowing {
          try channel.pipeline.syncOperations.addHandler(TinyServer(closed: closed))
        }
      }
      .bind(host: "127.0.0.1", port: 0).get()
    let port = try #require(channel.localAddress?.port)
    try await test(try #require(ServerAddress("http://127.0.0.1:\(port)/prefix")))
    try await channel.close()
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch unwrapInboundIn(data) {
    case .head(let head): self.head = head
    case .body(var part): body.writeBuffer(&part)
    case .end: answer(context)
    }
  }

  func channelInactive(context: ChannelHandlerContext) { closed() }

  private func answer(_ context: ChannelHandlerContext) {
    guard let head else { return }
    func send(_ status: HTTPResponseStatus, _ chunks: [String], ends: Bool, length: Int? = nil) {
      var response = HTTPResponseHead(version: .http1_1, status: status)
      if let length { response.headers.add(name: "Content-Length", value: "\(length)") }
      response.headers.add(name: "X-Kind", value: "tiny")
      context.write(wrapOutboundOut(.head(response)), promise: nil)
      for chunk in chunks {
        context.writeAndFlush(
          wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: chunk)))), promise: nil)
      }
      if ends { context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil) }
    }
    switch head.uri {
    case "/prefix/echo":
      let token = head.headers.first(name: "authorization") ?? "-"
      send(.ok, ["\(head.method) \(token) \(String(buffer: body))"], ends: true)
    case "/prefix/stream?watch=true": send(.ok, ["one\n", "two\n"], ends: false)
    case "/prefix/cut":
      send(.ok, ["half"], ends: false, length: 100)
      context.close(promise: nil)
    default: send(.notFound, ["no"], ends: true)
    }
    body.clear()
  }
}

private final class Heard: Sendable {
  let text = Mutex("")
}

struct HTTPTransportTests {
  private func transport(
    _ server: ServerAddress, _ change: (inout HTTPTransport.Configuration) -> Void = { _ in }
  ) throws -> HTTPTransport {
    var configuration = HTTPTransport.Configuration(server: server)
    change(&configuration)
    return try HTTPTransport(configuration)
  }

  @Test func requestsAndResponsesGoThrough() async throws {
    try await TinyServer.run { server in
      let transport = try transport(server) { $0.credentials.token = .literal("secret") }
      let response = try await transport.send(
        APIRequest(method: "PUT", target: "/echo", body: Array("body".utf8)))
      #expect(response.status == 200)
      #expect(response.headers["x-kind"] == "tiny")
      let text = String(decoding: try await response.body.collect(), as: UTF8.self)
      #expect(text == "PUT Bearer secret body")
      let missing = try await transport.send(APIRequest(method: "GET", target: "/none"))
      #expect(missing.status == 404)
    }
  }

  @Test func bodiesStreamAndEndWithTheirReader() async throws {
    let isClosed = Mutex(false)
    try await TinyServer.run(closed: { isClosed.withLock { $0 = true } }) { server in
      let transport = try transport(server)
      let task = Task {
        let response = try await transport.send(
          APIRequest(method: "GET", target: "/stream?watch=true"))
        var text = ""
        guard case .stream(let stream) = response.body else { return text }
        for try await chunk in stream {
          text += String(decoding: chunk, as: UTF8.self)
          if text == "one\ntwo\n" { return text }
        }
        return text
      }
      #expect(try await task.value == "one\ntwo\n")
      #expect(await eventually { isClosed.withLock(\.self) })
    }
  }

  @Test func cancellingEndsAWatch() async throws {
    let isClosed = Mutex(false)
    let heard = Heard()
    try await TinyServer.run(closed: { isClosed.withLock { $0 = true } }) { server in
      let transport = try transport(server)
      let task = Task {
        let response = try await transport.send(
          APIRequest(method: "GET", target: "/stream?watch=true"))
        try await response.body.forEachChunk { chunk in
          heard.text.withLock { $0 += String(decoding: chunk, as: UTF8.self) }
        }
      }
      #expect(await eventually { heard.text.withLock { $0 == "one\ntwo\n" } })
      task.cancel()
      await #expect(throws: CancellationError.self) { try await task.value }
      #expect(await eventually { isClosed.withLock(\.self) })
    }
  }

  @Test func aBrokenAnswerIsAnError() async throws {
    try await TinyServer.run { server in
      let transport = try transport(server)
      let response = try await transport.send(APIRequest(method: "GET", target: "/cut"))
      await #expect(throws: TransportError.self) { try await response.body.collect() }
    }
  }

  @Test func anAbsentServerIsUnreachable() async throws {
    let transport = try transport(try #require(ServerAddress("http://127.0.0.1:1")))
    let error = await #expect(throws: TransportError.self) {
      try await transport.send(APIRequest(method: "GET", target: "/"))
    }
    #expect(error?.code == .unreachable)
    #expect(error?.message.hasPrefix("cannot reach http://127.0.0.1:1") == true)
  }

  @Test func brokenCredentialsAreNamed() throws {
    let server = try #require(ServerAddress("https://127.0.0.1:1"))
    let junk = Array("junk".utf8)
    #expect(throws: ConfigurationError("the certificate authority is no PEM certificate")) {
      try transport(server) { $0.certificateAuthority = junk }
    }
    #expect(throws: ConfigurationError("the client certificate is no PEM certificate")) {
      try transport(server) { $0.credentials.certificate = (junk, junk) }
    }
  }
}

struct TokenSourceTests {
  @Test func aTokenInAFileIsReadAgain() throws {
    let time = ManualTime()
    let text = Mutex("one\n")
    let reads = Mutex(0)
    let source = TokenSource(.file("/token"), time: time.source) { _ in
      reads.withLock { $0 += 1 }
      let now = text.withLock(\.self)
      if now.isEmpty { throw ConfigurationError("/token: no such file") }
      return Array(now.utf8)
    }
    #expect(try source.current() == "one")
    text.withLock { $0 = "two" }
    #expect(try source.current() == "one")
    time.advance(by: .seconds(60))
    #expect(try source.current() == "two")
    text.withLock { $0 = "three" }
    source.invalidate()
    #expect(try source.current() == "three")
    #expect(reads.withLock(\.self) == 3)
    // A file that is gone for a moment does not cost the token.
    text.withLock { $0 = "" }
    source.invalidate()
    #expect(try source.current() == "three")
  }

  @Test func aTokenThatWasNeverThereIsAnError() {
    let source = TokenSource(.file("/token"), time: ManualTime().source) { path in
      throw ConfigurationError("\(path): no such file")
    }
    #expect(throws: ConfigurationError.self) { try source.current() }
  }
}
