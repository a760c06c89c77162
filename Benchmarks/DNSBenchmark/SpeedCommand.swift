import ArgumentParser
import Foundation

/// CPU time per query, throughput and latency of several servers on the same names.
///
/// The machine's other load comes and goes, so the servers are measured in short rounds that take
/// turns, and the median of the rounds counts.
struct SpeedCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "speed",
    abstract: "Measures speed beside NSD, Knot and an echo of the kernel's, in turns.")

  @Option(help: "The rollcall program.")
  var rollcall = ".build/release/rollcall"

  @Option(help: "A CoreDNS program, measured too if given.")
  var coredns: String?

  @Option(help: "Rounds per server.")
  var rounds = 7

  @Option(help: "Seconds of each round.")
  var seconds = 1.0

  @Option(help: "Processor the servers run on; the load runs on another.")
  var serverCPU = 0

  @Option(help: "Only these servers, by name.")
  var only: [String] = []

  @Flag(help: "Report missed budgets by exit status 1.")
  var strict = false

  func run() async throws {
    let cluster = ClusterData(clusterServices: 1000, headlessServices: 1200, hostnames: 14)
    let folder = try WorkFolder()
    defer { folder.remove() }
    let api = try await APIServerProcess(rollcall: rollcall, folder: folder)
    defer { api.stop() }
    try await api.load(cluster)
    var servers: [NameServerProcess] = []
    defer { for server in servers { server.stop() } }
    let makers = ServerMaker(
      rollcall: rollcall, coredns: coredns, kubeconfig: api.kubeconfig, folder: folder,
      cpu: serverCPU)
    for name in ServerMaker.names where only.isEmpty || only.contains(name) {
      guard let server = try await makers.start(name, cluster) else { continue }
      print("\(name) | version | \(server.version)")
      servers.append(server)
    }
    let queries = cluster.queries()
    print("names | \(queries.count)")
    let measured = try measure(servers, queries)
    report(measured)
  }

  private func measure(
    _ servers: [NameServerProcess], _ queries: [[UInt8]]
  ) throws -> [String: [Round]] {
    var rounds: [String: [Round]] = [:]
    for server in servers {
      // Warms caches, and shows that every name is answered.
      let load = try SaturatingLoad(port: server.port, queries: queries)
      let first = try load.run(seconds: 0.3)
      guard first.failures == 0 || server.name == "echo" else {
        throw ServerFailure("\(server.name) failed \(first.failures) of \(first.responses) queries")
      }
    }
    var saturated: [String: [SaturatingLoad.Result]] = [:]
    for _ in 0..<self.rounds {
      for server in servers {
        let load = try SaturatingLoad(port: server.port, queries: queries)
        let cpu = server.cpuSeconds
        let result = try load.run(seconds: seconds)
        let used = server.cpuSeconds - cpu
        saturated[server.name, default: []].append(result)
        rounds[server.name, default: []].append(
          Round(
            cpuPerQuery: used / Double(result.responses) * 1e6, throughput: result.throughput,
            utilisation: used / result.seconds))
      }
    }
    // Half of what the slowest of the fast servers can do, the same for all.
    let fast = servers.filter { $0.name != "coredns" && $0.name != "echo" }
    let slowest =
      fast.map { saturated[$0.name, default: []].map(\.throughput).percentile(50) }.min() ?? 0
    print("half load | \(Int(slowest / 2)) queries/s")
    for _ in 0..<max(1, self.rounds / 2) {
      for (index, server) in servers.enumerated() where server.name != "coredns" {
        let load = try PacedLoad(port: server.port, queries: queries)
        let cpu = server.cpuSeconds
        let result = try load.run(rate: slowest / 2, seconds: seconds)
        _ = index
        rounds[server.name, default: []].append(
          Round(
            halfLoadCPU: (server.cpuSeconds - cpu) / Double(max(1, result.latencies.count)) * 1e6,
            latencies: result.latencies, lost: result.lost))
      }
    }
    return rounds
  }

  private func report(_ rounds: [String: [Round]]) {
    let figures = Figures()
    func median(_ server: String, _ value: (Round) -> Double?) -> Double {
      (rounds[server] ?? []).compactMap(value).percentile(50)
    }
    for server in ServerMaker.names where rounds[server] != nil {
      figures.line(
        server, "CPU per query, saturated, median", median(server, \.cpuPerQuery), "us")
      figures.line(
        server, "CPU per query, saturated, least",
        (rounds[server] ?? []).compactMap(\.cpuPerQuery).min() ?? .nan, "us")
      figures.line(server, "throughput, one worker", median(server, \.throughput), "1/s")
      figures.line(server, "busy", median(server, \.utilisation) * 100, "%")
      figures.line(server, "CPU per query, half load", median(server, \.halfLoadCPU), "us")
      let latencies = (rounds[server] ?? []).flatMap(\.latencies)
      figures.line(server, "latency at half load, p50", latencies.percentile(50) * 1e6, "us")
      figures.line(server, "latency at half load, p99", latencies.percentile(99) * 1e6, "us")
      figures.line(
        server, "unanswered at half load",
        Double((rounds[server] ?? []).map(\.lost).reduce(0, +)), "queries")
    }
    let own = median("rollcall", \.cpuPerQuery)
    for (peer, limit) in [("nsd", 0.85), ("echo", 1.15), ("coredns", 0.125)]
    where rounds[peer] != nil {
      figures.budget("CPU per query / \(peer)", own / median(peer, \.cpuPerQuery), atMost: limit)
    }
    if rounds["knot"] != nil {
      figures.line("ratio", "CPU per query / knot", own / median("knot", \.cpuPerQuery), "")
    }
    if rounds["nsd"] != nil {
      figures.budget(
        "throughput / nsd", median("rollcall", \.throughput) / median("nsd", \.throughput),
        atLeast: 1)
    }
    if strict, figures.missedBudgets > 0 { Foundation.exit(1) }
  }

  /// What one round measured; nil for what it did not measure.
  private struct Round {
    /// Microseconds.
    var cpuPerQuery: Double?
    /// Responses per second.
    var throughput: Double?
    /// Of one processor.
    var utilisation: Double?
    /// Microseconds.
    var halfLoadCPU: Double?
    /// Seconds.
    var latencies: [Double] = []
    var lost = 0
  }
}
