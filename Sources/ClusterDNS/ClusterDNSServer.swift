package import KubernetesAPI
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
    /// Who answers for other zones; nil to refuse their names.
    package var forwarding: ForwardingConfiguration?
    /// Each is served as DNS over TLS (RFC 7858).
    package var tlsListen: [SocketAddress] = []
    /// Each is served as DNS over HTTPS (RFC 8484), at `/dns-query`.
    package var httpsListen: [SocketAddress] = []
    /// What those two show.
    package var identity: TLSIdentity?
    /// The path at which a successor finds this process and takes its sockets over, and at which a
    /// predecessor is found; nil for neither.
    package var handover: String?
    /// Names of the operator's own.
    package var hosts: HostsConfiguration?
    /// Rules by which names are asked for as others.
    package var rewrites: [RewriteRule] = []
    /// Who may have whole zones; nobody if it is empty.
    package var transferTo: [CIDR] = []
    /// How long a query for a name that is about to exist is kept; nil to deny it at once.
    package var holdsExpected: Duration?
    /// Queries per second of one client over UDP; nil for any number.
    package var queriesPerClient: Int?
    /// What tells this server from its replicas (RFC 5001, RFC 4892); empty to keep it.
    package var serverName = ""
    /// What `version.bind` is answered with; empty to keep it.
    package var versionText = ""
    /// Of DNS cookies, in 32 hexadecimal digits: the same in replicas that share an address. Nil
    /// for a random one.
    package var cookieSecret: String?

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
  private let forwarder = Mutex<Forwarder?>(nil)
  private let predecessor = Mutex<Handover?>(nil)
  private let successor = Mutex<HandoverListener?>(nil)

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

  /// Queries that wait for their names to come.
  package var heldQueries: Int { server.withLock { $0?.heldQueries ?? 0 } }

  /// What has been forwarded so far; nil if nothing is.
  package func forwardingCounts() async -> ForwardingCounts? {
    await forwarder.withLock { $0 }?.counts()
  }

  /// Binds every address, so that one that is taken is known before anything else starts. `run`
  /// does it where it has not been done.
  ///
  /// - Returns: the addresses, with the ports that were chosen where 0 was asked for.
  /// - Throws: ``SystemError`` if an address cannot be bound, an error of NIOSSL if the certificate
  ///   cannot be used.
  @discardableResult
  package func bind() async throws -> [SocketAddress] { try await boundServer().addresses }

  private func boundServer() async throws -> NameServer {
    if let server = server.withLock({ $0 }) { return server }
    var forwarder: Forwarder?
    if let forwarding = configuration.forwarding, !forwarding.isEmpty {
      forwarder = try await Forwarder(forwarding, group: group, logger: logger)
    }
    var predecessor: Handover?
    if let path = configuration.handover { predecessor = try Handover.take(from: path) }
    let server = try NameServer.bind(
      configuration.listen, encrypted: try encrypted(), workerCount: configuration.workerCount,
      inheriting: predecessor?.sockets, try backend(forwarder))
    self.forwarder.withLock { $0 = forwarder }
    self.predecessor.withLock { $0 = predecessor }
    self.server.withLock { $0 = server }
    onEvent(.listening(server.addresses))
    return server
  }

  private func backend(_ forwarder: Forwarder?) throws -> NameServer.Backend {
    var choices = PipelineSettings.Choices()
    choices.completesSearchPaths = configuration.zone.knowsAskers
    choices.identity = Array(configuration.serverName.utf8)
    choices.version = Array(configuration.versionText.utf8)
    choices.cookieSecret =
      configuration.cookieSecret.flatMap(CookieSecret.init(hexadecimal:)) ?? .random()
    choices.limiter = configuration.queriesPerClient.map {
      ClientLimiter(.init(perSecond: $0))
    }
    return NameServer.Backend(
      feed: cluster.feed, forwarder: forwarder, group: group, choices: choices,
      hold: configuration.holdsExpected.map { .init(wait: TimeAmount($0)) },
      rewriter: configuration.rewrites.isEmpty ? nil : try NameRewriter(configuration.rewrites),
      transfers: configuration.transferTo.isEmpty ? nil : TransferAccess(configuration.transferTo))
  }

  private func encrypted() throws -> [NameServer.Encrypted] {
    guard let identity = configuration.identity else { return [] }
    let tls = try identity.context(protocols: ["dot"])
    let https = try identity.context(protocols: ["h2", "http/1.1"])
    return configuration.tlsListen.map { .init(address: $0, transport: .tls(tls)) }
      + configuration.httpsListen.map { .init(address: $0, transport: .https(https)) }
  }

  /// Serves until graceful shutdown or cancellation, or until a successor has taken over.
  ///
  /// - Throws: ``SystemError`` if an address cannot be bound.
  package func run() async throws {
    let server = try await boundServer()
    let predecessor = predecessor.withLock { $0.take() }
    // Before the API server is asked: it may not be there.
    let isRestored = cluster.restore() != nil
    let hosts = configuration.hosts.map {
      HostsFollower(
        configuration: $0, feed: cluster.feed, time: cluster.client.time, logger: logger)
    }
    hosts?.load()
    // While a predecessor serves, there is no hurry; without one, clients are told at once that
    // there is no answer yet.
    let (mayServe, serve) = AsyncStream.makeStream(of: Void.self)
    if predecessor == nil { serve.finish() }
    try await withThrowingTaskGroup(of: Void.self) { tasks in
      let (synced, signal) = AsyncStream.makeStream(of: Void.self)
      tasks.addTask { [cluster] in await cluster.run { signal.finish() } }
      if let hosts { tasks.addTask { await hosts.run() } }
      if isRestored, predecessor == nil {
        signal.finish()
      } else if isRestored {
        // The predecessor knows no more than the snapshot when there is no API server.
        tasks.addTask { [cluster] in
          do { try await cluster.client.time.sleep(ServerLimits.takeoverPatience) } catch { return }
          signal.finish()
        }
      }
      tasks.addTask { [self] in
        for await _ in synced {}
        if Task.isCancelled { return }
        // Before `run` may start it, which would not ask the predecessor.
        try await server.start { await predecessor?.confirm() }
        serve.finish()
        try awaitSuccessor(server)
        onEvent(.ready)
      }
      forwarder.withLock { $0 }?.start()
      defer { successor.withLock { $0.take() }?.stop() }
      do {
        try await Self.serve(server, after: mayServe, serve)
      } catch {
        tasks.cancelAll()
        throw error
      }
      await forwarder.withLock { $0 }?.stop()
      tasks.cancelAll()
    }
    logger.info("stopped")
  }

  /// Gives the sockets to who asks for them, and stops when it serves.
  private func awaitSuccessor(_ server: NameServer) throws(SystemError) {
    guard let path = configuration.handover else { return }
    let listener = try HandoverListener(path: path)
    successor.withLock { $0 = listener }
    listener.start(sockets: { server.handed }) { [logger] released in
      logger.notice("handed over to a successor")
      Task { await server.handOver(onReleased: released) }
    }
  }

  /// Whether another process has taken the sockets over.
  package var isHandedOver: Bool { server.withLock { $0?.isHandedOver ?? false } }

  private static func serve(
    _ server: NameServer, after mayServe: AsyncStream<Void>,
    _ continuation: AsyncStream<Void>.Continuation
  ) async throws {
    try await withTaskCancellationHandler {
      try await withGracefulShutdownHandler {
        for await _ in mayServe {}
        try await server.run()
      } onGracefulShutdown: {
        server.stop()
        continuation.finish()
      }
    } onCancel: {
      server.stop()
      continuation.finish()
    }
  }
}
