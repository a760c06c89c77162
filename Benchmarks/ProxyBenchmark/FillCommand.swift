import ArgumentParser
import KubernetesAPI
import ServiceProxy

/// Brings the kernel of this network namespace to so many Services, the first of which leads to one
/// real endpoint; what is made stays.
struct FillCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "fill", abstract: "Loads Services into the kernel, and leaves them there.")

  @Argument(help: "Services; none removes all.")
  var services: Int

  @Option(help: "Where the first Service's endpoint is.")
  var endpoint = "10.199.0.2"

  func run() throws {
    let tables = try KernelTables()
    if services == 0 { return try ProxyCleanup.run(tables, kubeProxy: false) }
    let core = ProxyCore(
      node: ProxyNode(name: "node-1"), settings: TableSettings(), tables: tables, flows: nil)
    core.receive(
      (0..<services).flatMap { number -> [ProxyChange] in
        let addresses =
          number == 0
          ? [endpoint]
          : (0..<ClusterObjects.endpoints).map { ClusterObjects.endpointAddress(number, $0) }
        let slice = ClusterObjects.slice(number, addresses, port: ClusterObjects.ports[0])
        return [
          .service(ClusterObjects.key(number), ClusterObjects.service(number)),
          .slice(slice.key, slice, trigger: nil),
        ]
      })
    if let failure = core.sync().failure { throw failure }
    print("filled services=\(services) address=\(ClusterObjects.clusterAddress(0))")
  }
}
