import ArgumentParser
import KubernetesAPI
import KubernetesClient
import Logging
import NodeAgent

/// `rollcall agent`: the node agent alone, against any API server.
struct AgentCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "agent", abstract: "Run the Pods bound to one Node, against any API server.",
    discussion: """
      Registers the Node and runs its Pods as processes of this machine. Needs root. Stopping it \
      leaves the Pods running; `rollcall down` ends them. Prints one line `ready node=NAME`.
      """)

  @OptionGroup var server: ClientOptions
  @OptionGroup var log: LogOptions

  @Option(help: ArgumentHelp("The Node's name. Default: this machine's.", valueName: "node"))
  var hostnameOverride: String?

  @Option(
    help: ArgumentHelp("Directory Pods are kept in.", valueName: "dir"))
  var dataDir: String?

  @Option(
    name: .customLong("pod-cidr"),
    help: ArgumentHelp("Ranges of the Node's Pods.", valueName: "v4[,v6]"))
  var podCIDR = PodRanges.standard

  @Option(help: ArgumentHelp("How many Pods the Node runs at once.", valueName: "n"))
  var maxPods = NodeAgent.Configuration.defaultMostPods

  @Option(
    name: .customLong("cluster-cidr"),
    help: ArgumentHelp(
      "Addresses of Pods on all Nodes: only to others does a Pod speak by this machine's address.",
      valueName: "cidrs"))
  var clusterCIDR: String?

  @Option(
    name: .customLong("cluster-dns"),
    help: ArgumentHelp(
      "Address of cluster DNS in Pods' resolv.conf. May be given again.", valueName: "address"))
  var clusterDNS: [String] = []

  @Option(help: ArgumentHelp("Domain the cluster's names end in.", valueName: "name"))
  var clusterDomain = ClusterDomain(name: "cluster.local")

  @Option(
    help: ArgumentHelp(
      "Address the API server gets logs and streams of Pods at.",
      discussion: """
        Clients show a certificate of the cluster's authority (that of the kubeconfig), and the \
        API server says whether they may use the Node.
        """, valueName: "host:port"))
  var listen = ListenAddress(host: "0.0.0.0", port: 10250)

  func validate() throws {
    for address in clusterDNS where IPAddress(address) == nil {
      throw ValidationError("\(address) is no address.")
    }
    for range in clusterRanges where CIDR(range) == nil {
      throw ValidationError("--cluster-cidr: \(range) is no range.")
    }
  }

  private var clusterRanges: [String] {
    clusterCIDR?.split(separator: ",", omittingEmptySubsequences: false).map(String.init) ?? []
  }

  func run() async throws {
    let logger = log.logLevel.logger("rollcall.agent")
    let directory = try DataDirectory.open(path: dataDir)
    let client = try server.client(userAgent: "rollcall-agent")
    let network = try NodeAssembly.makeNetwork(
      podCIDR: podCIDR, clusterCIDR: clusterRanges.compactMap { CIDR($0) }, directory: directory,
      nameServers: clusterDNS.compactMap { IPAddress($0) }, logger: logger)
    let name = hostnameOverride ?? NodeAssembly.defaultNodeName
    let authority = try server.configuration().certificateAuthority
    if authority == nil {
      logger.warning(
        "the kubeconfig names no certificate authority: logs and streams of Pods are not served")
    }
    let agentServer = try authority.map { authority in
      var settings = try NodeAssembly.server(
        nodeName: name, directory: directory,
        authority: String(decoding: authority, as: UTF8.self))
      settings.host = listen.host
      settings.port = Int(listen.port)
      return settings
    }
    let node = NodeAssembly(
      client: client, nodeName: name, network: network, directory: directory,
      clusterDomain: clusterDomain, mostPods: maxPods, server: agentServer, logger: logger)
    let ready = ReadyService {
      try await node.waitUntilReady()
      return "ready node=\(name)"
    }
    try await Supervisor.run([node.service], ready: ready, logger: logger)
  }
}
