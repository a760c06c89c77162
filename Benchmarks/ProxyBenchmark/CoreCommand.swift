import ArgumentParser
import KubernetesAPI
import ServiceProxy

/// Times how long the proxy itself takes to bring the kernel to a cluster's Services: no API server,
/// no packets.
struct CoreCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "core", abstract: "Measures syncs of the kernel alone.")

  @Argument(help: "Numbers of Services.")
  var sizes = [1_000, 5_000, 10_000]

  @Option(help: "Changes of one endpoint.")
  var changes = 500

  func run() throws {
    print("services cold-ms warm-ms change-p50-us change-p99-us change-cpu-us resident-mib")
    for size in sizes { try measure(size) }
  }

  private func measure(_ size: Int) throws {
    let tables = try KernelTables()
    try ProxyCleanup.run(tables, kubeProxy: false)
    let objects = (0..<size).flatMap { number -> [ProxyChange] in
      [
        .service(ClusterObjects.key(number), ClusterObjects.service(number)),
        change(number, turn: nil),
      ]
    }
    let first = core(tables)
    let cold = try time { try sync(first, objects) }
    let second = core(tables)
    let warm = try time { try sync(second, objects) }
    var samples: [Double] = []
    let before = processorTime()
    for turn in 0..<changes {
      let changed = change((turn &* 7_919) % size, turn: turn)
      samples.append(try time { try sync(second, [changed]) })
    }
    let processor = (processorTime() - before) / Double(changes)
    let row: [Double] = [
      cold * 1e3, warm * 1e3, samples.percentile(50) * 1e6, samples.percentile(99) * 1e6,
      processor * 1e6, residentMegabytes(),
    ]
    print("\(size) " + row.map { String(Int($0.rounded())) }.joined(separator: " "))
    try ProxyCleanup.run(tables, kubeProxy: false)
  }

  /// A turn gives the first endpoint another address, as when a Pod is replaced.
  private func change(_ number: Int, turn: Int?) -> ProxyChange {
    let addresses = (0..<ClusterObjects.endpoints).map { index in
      ClusterObjects.endpointAddress(
        number, index == 0 ? turn.map { 200 + $0 % 50 } ?? index : index)
    }
    let slice = ClusterObjects.slice(number, addresses, port: ClusterObjects.ports[0])
    return .slice(slice.key, slice, trigger: nil)
  }

  private func core(_ tables: KernelTables) -> ProxyCore {
    ProxyCore(
      node: ProxyNode(name: "node-1"), settings: TableSettings(), tables: tables, flows: nil)
  }

  private func sync(_ core: ProxyCore, _ changes: [ProxyChange]) throws {
    core.receive(changes)
    if let failure = core.sync().failure { throw failure }
  }
}
