import Foundation
import KubernetesAPI
import KubernetesClient
import Logging
import ServiceLifecycle
import ServiceProxy
import Telemetry

/// The service proxy with what it stands on: the kernel's tables, connections and addresses.
struct ProxyAssembly: Sendable {
  private let proxy: NodeProxy
  private let servers: [StatusServer]

  /// kube-proxy's defaults.
  private static let healthzAddress = "0.0.0.0:10256"
  private static let metricsAddress = "127.0.0.1:10249"

  /// The host's name as kubelet registers it.
  static var hostName: String {
    ProcessInfo.processInfo.hostName.lowercased()
  }

  /// - Throws: `CommandFailure` with `noPermission` or `unavailable` where the kernel refuses.
  init(
    client: KubernetesClient, file: ProxyConfigurationFile, node: String, logger: Logger
  ) throws {
    var settings = TableSettings()
    if let bit = file.masqueradeBit { settings.masqueradeBit = bit }
    settings.masqueradeAll = file.masqueradeAll
    settings.podRanges = file.clusterCIDRs
    let proxy = try Self.onKernel {
      NodeProxy(
        client: client,
        configuration: NodeProxy.Configuration(
          node: node, settings: settings, nodePorts: file.nodePorts ?? .primary,
          pause: file.minSyncPeriod ?? .zero, usesNodeRanges: file.usesNodeRanges),
        tables: try KernelTables(), flows: try KernelFlows(), addresses: try KernelAddresses(),
        logger: logger)
    }
    self.proxy = proxy
    servers = [
      try Self.server(file.healthzBindAddress ?? Self.healthzAddress, defaultPort: 10256) {
        proxy.answerHealth($0)
      },
      try Self.server(file.metricsBindAddress ?? Self.metricsAddress, defaultPort: 10249) {
        proxy.answerMetrics($0)
      },
    ].compactMap { $0 }
  }

  /// Without servers: the proxy inside `rollcall up`.
  init(
    client: KubernetesClient, configuration: NodeProxy.Configuration, logger: Logger
  ) throws {
    proxy = try Self.onKernel {
      NodeProxy(
        client: client, configuration: configuration, tables: try KernelTables(),
        flows: try KernelFlows(), addresses: try KernelAddresses(), logger: logger)
    }
    servers = []
  }

  /// Removes everything of ours.
  static func cleanUp(kubeProxy: Bool) throws {
    try onKernel { try ProxyCleanup.run(try KernelTables(), kubeProxy: kubeProxy) }
  }

  private static func onKernel<Result>(_ body: () throws -> Result) throws -> Result {
    do {
      return try body()
    } catch let error as TableError {
      switch error.code {
      case .denied:
        throw CommandFailure(.noPermission, "the proxy needs root: \(error)")
      default: throw CommandFailure(.unavailable, "\(error)")
      }
    }
  }

  private static func server(
    _ address: String, defaultPort: UInt16, _ handler: @escaping StatusServer.Handler
  ) throws -> StatusServer? {
    if address.isEmpty { return nil }
    let listen: ListenAddress
    if IPAddress(address) != nil {
      listen = ListenAddress(host: address, port: defaultPort)
    } else if let parsed = ListenAddress(argument: address) {
      listen = parsed
    } else {
      throw CommandFailure(.usage, "\(address) is no HOST:PORT")
    }
    return StatusServer(host: listen.host, port: Int(listen.port), handler: handler)
  }

  /// Begins to listen.
  ///
  /// - Throws: `CommandFailure` with `unavailable`.
  func bind() async throws {
    for server in servers {
      do {
        try await server.start()
      } catch {
        throw CommandFailure(.unavailable, "\(error)")
      }
    }
  }

  /// Returns once every Service is in the kernel.
  func waitUntilReady() async throws { try await proxy.waitUntilReady() }

  var services: [any ServiceLifecycle.Service] { servers + [proxy] }
}
