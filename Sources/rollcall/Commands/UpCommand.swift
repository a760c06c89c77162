import APIServer
import ArgumentParser
import ClusterDNS
import Controllers
import KubernetesAPI
import KubernetesClient
import Logging
import NodeAgent

/// `rollcall up`: all roles in one process.
struct UpCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "up",
    abstract: "Start API server, controllers, cluster DNS and a Node in one process.",
    discussion: """
      Pods run as processes of this machine, each in its own namespaces. As root they use a bridge \
      of the machine's network; as another user, or with --rootless, everything runs in private \
      namespaces and ends with this command.


      On a terminal, shows the Services, their endpoints and their names as they change; otherwise \
      prints one line `ready api=URL dns=HOST:PORT kubeconfig=FILE` and logs to standard error. \
      Ctrl-C drains and stops.
      """)

  @OptionGroup var plane: PlaneOptions
  @OptionGroup var traffic: TrafficOptions
  @OptionGroup var forwarding: ForwardingOptions
  @OptionGroup var log: LogOptions

  @Option(
    name: .customShort("f"),
    help: ArgumentHelp(
      "Apply a manifest, or all those in a directory, at start. May be given again.",
      valueName: "path"))
  var manifests: [String] = []

  @Flag(help: "Keep everything in memory and leave nothing behind.")
  var ephemeral = false

  @Option(help: ArgumentHelp("Address cluster DNS answers on.", valueName: "host:port"))
  var dnsListen = ListenAddress(host: "127.0.0.1", port: 10053)

  @Option(
    name: .customLong("pod-cidr"),
    help: ArgumentHelp("Ranges Pods get their addresses from.", valueName: "v4[,v6]"))
  var podCIDR = PodRanges.standard

  @Option(help: ArgumentHelp("How many Pods the Node runs at once.", valueName: "n"))
  var maxPods = NodeAgent.Configuration.defaultMostPods

  @Flag(help: "Run no Pods: API, controllers and DNS only.")
  var noNode = false

  @Flag(help: "Run Pods in private namespaces, as is done for users who are not root.")
  var rootless = false

  func validate() throws {
    if noNode, rootless { throw ValidationError("--no-node and --rootless exclude each other.") }
    if ephemeral, plane.dataDir != nil {
      throw ValidationError("--ephemeral and --data-dir exclude each other.")
    }
  }

  func run() async throws {
    let documents = try ManifestLoader.load(manifests)
    let directory =
      ephemeral ? try DataDirectory.ephemeral() : try DataDirectory.open(path: plane.dataDir)
    defer { directory.remove() }
    let logger = log.logLevel.logger("rollcall")
    let door = FrontDoor.inherited
    let network = noNode ? nil : try podNetwork(directory, logger)
    defer { if ephemeral, network != nil { NodeAssembly.removeTraces(directory) } }
    DataDirectory.removeAbandoned()
    let assembly = try await ServerAssembly(options: plane, directory: directory, logger: logger)
    let dns = try DNSAssembly(
      client: assembly.client(userAgent: "rollcall-dns"),
      listen: [dnsListen] + NodeAssembly.dnsListen(network), clusterDomain: plane.clusterDomain,
      serviceRanges: try plane.network().ranges.map(\.cidr), forwarding: forwarding, logger: logger)
    let dnsInside = try await dns.bind()
    let urlInside = try await assembly.listen()
    let url = door.map { "https://\(reachable($0.apiPort, plane.listen))" } ?? urlInside
    let dnsAddress = door.map { reachable($0.dnsPort, dnsListen) } ?? dnsInside
    try assembly.writeKubeConfig(url: url)

    var configuration = ControllerManager.Configuration()
    configuration.volumeDirectories = LocalVolumeDirectories(root: directory.volumes)
    let controllers = ControllerManager(
      client: assembly.client(userAgent: "rollcall-controllers"), logger: logger,
      configuration: configuration)
    let proxy = try traffic.assembly(
      client: assembly.client(userAgent: "rollcall-proxy"), logger: logger)
    let loadBalancers = try traffic.loadBalancers(
      client: assembly.client(userAgent: "rollcall-controllers"), logger: logger)
    let client = assembly.client(userAgent: "rollcall-up")
    let node = try network.map { network in
      let name = NodeAssembly.defaultNodeName
      // Only this machine's API server comes to it, at whatever port is free.
      var server = try NodeAssembly.server(
        nodeName: name, directory: directory, authority: assembly.certificates.authority)
      server.mayMove = true
      return NodeAssembly(
        client: assembly.client(userAgent: "rollcall-agent"), nodeName: name, network: network,
        directory: directory, clusterDomain: plane.clusterDomain, mostPods: maxPods,
        server: server, logger: logger)
    }
    let ready = ReadyService {
      try await assembly.bootstrap(url: urlInside)
      var applier = ManifestApplier(client: client)
      for document in documents { _ = try await applier.apply(document) }
      try await controllers.waitUntilSynced()
      try await dns.waitUntilReady()
      try await proxy?.waitUntilReady()
      try await node?.waitUntilReady()
      return "ready api=\(url) dns=\(dnsAddress) kubeconfig=\(directory.adminKubeConfig)"
    } show: {
      try await screen(client, url: url, dnsAddress: dnsAddress, directory, logger).run()
    }
    var services = assembly.services + [controllers] + dns.services + loadBalancers
    services += proxy?.services ?? []
    if let door {
      services.append(try Relay(door: door, api: urlInside, dns: dnsInside).service)
    }
    if let node { services.append(node.service) }
    try await Supervisor.run(
      services, ready: Terminal.isInteractive ? ready : ReadyService(start: ready.start),
      logger: logger)
  }

  /// The Node's bridge, on which cluster DNS answers at the Service address it has by convention.
  private func podNetwork(_ directory: DataDirectory, _ logger: Logger) throws -> PodNetwork {
    let servers = try plane.network().ranges.compactMap { $0.cidr.address(at: 10) }
    return try NodeAssembly.makeNetwork(
      podCIDR: podCIDR, directory: directory, nameServers: Array(servers.prefix(1)),
      logger: logger)
  }

  private func reachable(_ port: UInt16, _ address: ListenAddress) -> String {
    ServerAssembly.reachable(address.host, port: Int(port))
  }

  private func screen(
    _ client: KubernetesClient, url: String, dnsAddress: String, _ directory: DataDirectory,
    _ logger: Logger
  ) -> StatusScreen {
    let parts = dnsAddress.split(separator: ":")
    let port = parts.last.map(String.init) ?? ""
    let domain = plane.clusterDomain.name
    return StatusScreen(
      client: client,
      introduction: [
        "rollcall is up: API \(url), DNS \(dnsAddress). Ctrl-C stops.", "",
        "  export KUBECONFIG=\(directory.adminKubeConfig)",
        "  dig @\(dnsListen.host) -p \(port) kubernetes.default.svc.\(domain)",
      ], clusterDomain: domain, logger: logger)
  }
}
