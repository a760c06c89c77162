import ArgumentParser
import ClusterDNS
import DNSMessage
import KubernetesAPI
import Logging

/// `rollcall dns`: cluster DNS alone, against any API server.
struct DNSCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "dns", abstract: "Start cluster DNS alone, against any API server.",
    discussion: """
      Answers for Services and their endpoints over UDP and TCP. Prints one line \
      `ready dns=HOST:PORT` when names are answered: when it has seen every Service and \
      EndpointSlice once, or has a snapshot.
      """,
    subcommands: [DNSCheckCommand.self])

  @OptionGroup var server: ClientOptions
  @OptionGroup var dns: DNSOptions
  @OptionGroup var forwarding: ForwardingOptions
  @OptionGroup var encryption: EncryptionOptions
  @OptionGroup var log: LogOptions

  @OptionGroup var node: NodeOptions

  @Option(
    help: ArgumentHelp(
      "Address to answer on. May be given again.",
      discussion: "Default: 127.0.0.1:10053; with --node, the node's address alone.",
      valueName: "host:port"))
  var listen: [ListenAddress] = []

  @Option(
    help: ArgumentHelp(
      "Domain the cluster's names end in (default: cluster.local).", valueName: "name"))
  var clusterDomain: ClusterDomain?

  @Option(
    help: ArgumentHelp(
      "Range of cluster IPs, whose reverse zone is answered whole. May be given again.",
      valueName: "cidr"))
  var serviceCIDR: [String] = []

  @Option(
    help: ArgumentHelp(
      "Unix socket for restarts that lose no query.",
      discussion: """
        A server that finds another one here takes its sockets over and tells it to stop once it \
        serves itself.
        """, valueName: "path"))
  var handover: String?

  func validate() throws {
    for range in serviceCIDR where CIDR(range) == nil {
      throw ValidationError("\(range) is no address range.")
    }
  }

  func run() async throws {
    let logger = log.logLevel.logger("rollcall.dns")
    let plan = try dns.corefile.map(CorefileLoader.accepted)
    var server = server
    if server.kubeconfig == nil, !server.inCluster { server.kubeconfig = plan?.kubeconfig }
    var forwarding = forwarding
    if let plan { forwarding.follow(plan) }
    let ranges = serviceCIDR.compactMap { CIDR($0) }
    let place = node.place(logger: logger)
    let assembly = try DNSAssembly(
      client: try server.client(userAgent: "rollcall-dns"), listen: addresses(plan),
      clusterDomain: clusterDomain ?? domain(plan) ?? ClusterDomain(name: "cluster.local"),
      serviceRanges: ranges.isEmpty ? plan?.reverseRanges ?? [] : ranges,
      settings: try dns.settings(plan), forwarding: forwarding, encryption: encryption,
      handover: handover, logger: logger)
    do {
      try place?.prepare()
    } catch let error as NodePlace.Failure {
      throw CommandFailure(.unavailable, "\(error)")
    }
    // A successor needs the place; else nobody does.
    defer { if !assembly.isHandedOver { place?.restore() } }
    let address = try await assembly.bind()
    let ready = ReadyService {
      try await assembly.waitUntilReady()
      return "ready dns=\(address)"
    }
    try await Supervisor.run(assembly.services, ready: ready, logger: logger)
  }

  private func addresses(_ plan: CorefilePlan?) -> [ListenAddress] {
    guard listen.isEmpty, !node.node, let plan else { return node.listen(listen) }
    let hosts = plan.bind.isEmpty ? ["0.0.0.0"] : plan.bind
    return hosts.map { ListenAddress(host: $0, port: plan.port) }
  }

  private func domain(_ plan: CorefilePlan?) -> ClusterDomain? {
    plan?.domain.flatMap { ClusterDomain(argument: $0.description) }
  }
}
