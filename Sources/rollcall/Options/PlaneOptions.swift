import APIServer
import ArgumentParser

/// Options of the API server, shared by `up` and `apiserver`.
struct PlaneOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Directory for the store, certificates and admin.kubeconfig.",
      discussion: """
        Default: $ROLLCALL_DATA, else /var/lib/rollcall as root, else $XDG_STATE_HOME/rollcall \
        (~/.local/state/rollcall).
        """, valueName: "dir"))
  var dataDir: String?

  @Option(
    help: ArgumentHelp("Address the API is served on.", valueName: "host:port"))
  var listen = ListenAddress(host: "127.0.0.1", port: 6443)

  @Option(
    help: ArgumentHelp(
      "Range of cluster IPs; an IPv6 range beside it makes the cluster dual-stack.",
      valueName: "v4[,v6]"))
  var serviceCIDR = ServiceNetwork.defaultServiceCIDR

  @Option(help: ArgumentHelp("Ports NodePort Services get.", valueName: "a-b"))
  var serviceNodePortRange = ServiceNetwork.defaultNodePortRange

  @Option(help: ArgumentHelp("Domain the cluster's names end in.", valueName: "name"))
  var clusterDomain = ClusterDomain(name: "cluster.local")

  /// The ranges the options give.
  ///
  /// - Throws: `ServiceNetwork.SettingError`.
  func network() throws -> ServiceNetwork {
    try ServiceNetwork(serviceCIDR: serviceCIDR, nodePortRange: serviceNodePortRange)
  }

  func validate() throws {
    do {
      _ = try network()
    } catch {
      throw ValidationError("\(error)")
    }
  }
}

/// How talkative the log is.
struct LogOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Least severe level to log: trace, debug, info, notice, warning, error.", valueName: "level"))
  var logLevel = LogLevel.notice
}
