import KubernetesAPI
package import Logging
import NIOCore
import NIOHTTP1
import NIOHTTP2
import NIOPosix
import NIOSSL
import NIOTLS
import ServiceLifecycle
import Synchronization
package import Telemetry

/// Serves requests over HTTPS: HTTP/1.1 and HTTP/2 (by ALPN), TLS 1.2 and later, client
/// certificates of the cluster's authority where the client has one.
///
/// A thin layer of our own on NIO: the user is read from the certificate once for each connection,
/// a response is written no faster than the client takes it, and watches end when the server
/// drains.
package final class HTTPSServer: ServiceLifecycle.Service, CustomStringConvertible {
  package struct Configuration: Sendable {
    /// A name or an address.
    package var host: String
    /// 0 for any that is free.
    package var port: Int
    package var certificates: ClusterCertificates

    package init(host: String, port: Int, certificates: ClusterCertificates) {
      self.host = host
      self.port = port
      self.certificates = certificates
    }
  }

  private let configuration: Configuration
  private let respond: HTTPRequestHandler.Responder
  private let upgrade: HTTPRequestHandler.Upgrader?
  private let drained: @Sendable () -> Void
  private let logger: Logger
  private let group = MultiThreadedEventLoopGroup.singleton
  private let state = Mutex(State())

  private struct State {
    var listener: (any Channel)?
    var connections: [ObjectIdentifier: NIOLoopBound<HTTPConnection>] = [:]
    var channels: [ObjectIdentifier: any Channel] = [:]
    var isDraining = false
  }

  package let description = "HTTPS server"

  /// - Parameters:
  ///   - respond: answers a request of a client with a certificate, or of one without.
  ///   - upgrade: answers one to go on with another protocol; nil where there is none.
  ///   - drain: called when the server stops, to end what would go on forever.
  init(
    configuration: Configuration, logger: Logger,
    respond: @escaping @Sendable (APIRequest, UserInfo?) async -> APIResponse,
    upgrade: HTTPRequestHandler.Upgrader?, drain: @escaping @Sendable () -> Void
  ) {
    self.configuration = configuration
    self.upgrade = upgrade
    self.logger = logger
    self.respond = respond
    drained = drain
  }

  /// Serves an API server.
  package convenience init(
    configuration: Configuration, serving server: APIServer, logger: Logger
  ) {
    self.init(
      configuration: configuration, logger: logger,
      respond: { await server.respond(to: $0, as: $1) },
      upgrade: { await server.openStream($0, as: $1, on: $2) }, drain: { server.endWatches() })
  }

  // MARK: Starting

  /// Begins to listen. Requests are answered from now on.
  ///
  /// - Returns: the port, which the system chose if the configuration says 0.
  /// - Throws: `ListenFailure`.
  @discardableResult
  package func start() async throws(ListenFailure) -> Int {
    if let port = state.withLock({ $0.listener?.localAddress?.port }) { return port }
    let context: NIOSSLContext
    do {
      context = try NIOSSLContext(configuration: tlsConfiguration())
    } catch {
      throw ListenFailure(.certificates, "cannot use the certificates: \(error)")
    }
    let bootstrap = ServerBootstrap(group: group)
      .serverChannelOption(.backlog, value: HTTPLimits.backlog)
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      .childChannelOption(.socketOption(.so_keepalive), value: 1)
      .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
      .childChannelInitializer { channel in self.prepare(channel, context) }
    do {
      let listener = try await bootstrap.bind(host: configuration.host, port: configuration.port)
        .get()
      state.withLock { $0.listener = listener }
      return listener.localAddress?.port ?? configuration.port
    } catch {
      throw ListenFailure(error, host: configuration.host, port: configuration.port)
    }
  }

  private func tlsConfiguration() throws -> TLSConfiguration {
    let certificates = configuration.certificates
    var configuration = TLSConfiguration.makeServerConfiguration(
      certificateChain: try NIOSSLCertificate.fromPEMBytes(
        Array(certificates.serving.certificate.utf8)
      ).map { .certificate($0) },
      privateKey: .privateKey(
        try NIOSSLPrivateKey(bytes: Array(certificates.serving.key.utf8), format: .pem)))
    configuration.minimumTLSVersion = .tlsv12
    configuration.applicationProtocols = NIOHTTP2SupportedALPNProtocols
    configuration.certificateVerification = .optionalVerification
    configuration.trustRoots = .certificates(
      try NIOSSLCertificate.fromPEMBytes(Array(certificates.authority.utf8)))
    return configuration
  }

  // MARK: Connections

  private func prepare(_ channel: any Channel, _ context: NIOSSLContext) -> EventLoopFuture<Void> {
    channel.eventLoop.makeCompletedFuture {
      let handshake = channel.eventLoop.scheduleTask(in: HTTPLimits.handshake) {
        channel.close(promise: nil)
      }
      channel.closeFuture.whenComplete { _ in handshake.cancel() }
      try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: context))
      try channel.pipeline.syncOperations.addHandler(
        ApplicationProtocolNegotiationHandler { result, channel in
          handshake.cancel()
          return self.speak(result == .negotiated("h2") ? .http2 : .http1, on: channel)
        })
    }
  }

  private func speak(
    _ version: HTTPConnection.Version, on channel: any Channel
  ) -> EventLoopFuture<Void> {
    channel.eventLoop.makeCompletedFuture {
      let certificate = try channel.pipeline.syncOperations.nioSSL_peerCertificate()
      let user = try certificate.flatMap { UserInfo(clientCertificate: try $0.toDERBytes()) }
      let connection = HTTPConnection(channel, version: version)
      let bound = NIOLoopBound(connection, eventLoop: channel.eventLoop)
      try track(bound, channel)
      let respond = respond
      switch version {
      case .http1:
        try speakHTTP1(on: channel, connection, user)
      case .http2:
        var settings = NIOHTTP2Handler.ConnectionConfiguration()
        settings.initialSettings = [
          HTTP2Setting(
            parameter: .maxConcurrentStreams, value: HTTPLimits.streamsPerConnection),
          HTTP2Setting(parameter: .maxHeaderListSize, value: HTTPLimits.headerList),
        ]
        _ = try channel.pipeline.syncOperations.configureHTTP2Pipeline(
          mode: .server, connectionConfiguration: settings,
          streamConfiguration: NIOHTTP2Handler.StreamConfiguration()
        ) { stream in
          stream.eventLoop.makeCompletedFuture {
            try stream.pipeline.syncOperations.addHandlers(
              HTTP2FramePayloadToHTTP1ServerCodec(),
              HTTPRequestHandler(bound.value, user: user, respond: respond))
          }
        }
      }
    }
  }

  private func speakHTTP1(
    on channel: any Channel, _ connection: HTTPConnection, _ user: UserInfo?
  ) throws {
    let decoder = ByteToMessageHandler(HTTPRequestDecoder(leftOverBytesStrategy: .forwardBytes))
    let encoder = HTTPResponseEncoder()
    let others: [any RemovableChannelHandler] = [
      HTTPServerPipelineHandler(), NIOHTTPResponseHeadersValidator(),
      HTTPServerProtocolErrorHandler(),
    ]
    let pipeline = channel.pipeline.syncOperations
    try pipeline.addHandlers([encoder, decoder] + others)
    let upgrade = upgrade.map {
      HTTPRequestHandler.Upgrade(handlers: others + [encoder, decoder], answer: $0)
    }
    try pipeline.addHandler(
      HTTPRequestHandler(connection, user: user, upgrade: upgrade, respond: respond))
  }

  private func track(_ connection: NIOLoopBound<HTTPConnection>, _ channel: any Channel) throws {
    let id = ObjectIdentifier(channel)
    let isLate = state.withLock { state in
      if state.isDraining { return true }
      state.connections[id] = connection
      state.channels[id] = channel
      return false
    }
    if isLate { throw ChannelError.alreadyClosed }
    channel.closeFuture.whenComplete { _ in
      self.state.withLock { state in
        state.connections[id] = nil
        state.channels[id] = nil
      }
    }
  }

  /// How many clients are connected.
  package var connectionCount: Int { state.withLock { $0.channels.count } }

  // MARK: Running

  /// Serves until the service group shuts down gracefully or the task is cancelled; then lets
  /// requests under way finish, for a while.
  ///
  /// - Throws: `ListenFailure` if it was not started and cannot be.
  package func run() async throws {
    try await start()
    try? await gracefulShutdown()  // Cancellation is a way to stop, too.
    await stop()
  }

  /// Takes no new connections, ends watches, waits for other requests, and closes what is left.
  package func stop() async {
    let (listener, connections) = state.withLock { state in
      state.isDraining = true
      defer { state.listener = nil }
      return (state.listener, Array(state.connections.values))
    }
    guard let listener else { return }
    try? await listener.close()  // It may be closed already.
    drained()
    for connection in connections {
      connection.eventLoop.execute { connection.value.drain() }
    }
    let channels = state.withLock { Array($0.channels.values) }
    let deadline = group.any().scheduleTask(in: HTTPLimits.drain) {
      for channel in channels { channel.close(promise: nil) }
    }
    for channel in channels {
      try? await channel.closeFuture.get()  // Closed is closed, however it came about.
    }
    deadline.cancel()
  }
}
