import ArgumentParser
import KubernetesAPI
import KubernetesClient

/// Measures an API server as a client sees it: durable creates, a large list, the fan-out of a
/// watch. The same program measures any API server, so that two can be compared in one run.
@main
struct APIBenchmark: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "APIBenchmark", abstract: "Measures an API server through its HTTPS address.")

  @Option(help: "kubeconfig of the server to measure.")
  var kubeconfig: String

  @Option(help: "Name of the server in the output.")
  var label = "rollcall"

  @Option(help: "Process id of the server, for its resident memory and CPU time.")
  var pid: Int32?

  @Option(help: "Seconds of each create load.")
  var seconds = 5

  @Option(help: "Pods to list.")
  var pods = 10_000

  @Option(help: "Watchers of the fan-out.")
  var watchers = 100

  @Option(help: "Events sent to the watchers.")
  var events = 200

  func run() async throws {
    let server = try Server(kubeconfig: kubeconfig)
    let report = Report(label: label, pid: pid)
    report.memory("resident memory, empty")
    for connections in [1, 16] {
      let rate = try await CreateLoad(server: server, connections: connections).configMaps(
        for: .seconds(seconds))
      report.line("ConfigMap creates/s, \(connections) connections", rate, "1/s")
    }
    let services = try await CreateLoad(server: server, connections: 16).services(
      for: .seconds(seconds))
    report.line("Service creates/s, 16 connections", services, "1/s")
    let fanOut = try await WatchFanOut(server: server, watchers: watchers).run(events: events)
    report.line("event at \(watchers) watchers, p50", fanOut.percentile(50) * 1000, "ms")
    report.line("event at \(watchers) watchers, p99", fanOut.percentile(99) * 1000, "ms")
    let list = try await PodList(server: server).run(pods: pods)
    report.line(
      "list of \(pods) Pods, best of \(list.times.count)", list.times.percentile(0) * 1000, "ms")
    report.line("list of \(pods) Pods, median", list.times.percentile(50) * 1000, "ms")
    report.line("size of that list", Double(list.bytes) / 1e6, "MB")
    report.memory("resident memory, \(pods) Pods")
  }
}
