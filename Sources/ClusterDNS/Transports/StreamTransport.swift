import NIOCore
import NIOHTTP1
import NIOHTTP2
import NIOSSL
import NIOTLS

/// What is spoken on a connection.
enum StreamTransport: Sendable {
  /// DNS over TCP (RFC 7766).
  case tcp
  /// DNS over TLS (RFC 7858).
  case tls(NIOSSLContext)
  /// DNS over HTTPS (RFC 8484).
  case https(NIOSSLContext)

  var role: SocketRole {
    switch self {
    case .tcp: .tcp
    case .tls: .tls
    case .https: .https
    }
  }

  /// Sets a new connection up. Called on its loop.
  func configure(
    _ channel: any Channel, responder: NIOLoopBoundBox<TCPResponder>, limits: TCPListener.Limits
  ) throws {
    let pipeline = channel.pipeline.syncOperations
    switch self {
    case .tcp:
      try pipeline.addHandler(TCPConnectionHandler(responder: responder.value, limits: limits))
    case .tls(let context):
      try pipeline.addHandler(NIOSSLServerHandler(context: context))
      try pipeline.addHandler(TCPConnectionHandler(responder: responder.value, limits: limits))
    case .https(let context):
      try pipeline.addHandler(NIOSSLServerHandler(context: context))
      try pipeline.addHandler(HTTPSConnectionGuard(limits: limits))
      try pipeline.addHandler(
        ApplicationProtocolNegotiationHandler { result, channel in
          channel.eventLoop.makeCompletedFuture {
            result == .negotiated("h2")
              ? try Self.addHTTP2(channel, responder) : try Self.addHTTP1(channel, responder)
          }
        })
    }
  }

  private static func addHTTP1(
    _ channel: any Channel, _ responder: NIOLoopBoundBox<TCPResponder>
  ) throws {
    try channel.pipeline.syncOperations.configureHTTPServerPipeline(
      withPipeliningAssistance: true, withErrorHandling: true)
    try channel.pipeline.syncOperations.addHandler(
      HTTPSQueryHandler(
        responder: responder.value, client: ClientAddress(channel.remoteAddress)))
  }

  private static func addHTTP2(
    _ channel: any Channel, _ responder: NIOLoopBoundBox<TCPResponder>
  ) throws {
    var settings = NIOHTTP2Handler.ConnectionConfiguration()
    settings.initialSettings = [
      HTTP2Setting(parameter: .maxConcurrentStreams, value: ServerLimits.forwardedPerConnection),
      HTTP2Setting(parameter: .maxHeaderListSize, value: ServerLimits.httpHeaders),
    ]
    let client = ClientAddress(channel.remoteAddress)
    _ = try channel.pipeline.syncOperations.configureHTTP2Pipeline(
      mode: .server, connectionConfiguration: settings,
      streamConfiguration: NIOHTTP2Handler.StreamConfiguration()
    ) { stream in
      stream.eventLoop.makeCompletedFuture {
        try stream.pipeline.syncOperations.addHandlers(
          HTTP2FramePayloadToHTTP1ServerCodec(),
          HTTPSQueryHandler(responder: responder.value, client: client))
      }
    }
  }
}
