package import KubernetesClient
package import Logging
package import NIOCore
import ServiceLifecycle
private import Synchronization

/// The cluster DNS server: follows Services and EndpointSlices of an API server and answers for
/// them.
///
/// Its addresses are bound before it knows the cluster, so that a taken port is reported at once.
/// Until the first lists are complete every question is answered SERVFAIL, unless there is a
/// snapshot of what an earlier process knew: clients go on to their next name server without
/// waiting, and no existing name is denied. When the API server goes away later, what was known
/// last is still answered.
package final class ClusterDNSServer: ServiceLifecycle.Service {
  package struct Configuration: Sendable {
    /// Each is served over UDP and TCP.
    package var listen: [SocketAddress]
    /// UDP threads per address.
    package var workerCount: Int
    package var zone: ZoneConfiguration
    /// Where the zone is kept for the next process.
    package var snapshot: SnapshotFile?

    package init(
      listen: [SocketAddress], workerCount: Int, zone: ZoneConfiguration,
      snapshot: SnapshotFile? = nil
    ) {
      self.listen = listen
      self.workerCount = workerCount
      self.zone = zone
      self.snapshot = snapshot
    }
  }

  /// What the owner of the server may want to tell.
  package enum Event: Sendable {
    /// The sockets are bound, to these addresses.
    case listening([SocketAddress])
    /// Names are answered: the lists are complete, or there is a snapshot.
    case ready
  }

  private let configuration: Configuration
  private let group: any EventLoopGroup
  private let logger: Logger
  private let onEvent: @Sendable (Event) -> Void
  package let cluster: ClusterFeed
  private let server = Mutex<NameServer?>(nil)

  /// - Parameter onEvent: called once per event, in order.
  package init(
    client: KubernetesClient, configuration: Configuration, group: any EventLoopGroup,
    logger: Logger, onEvent: @escaping @Sendable (Event) -> Void = { _ in }
  ) {
    self.configuration = configuration
    self.group = group
    self.logger = logger
    self.onEvent = onEvent
    cluster = ClusterFeed(
      client: client,
      configuration: .init(zone: configuration.zone, snapshot: configuration.snapshot),
      logger: logger)
  }

  /// Whether names are answered.
  package var isReady: Bool { cluster.feed.isReady }

  package var zone: ZoneConfiguration { configuration.zone }

  /// What has been done so far.
  package var counts: QueryCounts { server.withLock { $0?.counts } ?? QueryCounts() }

  /// Binds every address, so that one that is taken is known before anything else starts. `run`
  /// does it where it has not been done.
  ///
  /// - Returns: the addresses, with the ports that were chosen where 0 was asked for.
  /// - Throws: ``SystemError`` if an address cannot be bound.
  @discardableResult
  package func bind() async throws -> [SocketAddress] { try await boundServer().addresses }

  private func boundServer() async throws -> NameServer {
    if let server = server.withLock({ $0 }) { return server }
    let server = try await NameServer.bind(
      configuration.listen, workerCount: configuration.workerCount, feed: cluster.feed,
      group: group)
    self.server.withLock { $0 = server }
    onEvent(.listening(server.addresses))
    return server
  }

  /// Serves until graceful shutdown or cancellation.
  ///
  /// - Throws: ``SystemError`` if an address cannot be bound.
  package func run() async throws {
    let server = try await boundServer()
    // Before the API server is asked: it may not be there.
    if cluster.restore() != nil { onEvent(.ready) }
    await withTaskGroup(of: Void.self) { tasks in
      tasks.addTask { [cluster, onEvent] in
        let wasReady = cluster.feed.isReady
        await cluster.run { if !wasReady { onEvent(.ready) } }
      }
      await Self.serve(server)
      tasks.cancelAll()
    }
    logger.info("stopped")
  }

  private static func serve(_ server: NameServer) async {
    await withTaskCancellationHandler {
      await withGracefulShutdownHandler {
        await server.run()
      } onGracefulShutdown: {
        server.stop()
      }
    } onCancel: {
      server.stop()
    }
  }
}
