import ClusterDNS
import DNSMessage
import KubernetesAPI
import KubernetesClient
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
import Synchronization

/// Cluster DNS with what it listens on.
struct DNSAssembly: Sendable {
  private let server: ClusterDNSServer
  private let readiness: Readiness
  private let listen: [ListenAddress]

  /// - Throws: `CommandFailure` with `usage` for an address or domain that cannot be.
  init(
    client: KubernetesClient, listen: [ListenAddress], clusterDomain: ClusterDomain,
    serviceRanges: [CIDR], workers: Int? = nil, logger: Logger
  ) throws {
    let labels = clusterDomain.name.split(separator: ".").map(\.utf8)
    guard let domain = DomainName(labels: labels) else {
      throw CommandFailure(.usage, "\(clusterDomain.name) is no domain name")
    }
    var zone = ZoneConfiguration(domain: domain)
    zone.serviceRanges = serviceRanges
    zone.nameServers = listen.compactMap { IPAddress($0.host) }.filter { !$0.isUnspecified }
    let addresses = try listen.map { address in
      guard let ip = IPAddress(address.host) else {
        throw CommandFailure(.usage, "\(address) is no address")
      }
      return ClusterDNS.SocketAddress(ip, port: address.port)
    }
    let readiness = Readiness()
    self.readiness = readiness
    self.listen = listen
    server = ClusterDNSServer(
      client: client,
      configuration: .init(
        listen: addresses, workerCount: workers ?? System.coreCount, zone: zone),
      group: MultiThreadedEventLoopGroup.singleton, logger: logger
    ) { event in
      if case .ready = event { readiness.reach() }
    }
  }

  /// Binds the addresses.
  ///
  /// - Returns: the first as `HOST:PORT`, by which a client on this machine reaches it.
  /// - Throws: `CommandFailure` with `unavailable` or `noPermission`.
  func bind() async throws -> String {
    do {
      let port = try await server.bind().first?.port ?? 0
      return ServerAssembly.reachable(listen.first?.host ?? "", port: Int(port))
    } catch let error as SystemError {
      let place = listen.map(\.description).joined(separator: ", ")
      throw CommandFailure(
        error.isPermissionDenied ? .noPermission : .unavailable, "DNS on \(place): \(error)")
    }
  }

  /// Returns once names are answered; throws `CancellationError` if the task is cancelled first.
  func waitUntilReady() async throws { try await readiness.wait() }

  var service: any ServiceLifecycle.Service { server }
}

/// A state that is reached once and waited for by many.
private final class Readiness: Sendable {
  private let (reached, signal) = AsyncStream.makeStream(of: Void.self)

  func reach() { signal.finish() }

  func wait() async throws {
    for await _ in reached {}
    try Task.checkCancellation()
  }
}
