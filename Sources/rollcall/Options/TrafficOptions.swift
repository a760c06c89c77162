import ArgumentParser
import Controllers
import KubernetesAPI
import KubernetesClient
import Logging
import ServiceLifecycle
import ServiceProxy

/// How traffic reaches Services in a plane that runs in one process.
struct TrafficOptions: ParsableArguments {
  @Flag(
    help: ArgumentHelp(
      "Make Service addresses work on this machine. Needs root.",
      discussion: """
        Adds nftables tables of its own to the network namespace `up` is started in; without this \
        option nothing of the network is touched. They stay when `up` ends; `rollcall proxy \
        --cleanup` removes them.
        """))
  var proxy = false

  @Option(
    help: ArgumentHelp(
      "Name of the Node whose endpoints count as local. Default: the host's name.",
      valueName: "node"))
  var proxyNode: String?

  @Option(
    help: ArgumentHelp(
      "Addresses of Pods: other sources of traffic to cluster IPs get this machine's address.",
      valueName: "cidrs"))
  var clusterCidr: String?

  @Option(
    help: ArgumentHelp(
      "Ranges that Services of type LoadBalancer get their addresses from.", valueName: "cidrs"))
  var loadBalancerPool: String?

  func validate() throws {
    _ = try ranges(clusterCidr, "--cluster-cidr")
    _ = try ranges(loadBalancerPool, "--load-balancer-pool")
    if !proxy, proxyNode != nil || clusterCidr != nil {
      throw ValidationError("--proxy-node and --cluster-cidr go with --proxy.")
    }
  }

  private func ranges(_ text: String?, _ name: String) throws -> [CIDR] {
    do {
      let parts = (text ?? "").split(separator: ",").map(String.init)
      return try ProxyConfigurationFile.ranges(parts, name)
    } catch {
      throw ValidationError("\(error)")
    }
  }

  /// The proxy, if it is asked for.
  ///
  /// - Throws: `CommandFailure` with `noPermission` where the kernel refuses.
  func assembly(
    client: KubernetesClient, logger: Logger
  ) throws -> ProxyAssembly? {
    guard proxy else { return nil }
    var settings = TableSettings()
    settings.podRanges = try ranges(clusterCidr, "--cluster-cidr")
    return try ProxyAssembly(
      client: client,
      configuration: NodeProxy.Configuration(
        node: proxyNode ?? ProxyAssembly.hostName, settings: settings), logger: logger)
  }

  /// The controller that hands out the pool, if there is one.
  func loadBalancers(
    client: KubernetesClient, logger: Logger
  ) throws -> [any ServiceLifecycle.Service] {
    let pool = AddressPool(try ranges(loadBalancerPool, "--load-balancer-pool"))
    if pool.ranges.isEmpty { return [] }
    return [LoadBalancerController(client: client, pool: pool, logger: logger)]
  }
}
