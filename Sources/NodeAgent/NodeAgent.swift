import AsyncHTTPClient
import Glibc
package import KubernetesAPI
package import KubernetesClient
package import Logging
import ServiceLifecycle
import Synchronization

/// Runs the Pods that are bound to one Node, as processes of its own system.
package final class NodeAgent: ServiceLifecycle.Service {
  package struct Configuration: Sendable {
    package var nodeName: String
    /// Where Pods and addresses are kept.
    package var directory: String
    /// The program that is executed for sandboxes: this one.
    package var program: String
    package var podRanges: [CIDR]
    package var clusterDomain: String
    /// The Node's own resolv.conf.
    package var resolverPath = "/etc/resolv.conf"
    /// Directories that containers see empty.
    package var hiddenDirectories: [String] = []
    /// How many Pods the Node runs at once; the scheduler keeps to it.
    package var mostPods = Self.defaultMostPods
    /// The kubelet's.
    package static let defaultMostPods = 110
    package var version = ""
    /// Where the agent serves logs and streams of Pods; nil for nowhere.
    package var server: Server?

    /// The agent's own server.
    package struct Server: Sendable {
      /// The address it listens on; nil for the Node's own.
      package var host: String?
      package var port = 10250
      /// Whether any other port will do if that is taken.
      package var mayMove = false
      /// What it proves itself with, in PEM.
      package var certificate: String
      package var key: String
      /// SHA-256 of the certificate, in hexadecimal digits: the Node carries it.
      package var fingerprint: String
      /// Certificates in PEM: whose certificates its clients show. The API server says which of
      /// these clients may use the Node.
      package var clientAuthority: String
      /// Whom a verified certificate in DER names; nil for nobody.
      package var identify: @Sendable ([UInt8]) -> UserInfo?

      package init(
        certificate: String, key: String, fingerprint: String, clientAuthority: String,
        identify: @escaping @Sendable ([UInt8]) -> UserInfo?
      ) {
        self.certificate = certificate
        self.key = key
        self.fingerprint = fingerprint
        self.clientAuthority = clientAuthority
        self.identify = identify
      }
    }

    package init(
      nodeName: String, directory: String, program: String, podRanges: [CIDR],
      clusterDomain: String
    ) {
      self.nodeName = nodeName
      self.directory = directory
      self.program = program
      self.podRanges = podRanges
      self.clusterDomain = clusterDomain
    }
  }

  /// If the first arguments ask for it, becomes a Pod's sandbox and does not return. To be called
  /// before the program has a second thread.
  package static func becomeSandboxIfAsked(_ arguments: [String]) {
    guard arguments.count == 3, arguments[1] == SandboxProcess.commandName else { return }
    exit(PodSandbox.run(directory: arguments[2]))
  }

  private let configuration: Configuration
  private let client: KubernetesClient
  private let network: PodNetwork
  private let pods: Informer<AgentPod>
  private let services: Informer<KubernetesAPI.Service>
  private let hosts: [IPAddress]
  private let context: NodeContext
  private let logger: Logger
  private let workers = Mutex<[String: PodWorker]>([:])
  private let arrivals: AsyncStream<PodWorker>
  private let arrive: AsyncStream<PodWorker>.Continuation

  package init(
    client: KubernetesClient, configuration: Configuration, network: PodNetwork, logger: Logger
  ) {
    self.client = client
    self.configuration = configuration
    self.network = network
    self.logger = logger
    var options = InformerOptions<AgentPod>()
    options.fieldSelector = "spec.nodeName=\(configuration.nodeName)"
    pods = Informer(client: client, options: options, logger: logger)
    services = Informer(client: client, logger: logger)
    hosts = network.nodeAddresses()
    context = NodeContext(
      configuration: configuration, client: client, network: network,
      events: NodeEvents(client: client, node: configuration.nodeName, logger: logger),
      services: services, hostAddresses: hosts, probes: ProbeTarget.makeClient(), logger: logger)
    (arrivals, arrive) = AsyncStream.makeStream(of: PodWorker.self)
    pods.addHandler { [weak self] events in
      for event in events { self?.take(event) }
    }
  }

  /// Registers the Node and returns once its Pods are known.
  package func waitUntilReady() async throws {
    try await pods.waitUntilSynced()
    try await services.waitUntilSynced()
  }

  /// Works until a graceful shutdown begins or the task is cancelled. The Pods go on.
  package func run() async throws {
    // A program that leaves its input unread is an error of a write, not the end of the agent.
    signal(SIGPIPE, SIG_IGN)
    let server = await startServer()
    await cancelWhenGracefulShutdown {
      await withDiscardingTaskGroup { group in
        group.addTask { await self.register(server) }
        group.addTask { await self.context.events.run() }
        group.addTask { await self.services.run() }
        group.addTask {
          try? await self.services.waitUntilSynced()
          await self.pods.run()
        }
        for await worker in self.arrivals {
          group.addTask {
            await worker.run()
            if !Task.isCancelled { self.workers.withLock { $0[worker.uid] = nil } }
          }
        }
      }
    }
    await server?.stop()
    try? await context.probes.shutdown()
  }

  private func startServer() async -> RunningServer? {
    guard let settings = configuration.server else { return nil }
    do {
      let server = AgentServer(
        routes: AgentRoutes(
          host: self, access: AgentAccess(client: client, nodeName: configuration.nodeName),
          time: client.time),
        settings: settings, logger: logger)
      let port = try await server.start(
        AgentServer.Listen(
          host: settings.host ?? hosts.first?.description ?? "127.0.0.1", port: settings.port,
          mayMove: settings.mayMove))
      return RunningServer(server: server, port: port, fingerprint: settings.fingerprint)
    } catch {
      // The Pods run all the same.
      logger.error(
        "logs and streams of Pods are not served", metadata: ["error": "\(error)"])
      return nil
    }
  }

  private struct RunningServer: Sendable {
    let server: AgentServer
    let port: Int
    let fingerprint: String

    func stop() async { await server.stop() }
  }

  private func register(_ server: RunningServer?) async {
    let registrar = NodeRegistrar(
      client: client,
      node: NodeObject(
        name: configuration.nodeName, addresses: hosts, podRanges: configuration.podRanges,
        port: server?.port ?? 0, fingerprint: server?.fingerprint ?? "",
        version: configuration.version, mostPods: configuration.mostPods), logger: logger)
    while !Task.isCancelled {
      do {
        try await registrar.register()
        return await registrar.run()
      } catch {
        logger.warning("cannot register the Node", metadata: ["error": "\(error)"])
        do { try await client.time.sleep(.seconds(2)) } catch { return }
      }
    }
  }

  // MARK: Pods

  private func take(_ event: InformerEvent<AgentPod>) {
    switch event {
    case .added(let pod): add(pod)
    case .updated(let old, let pod):
      if let old, old.metadata.uid != pod.metadata.uid { drop(old.metadata.uid) }
      add(pod)
    case .deleted(_, let last):
      if let last { drop(last.metadata.uid) }
    case .synced: removeOrphans()
    }
  }

  private func add(_ pod: AgentPod) {
    let uid = pod.metadata.uid
    let known = workers.withLock { workers -> PodWorker? in
      if let worker = workers[uid] { return worker }
      let worker = PodWorker(pod, context: context)
      workers[uid] = worker
      arrive.yield(worker)
      return nil
    }
    if let known { Task { await known.update(pod) } }
  }

  private func drop(_ uid: String) {
    guard let worker = workers.withLock({ $0[uid] }) else { return }
    Task { await worker.objectDeleted() }
  }

  /// Ends what is left of Pods that went while no agent was there.
  private func removeOrphans() {
    let known = Set(workers.withLock(\.keys))
    let directory = configuration.directory + "/pods"
    network.keepOnly(known)
    for uid in (try? LinuxCall.entries(directory)) ?? [] where !known.contains(uid) {
      logger.notice("removing a Pod that is no more", metadata: ["uid": "\(uid)"])
      let process = SandboxProcess(
        directory: "\(directory)/\(uid)", program: configuration.program)
      BlockingThread.start(name: "orphan") { [network] in
        process.destroy()
        network.disconnect(uid)
        FileTree.remove(process.directory)
      }
    }
  }
}

// MARK: - For the server

extension NodeAgent: PodHost {
  var hostedPods: [AgentPod] { pods.objects }

  func hostedPod(_ key: ObjectKey) -> (any HostedPod)? {
    guard let pod = pods.object(key) else { return nil }
    return workers.withLock { $0[pod.metadata.uid] }
  }
}
