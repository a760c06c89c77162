import NIOCore
import NIOHTTP1
import NIOPosix
import ServiceLifecycle
import Synchronization

/// A small HTTP server for what operators and load balancers read: metrics, health, explanations.
///
/// HTTP/1.1 without TLS, GET and HEAD only; bodies of requests are not read. It is meant for
/// loopback and node addresses, as such endpoints are in every peer.
package final class StatusServer: ServiceLifecycle.Service, CustomStringConvertible {
  package typealias Handler = @Sendable (StatusRequest) async -> StatusResponse

  package let description = "status server"
  private let host: String
  private let port: Int
  private let handler: Handler
  private let group: any EventLoopGroup
  private let state = Mutex(State())

  private struct State {
    var listener: (any Channel)?
    var connections: [ObjectIdentifier: any Channel] = [:]
    var isStopped = false
  }

  /// - Parameters:
  ///   - host: an IP address, or a name that resolves to one.
  ///   - port: 0 for any that is free.
  package init(host: String, port: Int, handler: @escaping Handler) {
    self.host = host
    self.port = port
    self.handler = handler
    group = MultiThreadedEventLoopGroup.singleton
  }

  /// Begins to listen and to answer.
  ///
  /// - Returns: the port, which the system chose if it was asked for 0.
  /// - Throws: `ListenFailure`.
  @discardableResult
  package func start() async throws(ListenFailure) -> Int {
    if let port = state.withLock({ $0.listener?.localAddress?.port }) { return port }
    let bootstrap = ServerBootstrap(group: group)
      .serverChannelOption(.backlog, value: StatusLimits.backlog)
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      .childChannelInitializer { channel in self.prepare(channel) }
    do {
      let listener = try await bootstrap.bind(host: host, port: port).get()
      state.withLock { $0.listener = listener }
      return listener.localAddress?.port ?? port
    } catch {
      throw ListenFailure(error, host: host, port: port)
    }
  }

  private func prepare(_ channel: any Channel) -> EventLoopFuture<Void> {
    channel.eventLoop.makeCompletedFuture {
      let isWelcome = state.withLock { state in
        guard !state.isStopped, state.connections.count < StatusLimits.connections else {
          return false
        }
        state.connections[ObjectIdentifier(channel)] = channel
        return true
      }
      guard isWelcome else { throw ChannelError.alreadyClosed }
      channel.closeFuture.whenComplete { _ in
        self.state.withLock { $0.connections[ObjectIdentifier(channel)] = nil }
      }
      try channel.pipeline.syncOperations.configureHTTPServerPipeline(
        withPipeliningAssistance: true, withErrorHandling: true)
      try channel.pipeline.syncOperations.addHandler(StatusRequestHandler(handler))
    }
  }

  /// Serves until the service group shuts down gracefully or the task is cancelled.
  ///
  /// - Throws: `ListenFailure` if it was not started and cannot be.
  package func run() async throws {
    try await start()
    try? await gracefulShutdown()  // Cancellation is a way to stop, too.
    await stop()
  }

  /// Stops listening and closes all connections.
  package func stop() async {
    let (listener, connections) = state.withLock { state in
      state.isStopped = true
      defer { state.listener = nil }
      return (state.listener, Array(state.connections.values))
    }
    try? await listener?.close()  // Closed already is closed.
    for connection in connections { try? await connection.close() }
  }
}

/// Bounds of a ``StatusServer``: it serves a few scrapers and probes, not the public.
enum StatusLimits {
  static let backlog: Int32 = 64
  /// Far above the scrapers and load balancers of a node; more are turned away.
  static let connections = 256
  /// A connection without a request is closed after this, longer than any scrape interval.
  static let idle = TimeAmount.seconds(90)
}
