import ClusterDNS
import DNSMessage
import KubernetesAPI
import KubernetesClient
import Logging
import NIOCore
import NIOPosix
import NIOSSL
import ServiceLifecycle
import Synchronization
import Telemetry

/// Cluster DNS with what it listens on.
struct DNSAssembly: Sendable {
  private let server: ClusterDNSServer
  private let readiness: Readiness
  private let listen: [ListenAddress]
  private let statusServers: [StatusServer]

  /// - Throws: `CommandFailure` with `usage` for an address or domain that cannot be.
  init(
    client: KubernetesClient, listen: [ListenAddress], clusterDomain: ClusterDomain,
    serviceRanges: [CIDR], settings: DNSSettings = DNSSettings(), forwarding: ForwardingOptions,
    encryption: EncryptionOptions? = nil, handover: String? = nil, logger: Logger
  ) throws {
    let labels = clusterDomain.name.split(separator: ".").map(\.utf8)
    guard let domain = DomainName(labels: labels) else {
      throw CommandFailure(.usage, "\(clusterDomain.name) is no domain name")
    }
    var zone = ZoneConfiguration(domain: domain)
    zone.serviceRanges = serviceRanges
    zone.nameServers = listen.compactMap { IPAddress($0.host) }.flatMap {
      $0.isUnspecified ? HostAddresses.all(of: $0.family) : [$0]
    }
    zone.pods = settings.pods
    zone.ttl = settings.ttl
    zone.knowsAskers = settings.completesSearchPaths
    let addresses = try listen.map(Self.socketAddress)
    let readiness = Readiness()
    self.readiness = readiness
    self.listen = listen
    var configuration = ClusterDNSServer.Configuration(
      listen: addresses, workerCount: settings.workers ?? System.coreCount, zone: zone,
      snapshot: settings.snapshot.map { SnapshotFile(path: $0) })
    configuration.forwarding = forwarding.configuration(
      listening: addresses, resolvConf: ForwardingOptions.hostResolvConf())
    if let cache = settings.cache { configuration.forwarding?.cache.follow(cache) }
    if settings.completesSearchPaths {
      // Pods have them behind those of the cluster, whose names are looked for here.
      configuration.forwarding?.searchDomains = ResolvConf(
        ForwardingOptions.hostResolvConf() ?? ""
      ).search.filter { !$0.isWithin(domain) }
    }
    configuration.follow(settings)
    if let encryption, let certificate = encryption.tlsCertificate, let key = encryption.tlsKey {
      configuration.identity = TLSIdentity(certificateFile: certificate, keyFile: key)
      configuration.tlsListen = try encryption.tlsListen.map(Self.socketAddress)
      configuration.httpsListen = try encryption.httpsListen.map(Self.socketAddress)
    }
    configuration.handover = handover
    server = ClusterDNSServer(
      client: client, configuration: configuration,
      group: MultiThreadedEventLoopGroup.singleton, logger: logger
    ) { event in
      if case .ready = event { readiness.reach() }
    }
    let status = DNSStatus(
      server, maximumAge: settings.readyMaximumAge.map { .seconds($0) })
    statusServers = settings.status.map { address in
      StatusServer(host: address.host, port: Int(address.port)) { await status.respond(to: $0) }
    }
  }

  private static func socketAddress(
    _ address: ListenAddress
  ) throws -> ClusterDNS.SocketAddress {
    guard let ip = IPAddress(address.host) else {
      throw CommandFailure(.usage, "\(address) is no address")
    }
    return ClusterDNS.SocketAddress(ip, port: address.port)
  }

  /// Binds the addresses.
  ///
  /// - Returns: the first as `HOST:PORT`, by which a client on this machine reaches it.
  /// - Throws: `CommandFailure` with `unavailable` or `noPermission`.
  func bind() async throws -> String {
    do throws(ListenFailure) {
      for statusServer in statusServers { try await statusServer.start() }
    } catch {
      throw CommandFailure(
        error.code == .permission ? .noPermission : .unavailable, "metrics: \(error)")
    }
    do {
      let port = try await server.bind().first?.port ?? 0
      return ServerAssembly.reachable(listen.first?.host ?? "", port: Int(port))
    } catch let error as NIOSSLError {
      throw CommandFailure(.configuration, "certificates: \(error)")
    } catch let error as SystemError {
      let place = listen.map(\.description).joined(separator: ", ")
      throw CommandFailure(
        error.isPermissionDenied ? .noPermission : .unavailable, "DNS on \(place): \(error)")
    }
  }

  /// Returns once names are answered; throws `CancellationError` if the task is cancelled first.
  func waitUntilReady() async throws { try await readiness.wait() }

  /// In the order of starting: the status servers tell that the server is draining.
  var services: [any ServiceLifecycle.Service] { statusServers + [server] }

  /// Whether another process has taken the sockets over.
  var isHandedOver: Bool { server.isHandedOver }
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

extension ClusterDNSServer.Configuration {
  /// Takes over what does not depend on addresses.
  fileprivate mutating func follow(_ settings: DNSSettings) {
    hosts = settings.hosts
    rewrites = settings.rewrites
    transferTo = settings.transferTo
    holdsExpected = settings.holdsExpected.map { .seconds($0) }
    queriesPerClient = settings.queriesPerClient
    serverName = settings.serverName
    versionText = settings.versionText
    cookieSecret = settings.cookieSecret
  }
}
