import Glibc
import KubernetesAPI
import KubernetesClient
import Logging
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import Synchronization

/// Serves the kubelet's API over HTTPS: to those only who prove by a certificate of the cluster's
/// who they are, and whom the API server lets use the Node.
///
/// A connection carries one request: an API server opens one for each, and most become streams.
final class AgentServer: Sendable {
  /// Where it listens.
  struct Listen: Sendable {
    /// An address.
    var host: String
    /// 0 for any that is free.
    var port: Int
    /// Whether any other port will do if this one is taken.
    var mayMove: Bool
  }

  private let routes: AgentRoutes
  private let settings: NodeAgent.Configuration.Server
  private let logger: Logger
  private let state = Mutex(State())

  private struct State {
    var listener: (any Channel)?
    var channels: [ObjectIdentifier: any Channel] = [:]
    var isStopped = false
  }

  /// From accepting a connection to the end of its request.
  private static let requestLimit = TimeAmount.seconds(20)
  /// Connections at once; each may have threads and pipes of its own.
  private static let mostConnections = 1024

  init(routes: AgentRoutes, settings: NodeAgent.Configuration.Server, logger: Logger) {
    self.routes = routes
    self.settings = settings
    self.logger = logger
  }

  /// Begins to listen.
  ///
  /// - Returns: the port.
  func start(_ listen: Listen) async throws -> Int {
    let context = try NIOSSLContext(configuration: tls())
    let bootstrap = ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .serverChannelOption(.backlog, value: 256)
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      .childChannelOption(.socketOption(.so_keepalive), value: 1)
      .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
      .childChannelInitializer { channel in self.prepare(channel, context) }
    let listener: any Channel
    do {
      listener = try await bootstrap.bind(host: listen.host, port: listen.port).get()
    } catch let error as IOError where error.errnoCode == EADDRINUSE && listen.mayMove {
      listener = try await bootstrap.bind(host: listen.host, port: 0).get()
    }
    state.withLock { $0.listener = listener }
    return listener.localAddress?.port ?? listen.port
  }

  private func tls() throws -> TLSConfiguration {
    var configuration = TLSConfiguration.makeServerConfiguration(
      certificateChain: try NIOSSLCertificate.fromPEMBytes(Array(settings.certificate.utf8))
        .map { .certificate($0) },
      privateKey: .privateKey(
        try NIOSSLPrivateKey(bytes: Array(settings.key.utf8), format: .pem)))
    configuration.minimumTLSVersion = .tlsv12
    configuration.applicationProtocols = ["http/1.1"]
    // Who shows none gets an answer that says so.
    configuration.certificateVerification = .optionalVerification
    configuration.trustRoots = .certificates(
      try NIOSSLCertificate.fromPEMBytes(Array(settings.clientAuthority.utf8)))
    return configuration
  }

  private func prepare(_ channel: any Channel, _ context: NIOSSLContext) -> EventLoopFuture<Void> {
    let id = ObjectIdentifier(channel)
    let isRefused = state.withLock { state in
      if state.isStopped || state.channels.count >= Self.mostConnections { return true }
      state.channels[id] = channel
      return false
    }
    if isRefused { return channel.close() }
    channel.closeFuture.whenComplete { _ in self.state.withLock { $0.channels[id] = nil } }
    let routes = routes
    return channel.eventLoop.makeCompletedFuture {
      let pipeline = channel.pipeline.syncOperations
      try pipeline.addHandler(NIOSSLServerHandler(context: context))
      let encoder = HTTPResponseEncoder()
      let decoder = ByteToMessageHandler(HTTPRequestDecoder(leftOverBytesStrategy: .forwardBytes))
      try pipeline.addHandlers(encoder, decoder)
      let late = channel.eventLoop.scheduleTask(in: Self.requestLimit) {
        channel.close(promise: nil)
      }
      try pipeline.addHandler(
        AgentRequestHandler(encoder, decoder, late, identify: self.settings.identify) {
          await routes.answer($0, $1)
        })
    }
  }

  /// Ends all connections.
  func stop() async {
    let (listener, channels) = state.withLock { state in
      state.isStopped = true
      defer { state.listener = nil }
      return (state.listener, Array(state.channels.values))
    }
    // What is closed already is closed.
    try? await listener?.close()
    for channel in channels { try? await channel.close() }
  }
}
