import ArgumentParser
import Foundation

/// What a large cluster costs: time and CPU until names are answered, resident memory then and
/// while everything is listed again.
struct SizeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "size",
    abstract: "Measures memory and start at 10 000 Services, 150 000 endpoints.")

  @Option(help: "The rollcall program.")
  var rollcall = ".build/release/rollcall"

  @Option(help: "A CoreDNS program, measured too if given.")
  var coredns: String?

  @Option(help: "Services.")
  var services = 10_000

  @Option(help: "Endpoints of each Service.")
  var endpoints = 15

  @Option(help: "Times everything is listed again.")
  var relists = 3

  @Flag(help: "Report missed budgets by exit status 1.")
  var strict = false

  func run() async throws {
    let cluster = LargeCluster(services: services, endpoints: endpoints)
    let server = try ListServer(lists: [
      "services": cluster.serviceList, "endpointslices": cluster.sliceList,
      "namespaces": cluster.namespaceList,
    ])
    server.start()
    let folder = try WorkFolder()
    defer { folder.remove() }
    try folder.write("kubeconfig", server.kubeconfig())
    let figures = Figures()
    let own = try measure("rollcall", server, folder, figures) {
      try ChildProcess(
        rollcall,
        [
          "dns", "--kubeconfig", folder.file("kubeconfig"), "--listen", "127.0.0.1:15311",
          "--workers", "1",
        ], log: folder.file("rollcall.log"))
    }
    figures.budget("resident memory, MiB", own.steady, atMost: 100)
    figures.budget("peak while listing again / steady", own.peak / own.steady, atMost: 1.2)
    if let coredns {
      try folder.write(
        "Corefile",
        """
        cluster.local:15311 {
          bind 127.0.0.1
          kubernetes cluster.local {
            kubeconfig \(folder.file("kubeconfig"))
          }
        }

        """)
      let peer = try measure("coredns", server, folder, figures) {
        try ChildProcess(
          coredns, ["-conf", folder.file("Corefile")], log: folder.file("coredns.log"))
      }
      figures.budget("CPU until ready / coredns", own.cpu / peer.cpu, atMost: 0.5)
    } else {
      // Half of the best CoreDNS 1.13.1 was seen with, on two cores: see Benchmarks/README.md.
      figures.budget("CPU until ready, seconds", own.cpu, atMost: 0.6)
    }
    if strict, figures.missedBudgets > 0 { Foundation.exit(1) }
  }

  private func measure(
    _ name: String, _ server: ListServer, _ folder: WorkFolder, _ figures: Figures,
    _ start: () throws -> ChildProcess
  ) throws -> (steady: Double, peak: Double, cpu: Double) {
    let began = MonotonicTime.nanoseconds
    let process = try start()
    defer { process.stop() }
    // The last Service's last name: answered once everything is there.
    let cluster = LargeCluster(services: services, endpoints: endpoints)
    try waitForAnswer(cluster, process)
    let cpu = process.cpuSeconds
    figures.line(name, "until ready", Double(MonotonicTime.nanoseconds - began) * 1e-9, "s")
    figures.line(name, "CPU until ready", cpu, "s")
    figures.line(name, "peak memory until ready", process.memory("VmHWM"), "MiB")
    waitUntilIdle(process)
    let steady = process.memory("VmRSS")
    figures.line(name, "resident memory", steady, "MiB")
    figures.line(name, "of it files", process.memory("RssFile"), "MiB")
    var peak = 0.0
    for _ in 0..<relists {
      let listed = server.listsServed("endpointslices")
      process.resetPeak()
      let before = process.cpuSeconds
      server.expireWatches()
      let deadline = MonotonicTime.nanoseconds + 60_000_000_000
      while server.listsServed("endpointslices") == listed, MonotonicTime.nanoseconds < deadline {
        MonotonicTime.pause(milliseconds: 5)
      }
      waitUntilIdle(process)
      peak = max(peak, process.memory("VmHWM"))
      figures.line(name, "CPU of listing again", process.cpuSeconds - before, "s")
    }
    figures.line(name, "peak memory while listing again", peak, "MiB")
    figures.line(name, "resident memory after", process.memory("VmRSS"), "MiB")
    return (steady, peak, cpu)
  }

  private func waitForAnswer(_ cluster: LargeCluster, _ process: ChildProcess) throws {
    let last = (0..<services).last { cluster.isHeadless($0) } ?? 0
    let name =
      "\(cluster.name(last))-\(endpoints - 1).\(cluster.name(last)).\(cluster.namespace(last))"
      + ".svc.cluster.local."
    let probe = try NameQuery(name)
    let deadline = MonotonicTime.nanoseconds + 120_000_000_000
    let socket = try ClientSocket(port: 15_311)
    while process.isRunning, MonotonicTime.nanoseconds < deadline {
      if probe.ask(socket, waiting: 20) != nil { return }
      MonotonicTime.pause(milliseconds: 2)
    }
    throw ServerFailure("never ready:\n\(process.output.suffix(2000))")
  }

  /// Until it has used next to no CPU for a second.
  private func waitUntilIdle(_ process: ChildProcess) {
    var last = process.cpuSeconds
    for _ in 0..<60 {
      MonotonicTime.pause(milliseconds: 1000)
      let now = process.cpuSeconds
      if now - last < 0.01 { return }
      last = now
    }
  }
}
