import KubernetesAPI
package import Logging
package import ObjectStore
import Synchronization

/// The API server of one cluster: kinds from a catalogue, objects in a store.
///
/// `respond(to:as:)` is the whole of it; HTTPS and the roles in the same process both call that.
/// `run()` must be running for reads to be current and for watches to get anything.
package final class APIServer: Sendable {
  let configuration: APIServerConfiguration
  let catalogue: KindCatalogue
  let core: ServerCore
  let resources: [ResourcePath: Resource]
  let authorizer: any Authorizer
  let roles: RoleAuthorizer
  /// Nil where ServiceAccounts have no tokens.
  let tokens: ServiceAccountTokens?
  let bodies: BodyDecoder
  /// Nil where nothing is reached through Nodes.
  let nodes: NodeConnector?
  let logger: Logger
  let metrics = RequestMetrics()
  let caches: [WatchCache]
  private let description: LazyValue<SelfDescription>
  private let stopping = Mutex(false)

  /// Where a resource is found.
  struct ResourcePath: Hashable {
    var group: String
    var version: String
    var plural: String
  }

  /// - Parameters:
  ///   - hooks: take part in the transactions of a kind, by its qualified plural (`services`,
  ///     `endpointslices.discovery.k8s.io`), in the order given.
  ///   - serviceAccountKey: signs ServiceAccount tokens; nil if there are to be none.
  ///   - nodeCredentials: what the server proves itself with to the agents of Nodes; nil if logs
  ///     and streams of Pods are not served, as if they could not be used.
  ///   - authorizer: nil to decide by the roles in the cluster.
  package init(
    configuration: APIServerConfiguration = APIServerConfiguration(), store: any ObjectStore,
    catalogue: KindCatalogue, hooks: [String: [any TransactionHook]] = [:],
    serviceAccountKey: ServiceAccountKey? = nil, nodeCredentials: KeyPair? = nil,
    authorizer: (any Authorizer)? = nil, environment: ServerEnvironment = .system,
    logger: Logger
  ) {
    self.configuration = configuration
    self.catalogue = catalogue
    self.logger = logger
    bodies = BodyDecoder(catalogue: catalogue)
    do {
      nodes = try nodeCredentials.map { try NodeConnector(credentials: $0) }
    } catch {
      logger.error(
        "logs and streams of Pods are not served", metadata: ["error": "\(error)"])
      nodes = nil
    }
    description = LazyValue {
      SelfDescription(
        catalogue: catalogue, version: configuration.version,
        serverAddress: configuration.serverAddress)
    }
    let caches = catalogue.kinds.map { WatchCache(kind: $0) }
    self.caches = caches
    roles = RoleAuthorizer(caches: caches)
    self.authorizer = authorizer ?? roles
    let core = ServerCore(
      store: store, feed: StoreFeed(store: store, caches: caches, logger: logger),
      environment: environment,
      namespaces: caches.first {
        $0.kind.resource.group.isEmpty && $0.kind.resource.plural == "namespaces"
      })
    self.core = core
    var resources: [ResourcePath: Resource] = [:]
    for cache in caches {
      let type = cache.kind.resource
      resources[ResourcePath(group: type.group, version: type.version, plural: type.plural)] =
        Resource(
          kind: cache.kind, cache: cache, hooks: hooks[type.qualifiedPlural] ?? [], core: core)
    }
    self.resources = resources
    tokens = serviceAccountKey.map { key in
      ServiceAccountTokens(
        key: key, issuer: configuration.serviceAccountIssuer, environment: environment,
        caches: Dictionary(
          caches.filter { $0.kind.resource.group.isEmpty }.map { ($0.kind.resource.kind, $0) },
          uniquingKeysWith: { first, _ in first }))
    }
  }

  func serves(_ type: ResourceType) -> Bool {
    resources[ResourcePath(group: type.group, version: type.version, plural: type.plural)] != nil
  }

  /// Made when a client first asks: the roles in the process never do.
  var selfDescription: SelfDescription { description.value }

  // MARK: Life

  /// Follows the store until the task is cancelled or the store closes.
  ///
  /// - Throws: `StoreError` if the store fails.
  package func run() async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await self.core.feed.run() }
      group.addTask {
        while !Task.isCancelled {
          try await Task.sleep(for: ServerLimits.tick)
          self.tick()
        }
      }
      defer { group.cancelAll() }
      do {
        try await group.next()
      } catch is CancellationError {}
      endWatches()
    }
  }

  /// Looks at what time has come for; `run()` does so by itself.
  package func tick() {
    let now = core.environment.uptime()
    core.feed.tick(now: now)
    for cache in caches { cache.tick(now: now, bookmarkInterval: ServerLimits.bookmarkInterval) }
  }

  /// Whether everything in the store can be read.
  package var isReady: Bool { core.feed.isReady }

  /// Returns once everything in the store can be read, or the task is cancelled.
  package func waitUntilReady() async {
    while !Task.isCancelled {
      if await core.feed.reach(.zero, deadline: core.environment.uptime() + .seconds(60)) { return }
    }
  }

  /// Ends all watches, in order that connections can be closed. Their clients begin anew, here or
  /// at the next server.
  package func endWatches() {
    stopping.withLock { $0 = true }
    for cache in caches { cache.finishWatches() }
  }

  var isStopping: Bool { stopping.withLock { $0 } }
}

/// What an operator decides about the server.
package struct APIServerConfiguration: Sendable {
  /// `iss` of ServiceAccount tokens, and their audience where none is asked for.
  package var serviceAccountIssuer = "https://kubernetes.default.svc.cluster.local"
  /// What `/version` and OpenAPI say.
  package var version = ServerVersion(minor: "33", gitVersion: "v1.33.0+rollcall")
  /// Host and port by which clients reach the server, as discovery tells them.
  package var serverAddress = "127.0.0.1:6443"

  package init() {}
}
