import ArgumentParser
import Foundation
import KubernetesAPI
import KubernetesClient
import Logging
import ServiceProxy

/// `rollcall proxy`: the service proxy of one node, against any API server.
struct ProxyCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "proxy",
    abstract: "Make Service addresses work on this node, against any API server.",
    discussion: """
      Does kube-proxy's work on nftables, in the network namespace it is started in. Needs root. \
      What it made stays when it stops, and is taken over by the next start. Prints one line \
      `ready node=NAME` when every Service is in the kernel.
      """)

  @OptionGroup var log: LogOptions

  @Option(
    help: ArgumentHelp(
      "KubeProxyConfiguration file. Options given beside it win.", valueName: "file"))
  var config: String?

  @Option(
    help: ArgumentHelp(
      "kubeconfig of the API server.",
      discussion: "Default: $KUBECONFIG, else the ServiceAccount of the Pod this runs in.",
      valueName: "file"))
  var kubeconfig: String?

  @Flag(help: "Use the ServiceAccount of the Pod this runs in.")
  var inCluster = false

  @Option(help: ArgumentHelp("Name of the Node. Default: the host's name.", valueName: "node"))
  var hostnameOverride: String?

  @Option(
    help: ArgumentHelp(
      "Addresses of Pods: other sources of traffic to cluster IPs get this node's address.",
      valueName: "cidrs"))
  var clusterCidr: String?

  @Option(
    help: ArgumentHelp(
      "Ranges of the node's addresses that answer node ports, or `primary`.",
      discussion: "Default: the internal addresses of the Node object.", valueName: "cidrs"))
  var nodeportAddresses: String?

  @Option(
    help: ArgumentHelp(
      "Where /healthz and /livez are served; empty for nowhere.", valueName: "host:port"))
  var healthzBindAddress: String?

  @Option(
    help: ArgumentHelp(
      "Where /metrics is served; empty for nowhere.", valueName: "host:port"))
  var metricsBindAddress: String?

  @Flag(help: "Remove what the proxy left in the kernel, and exit.")
  var cleanup = false

  @Flag(help: "With --cleanup: remove kube-proxy's nftables tables, too.")
  var kubeProxy = false

  func validate() throws {
    if kubeProxy, !cleanup { throw ValidationError("--kube-proxy goes with --cleanup.") }
    if inCluster, kubeconfig != nil {
      throw ValidationError("--in-cluster and --kubeconfig exclude each other.")
    }
  }

  func run() async throws {
    let logger = log.logLevel.logger("rollcall.proxy")
    if cleanup { return try ProxyAssembly.cleanUp(kubeProxy: kubeProxy) }
    var file = try readFile(logger)
    try override(&file)
    let node = file.hostnameOverride ?? ProxyAssembly.hostName
    let proxy = try ProxyAssembly(
      client: try client(file), file: file, node: node, logger: logger)
    try await proxy.bind()
    let ready = ReadyService {
      try await proxy.waitUntilReady()
      return "ready node=\(node)"
    }
    try await Supervisor.run(proxy.services, ready: ready, logger: logger)
  }

  private func readFile(_ logger: Logger) throws -> ProxyConfigurationFile {
    guard let config else { return ProxyConfigurationFile() }
    guard let data = FileManager.default.contents(atPath: config) else {
      throw CommandFailure(.noInput, "\(config) cannot be read")
    }
    do {
      let file = try ProxyConfigurationFile(yaml: String(decoding: data, as: UTF8.self))
      for remark in file.remarks { logger.warning("\(config): \(remark)") }
      return file
    } catch {
      throw CommandFailure(.configuration, "\(config): \(error)")
    }
  }

  private func override(_ file: inout ProxyConfigurationFile) throws {
    func list(_ text: String) -> [String] { text.split(separator: ",").map(String.init) }
    do {
      if let clusterCidr {
        file.clusterCIDRs = try ProxyConfigurationFile.ranges(list(clusterCidr), "--cluster-cidr")
      }
      if let nodeportAddresses {
        file.nodePorts = try ProxyConfigurationFile.nodePorts(list(nodeportAddresses))
      }
    } catch {
      throw CommandFailure(.usage, "\(error)")
    }
    if let kubeconfig { file.kubeconfig = kubeconfig }
    if let hostnameOverride { file.hostnameOverride = hostnameOverride }
    if let healthzBindAddress { file.healthzBindAddress = healthzBindAddress }
    if let metricsBindAddress { file.metricsBindAddress = metricsBindAddress }
  }

  private func client(_ file: ProxyConfigurationFile) throws -> KubernetesClient {
    do {
      let environment = ProcessInfo.processInfo.environment
      let configuration =
        inCluster
        ? try HTTPTransport.Configuration.inCluster(environment: environment)
        : try HTTPTransport.Configuration.discover(
          kubeconfig: file.kubeconfig, environment: environment)
      return KubernetesClient(
        transport: try HTTPTransport(configuration), userAgent: "rollcall-proxy")
    } catch let error as ConfigurationError {
      throw CommandFailure(.configuration, "\(error)")
    }
  }
}
