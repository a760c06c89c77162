import ArgumentParser
import Foundation
import KubernetesAPI
import KubernetesClient
import Synchronization

/// A real `rollcall proxy` behind a real `rollcall apiserver`: how long it takes to start, cold and
/// warm, and from a slice written to the server until packets go where it says.
struct RoutingCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "routing",
    abstract: "Measures from a slice written to the API server to the kernel routing by it.")

  @Argument(help: "Numbers of Services.")
  var sizes = [1_000, 5_000, 10_000]

  @Option(help: "The rollcall program.")
  var rollcall = ".build/release/rollcall"

  @Option(help: "Changes; each moves the ten endpoints of one Service to another port.")
  var changes = 500

  @Flag(help: "Report missed budgets by exit status 1.")
  var strict = false

  /// Milliseconds, 99 of 100 changes, whatever the number of Services.
  private static let budget = 20.0

  private struct Latencies {
    var routed: [Double] = []
    var watched: [Double] = []
  }

  func run() async throws {
    let probe = try RoutingProbe()
    print(
      "services cold-ms cold-cpu-ms warm-ms warm-cpu-ms routed-p50-ms routed-p99-ms "
        + "watched-p50-ms watched-p99-ms change-cpu-us resident-mib peak-mib")
    var worst = 0.0
    for size in sizes {
      let latency = try await measure(size, probe)
      worst = max(worst, latency)
    }
    guard probe.failures == 0 else {
      throw BenchmarkFailure("\(probe.failures) connections were not answered")
    }
    if worst > Self.budget {
      print("p99 misses the budget of \(Self.budget) ms")
      if strict { Foundation.exit(1) }
    }
  }

  private func measure(_ size: Int, _ probe: RoutingProbe) async throws -> Double {
    let folder = NSTemporaryDirectory() + "proxy-benchmark-\(getpid())-\(size)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let cluster = try await ServedCluster(rollcall: rollcall, folder: folder, services: size)
    defer { cluster.stop() }
    try cleanUp(folder)
    var starts: [Double] = []
    var proxy: RollcallProcess?
    defer { proxy?.stop() }
    for _ in 0..<2 {
      proxy?.stop()
      let begin = now()
      let process = try startProxy(cluster, folder)
      starts += [now() - begin, process.processorTime]
      proxy = process
    }
    guard let proxy else { return .infinity }
    let before = proxy.processorTime
    let latencies = try await follow(cluster, size, probe)
    let processor = (proxy.processorTime - before) / Double(changes)
    let routed99 = latencies.routed.percentile(99) * 1e3
    let row =
      starts.map { $0 * 1e3 } + [
        latencies.routed.percentile(50) * 1e3, routed99, latencies.watched.percentile(50) * 1e3,
        latencies.watched.percentile(99) * 1e3, processor * 1e6, proxy.memory("VmRSS"),
        proxy.memory("VmHWM"),
      ]
    print("\(size) " + row.map { String(($0 * 10).rounded() / 10) }.joined(separator: " "))
    proxy.stop()
    try cleanUp(folder)
    return routed99
  }

  private func startProxy(_ cluster: ServedCluster, _ folder: String) throws -> RollcallProcess {
    let process = try RollcallProcess(
      rollcall,
      [
        "proxy", "--kubeconfig", cluster.kubeconfig, "--hostname-override", "node-1",
        "--healthz-bind-address", "", "--metrics-bind-address", "",
      ], log: folder + "/proxy.log")
    try process.waitUntilReady(seconds: 120)
    return process
  }

  private func cleanUp(_ folder: String) throws {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: rollcall)
    process.arguments = ["proxy", "--cleanup"]
    try process.run()
    process.waitUntilExit()
  }

  /// Seconds from the moment a write is sent, for each change: to the first packet that goes where
  /// the slice says, and to what a plain watch hears of it.
  private func follow(
    _ cluster: ServedCluster, _ size: Int, _ probe: RoutingProbe
  ) async throws -> Latencies {
    let transport = try cluster.connect()
    let heard = Heard()
    let watch = try await watcher(cluster, heard)
    defer { watch.cancel() }
    var latencies = Latencies()
    for turn in 0..<changes {
      let number = (turn &* 7_919) % size
      // A Service that comes again moves back.
      let index = 1 - turn / size % 2
      probe.begin(ClusterObjects.clusterAddress(number), port: index)
      heard.expect(ClusterObjects.name(number), ClusterObjects.ports[index])
      let start = now()
      let status = try await ServedCluster.send(
        transport, "PATCH", ClusterObjects.slicesTarget + "/" + ClusterObjects.name(number),
        ClusterObjects.move(to: ClusterObjects.ports[index]),
        contentType: "application/json-patch+json")
      guard status == 200 else { throw BenchmarkFailure("\(status) in answer to a patch") }
      latencies.routed.append(try probe.wait() - start)
      if let time = heard.time { latencies.watched.append(time - start) }
    }
    return latencies
  }

  /// When a plain watch heard of the change under way. It tells of the objects there were first, in
  /// which the port is the old one.
  private final class Heard: Sendable {
    private struct State {
      var wanted: [[UInt8]] = []
      var time: Double?
    }

    private let state = Mutex(State())

    func expect(_ name: String, _ port: UInt16) {
      state.withLock {
        $0 = State(wanted: [Array("\"\(name)\"".utf8), Array("\"port\":\(port)".utf8)])
      }
    }

    var time: Double? { state.withLock { $0.time } }

    func take(_ chunk: [UInt8]) {
      let time = now()
      state.withLock { state in
        guard state.time == nil, !state.wanted.isEmpty else { return }
        if state.wanted.allSatisfy({ chunk.contains($0) }) { state.time = time }
      }
    }
  }

  private func watcher(_ cluster: ServedCluster, _ heard: Heard) async throws -> Task<Void, Never> {
    let transport = try cluster.connect()
    let response = try await transport.send(
      APIRequest(
        method: "GET", target: ClusterObjects.slicesTarget + "?watch=true&timeoutSeconds=600",
        headers: ["accept": "application/json"]))
    guard response.status == 200, case .stream(let chunks) = response.body else {
      throw BenchmarkFailure("\(response.status) in answer to a watch")
    }
    return Task {
      do {
        for try await chunk in chunks { heard.take(chunk) }
      } catch {}
    }
  }
}
