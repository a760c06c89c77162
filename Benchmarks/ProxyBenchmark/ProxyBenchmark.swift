import Glibc
import KubernetesAPI
import Netlink
import ServiceProxy

/// Times how long the proxy takes to bring the kernel to a cluster's Services.
///
/// usage: ProxyBenchmark [SERVICES…]; needs root. Works in a network namespace of its own.
@main
struct ProxyBenchmark {
  private static let endpoints = 10
  private static let changes = 500

  static func main() throws {
    let sizes = CommandLine.arguments.dropFirst().compactMap { Int($0) }
    guard unshareNetwork() else {
      print("ProxyBenchmark: needs root")
      exit(77)
    }
    print("services cold-ms warm-ms change-p50-us change-p99-us change-cpu-us resident-mb")
    for size in sizes.isEmpty ? [1_000, 5_000, 10_000] : sizes { try measure(size) }
  }

  private static func unshareNetwork() -> Bool {
    guard let namespace = try? NetworkNamespace.make() else { return false }
    return setNetwork(namespace)
  }

  private static func measure(_ size: Int) throws {
    let tables = try KernelTables()
    try ProxyCleanup.run(tables, kubeProxy: false)
    var objects: [ProxyChange] = []
    for number in 0..<size {
      objects.append(.service(key(number), service(number)))
      objects.append(.slice(key(number), slice(number, shift: 0), trigger: nil))
    }
    let first = core(tables)
    let cold = try time { try sync(first, objects) }
    let second = core(tables)
    let warm = try time { try sync(second, objects) }
    var samples: [Double] = []
    let before = processorTime()
    for turn in 0..<changes {
      let number = (turn &* 7_919) % size
      let changed = slice(number, shift: 1 + turn % 200)
      samples.append(
        try time { try sync(second, [.slice(key(number), changed, trigger: nil)]) })
    }
    let processor = (processorTime() - before) / Double(changes)
    samples.sort()
    let row: [Double] = [
      cold * 1e3, warm * 1e3, samples[changes / 2] * 1e6, samples[changes * 99 / 100] * 1e6,
      processor * 1e6, residentMegabytes(),
    ]
    print("\(size) " + row.map { String(Int($0.rounded())) }.joined(separator: " "))
    try ProxyCleanup.run(tables, kubeProxy: false)
  }

  private static func core(_ tables: KernelTables) -> ProxyCore {
    ProxyCore(
      node: ProxyNode(name: "node-1"), settings: TableSettings(), tables: tables, flows: nil)
  }

  private static func sync(_ core: ProxyCore, _ changes: [ProxyChange]) throws {
    core.receive(changes)
    if let failure = core.sync().failure { throw failure }
  }

  // MARK: Objects

  private static func key(_ number: Int) -> ObjectKey {
    ObjectKey(namespace: "default", name: "service-\(number)")
  }

  private static func service(_ number: Int) -> Service {
    var service = Service(
      metadata: ObjectMeta(name: "service-\(number)", namespace: "default"))
    service.clusterIPs = ["10.96.\(number / 250).\(number % 250 + 1)"]
    service.ports = [Service.Port(name: "http", port: 80)]
    return service
  }

  private static func slice(_ number: Int, shift: Int) -> EndpointSlice {
    EndpointSlice(
      metadata: ObjectMeta(
        name: "service-\(number)", namespace: "default",
        labels: [EndpointSlice.serviceNameLabel: "service-\(number)"]),
      addressType: .ipv4,
      endpoints: (0..<endpoints).map { index in
        // A change gives the first endpoint another address, as when a Pod is replaced.
        let third = index == 0 && shift > 0 ? 200 + shift % 50 : index
        var endpoint = EndpointSlice.Endpoint(
          addresses: ["10.\(100 + number / 250).\(number % 250).\(third + 1)"], ready: true)
        endpoint.nodeName = "node-\(index)"
        return endpoint
      }, ports: [.init(name: "http", transport: .tcp, port: 8080)])
  }
}
