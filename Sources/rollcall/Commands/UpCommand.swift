import APIServer
import ArgumentParser
import ClusterDNS
import Controllers
import KubernetesAPI
import KubernetesClient
import Logging

/// `rollcall up`: all roles in one process.
struct UpCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "up",
    abstract: "Start API server, controllers and cluster DNS in one process.",
    discussion: """
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

  func validate() throws {
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
    let assembly = try await ServerAssembly(options: plane, directory: directory, logger: logger)
    let dns = try DNSAssembly(
      client: assembly.client(userAgent: "rollcall-dns"), listen: [dnsListen],
      clusterDomain: plane.clusterDomain,
      serviceRanges: try plane.network().ranges.map(\.cidr), forwarding: forwarding, logger: logger)
    let dnsAddress = try await dns.bind()
    let url = try await assembly.listen()
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
    let ready = ReadyService {
      try await assembly.bootstrap(url: url)
      var applier = ManifestApplier(client: client)
      for document in documents { _ = try await applier.apply(document) }
      try await controllers.waitUntilSynced()
      try await dns.waitUntilReady()
      try await proxy?.waitUntilReady()
      return "ready api=\(url) dns=\(dnsAddress) kubeconfig=\(directory.adminKubeConfig)"
    } show: {
      try await screen(client, url: url, dnsAddress: dnsAddress, directory, logger).run()
    }
    try await Supervisor.run(
      assembly.services + [controllers] + dns.services + loadBalancers + (proxy?.services ?? []),
      ready: Terminal.isInteractive ? ready : ReadyService(start: ready.start), logger: logger)
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
