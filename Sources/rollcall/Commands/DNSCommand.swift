import ArgumentParser
import KubernetesAPI
import Logging

/// `rollcall dns`: cluster DNS alone, against any API server.
struct DNSCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "dns", abstract: "Start cluster DNS alone, against any API server.",
    discussion: """
      Answers for Services and their endpoints over UDP and TCP. Prints one line \
      `ready dns=HOST:PORT` when it has seen every Service and EndpointSlice once.
      """)

  @OptionGroup var server: ClientOptions
  @OptionGroup var log: LogOptions

  @Option(
    help: ArgumentHelp("Address to answer on. May be given again.", valueName: "host:port"))
  var listen: [ListenAddress] = [ListenAddress(host: "127.0.0.1", port: 10053)]

  @Option(help: ArgumentHelp("Domain the cluster's names end in.", valueName: "name"))
  var clusterDomain = ClusterDomain(name: "cluster.local")

  @Option(
    help: ArgumentHelp(
      "Range of cluster IPs, whose reverse zone is answered whole. May be given again.",
      valueName: "cidr"))
  var serviceCIDR: [String] = []

  func validate() throws {
    for range in serviceCIDR where CIDR(range) == nil {
      throw ValidationError("\(range) is no address range.")
    }
  }

  func run() async throws {
    let logger = log.logLevel.logger("rollcall.dns")
    let dns = try DNSAssembly(
      client: try server.client(userAgent: "rollcall-dns"), listen: listen,
      clusterDomain: clusterDomain, serviceRanges: serviceCIDR.compactMap { CIDR($0) },
      logger: logger)
    let address = try await dns.bind()
    let ready = ReadyService {
      try await dns.waitUntilReady()
      return "ready dns=\(address)"
    }
    try await Supervisor.run([dns.service], ready: ready, logger: logger)
  }
}
