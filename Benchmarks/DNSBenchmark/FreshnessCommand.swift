import ArgumentParser
import Foundation

/// How long after the API has acknowledged a change DNS answers with it, at ten thousand Services.
struct FreshnessCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "freshness",
    abstract: "Measures the time from a change's acknowledgement to its answer.")

  @Option(help: "The rollcall program.")
  var rollcall = ".build/release/rollcall"

  @Option(help: "Services, half of them headless.")
  var services = 10_000

  @Option(help: "Changes.")
  var changes = 1000

  @Flag(help: "Report missed budgets by exit status 1.")
  var strict = false

  func run() async throws {
    let headless = services / 2
    let cluster = ClusterData(
      clusterServices: services - headless, headlessServices: headless, hostnames: 30)
    let folder = try WorkFolder()
    defer { folder.remove() }
    let api = try await APIServerProcess(rollcall: rollcall, folder: folder)
    defer { api.stop() }
    try await api.load(cluster)
    let port: UInt16 = 15_312
    let dns = try ChildProcess(
      rollcall,
      [
        "dns", "--kubeconfig", api.kubeconfig, "--listen", "127.0.0.1:\(port)", "--workers", "1",
      ], log: folder.file("rollcall.log"))
    defer { dns.stop() }
    _ = try dns.waitForLine("ready", seconds: 120)
    let latencies = try await measure(api, cluster, port)
    let figures = Figures()
    for percent in [50.0, 99, 100] {
      figures.line(
        "rollcall", "acknowledged to answered, p\(Int(percent))",
        latencies.percentile(percent) * 1000, "ms")
    }
    figures.budget(
      "acknowledged to answered, p99, ms", latencies.percentile(99) * 1000, atMost: 10)
    figures.line("rollcall", "resident memory of DNS", dns.memory("VmRSS"), "MiB")
    if strict, figures.missedBudgets > 0 { Foundation.exit(1) }
  }

  /// Seconds, one per change.
  private func measure(
    _ api: APIServerProcess, _ cluster: ClusterData, _ port: UInt16
  ) async throws -> [Double] {
    let transport = try api.connect()
    let socket = try ClientSocket(port: port)
    var latencies: [Double] = []
    for change in 0..<changes {
      let service = change * 7919 % cluster.headlessServices
      let address = "10.9.\(change / 250).\(1 + change % 250)"
      let expected =
        UInt32(10) << 24 | 9 << 16 | UInt32(change / 250) << 8 | UInt32(1 + change % 250)
      let query = try NameQuery(cluster.hostname(0, of: service))
      let status = try await APIServerProcess.send(
        transport, "PATCH", cluster.sliceTarget(service),
        #"[{"op":"replace","path":"/endpoints/0/addresses/0","value":"\#(address)"}]"#,
        contentType: "application/json-patch+json")
      let acknowledged = MonotonicTime.nanoseconds
      guard status == 200 else { throw ServerFailure("\(status) in answer to a patch") }
      let deadline = acknowledged + 10_000_000_000
      while query.ask(socket, waiting: 5) != [expected] {
        guard MonotonicTime.nanoseconds < deadline else {
          throw ServerFailure("change \(change) is not answered after ten seconds")
        }
      }
      latencies.append(Double(MonotonicTime.nanoseconds - acknowledged) * 1e-9)
    }
    return latencies
  }
}
