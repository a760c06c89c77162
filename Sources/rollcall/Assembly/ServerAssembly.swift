import APIServer
import Foundation
import KubernetesAPI
import KubernetesClient
import Logging
import ObjectStore
import ServiceLifecycle
import Telemetry

/// The API server with everything it stands on: store, credentials, allocator, HTTPS.
struct ServerAssembly: Sendable {
  let directory: DataDirectory
  let store: any ObjectStore
  let server: APIServer
  let https: HTTPSServer
  let certificates: ClusterCertificates
  private let options: PlaneOptions
  private let logger: Logger

  /// - Throws: `CommandFailure`.
  init(options: PlaneOptions, directory: DataDirectory, logger: Logger) async throws {
    self.options = options
    self.directory = directory
    self.logger = logger
    let network = try options.network()
    store = try Self.openStore(directory)
    do {
      certificates = try ClusterCertificates(
        files: try PrivateDirectory(directory.path + "/pki"),
        names: ServingNames(
          hosts: [options.listen.host, ProcessInfo.processInfo.hostName],
          serviceAddresses: network.ranges.map(\.firstAddress),
          clusterDomain: options.clusterDomain.name),
        now: ServerEnvironment.system.now())
    } catch {
      throw CommandFailure(.cannotCreate, "\(directory.path)/pki: \(error)")
    }
    let allocator = ServiceAllocator(
      network: network, store: store, log: logger, now: ServerEnvironment.system.now,
      makeUID: { UUID().uuidString.lowercased() })
    do {
      try await allocator.reconcile()
    } catch {
      throw CommandFailure(.inputOutput, "\(directory.path): \(error)")
    }
    server = APIServer(
      store: store, catalogue: KindCatalogue(CoreKinds.all),
      hooks: [Service.resource.qualifiedPlural: [allocator]],
      serviceAccountKey: certificates.serviceAccountKey,
      nodeCredentials: certificates.nodeClient, logger: logger)
    https = HTTPSServer(
      configuration: HTTPSServer.Configuration(
        host: options.listen.host, port: Int(options.listen.port), certificates: certificates),
      serving: server, logger: logger)
  }

  private static func openStore(_ directory: DataDirectory) throws -> any ObjectStore {
    if directory.isEphemeral { return MemoryStore() }
    do throws(StoreError) {
      return try SQLiteStore(directory: directory.path)
    } catch {
      let status: CommandFailure.Status =
        switch error.code {
        case .locked: .temporary
        case .outOfSpace: .inputOutput
        default: .cannotCreate
        }
      throw CommandFailure(status, "data directory \(directory.path): \(error.message)")
    }
  }

  /// Begins to listen; nothing is answered before the services run.
  ///
  /// - Returns: the URL clients on this machine use.
  /// - Throws: `CommandFailure` with `unavailable` or `noPermission`.
  func listen() async throws -> String {
    do throws(ListenFailure) {
      let port = try await https.start()
      return "https://" + Self.reachable(options.listen.host, port: port)
    } catch {
      throw CommandFailure(
        error.code == .permission ? .noPermission : .unavailable, "API server: \(error)")
    }
  }

  /// `HOST:PORT` by which a client on this machine comes to what listens on a host.
  static func reachable(_ host: String, port: Int) -> String {
    switch host {
    case "0.0.0.0": "127.0.0.1:\(port)"
    case "::": "[::1]:\(port)"
    default: host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    }
  }

  /// Makes and keeps what every cluster has, once the server is ready.
  ///
  /// - Parameter url: where the server listens.
  /// - Throws: `APIStatus` if a write fails.
  func bootstrap(url: String) async throws {
    let network = try options.network()
    let port = url.split(separator: ":").last.flatMap { Int($0) } ?? 443
    let host = IPAddress(options.listen.host)
    try await ClusterBootstrap(
      configuration: ClusterBootstrap.Configuration(
        serviceAddresses: network.ranges.map(\.firstAddress),
        advertised: host.flatMap { $0.isLoopback || $0.isUnspecified ? nil : $0 }, port: port,
        certificateAuthority: certificates.authority),
      server: server, logger: logger
    ).ensure()
  }

  /// Writes `admin.kubeconfig`.
  ///
  /// - Throws: `CommandFailure` with `cannotCreate`.
  func writeKubeConfig(url: String) throws {
    do {
      try PrivateDirectory(directory.path).write(
        "admin.kubeconfig", certificates.adminKubeconfig(server: url))
    } catch {
      throw CommandFailure(.cannotCreate, "\(directory.adminKubeConfig): \(error)")
    }
  }

  /// A client that reaches the server without leaving the process.
  func client(userAgent: String) -> KubernetesClient {
    KubernetesClient(
      transport: InProcessTransport(
        server: server,
        user: UserInfo(
          name: "system:rollcall", groups: [UserInfo.mastersGroup, "system:authenticated"])),
      userAgent: userAgent)
  }

  /// What runs for as long as the server serves, in the order of starting.
  var services: [any ServiceLifecycle.Service] {
    [
      FinalService("store") { await store.close() },
      RunningService("compaction") {
        let runner = CompactionRunner(store: store, clock: ContinuousClock()) { error in
          logger.warning("compaction failed", metadata: ["error": "\(error)"])
        }
        await runner.run()
      },
      RunningService("API server") { try await server.run() },
      https,
    ]
  }
}
