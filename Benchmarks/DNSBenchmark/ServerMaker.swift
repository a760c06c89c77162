import Foundation

/// Starts each of the servers on the same names: one UDP worker, on one processor.
struct ServerMaker {
  /// In the order of measuring and reporting.
  static let names = ["rollcall", "nsd", "knot", "coredns", "echo"]

  var rollcall: String
  var coredns: String?
  var kubeconfig: String
  var folder: WorkFolder
  var cpu: Int

  /// Nil if it is not to be measured.
  func start(_ name: String, _ cluster: ClusterData) async throws -> NameServerProcess? {
    let probe = cluster.queries().first ?? []
    switch name {
    case "rollcall": return try startRollcall(probe)
    case "nsd": return try startNSD(cluster, probe)
    case "knot": return try startKnot(cluster, probe)
    case "coredns": return try startCoreDNS(probe)
    default: return try startEcho(probe)
    }
  }

  private func startRollcall(_ probe: [UInt8]) throws -> NameServerProcess {
    let port: UInt16 = 15_301
    let process = try ChildProcess(
      rollcall,
      [
        "dns", "--kubeconfig", kubeconfig, "--listen", "127.0.0.1:\(port)", "--workers", "1",
      ], cpu: cpu, log: folder.file("rollcall.log"))
    return try NameServerProcess(
      name: "rollcall", version: firstLine(ChildProcess.outputOf(rollcall, ["--version"])),
      port: port, process: process, probe: probe)
  }

  private func startNSD(_ cluster: ClusterData, _ probe: [UInt8]) throws -> NameServerProcess? {
    guard ChildProcess.find("nsd") != nil else { return skip("nsd") }
    let port: UInt16 = 15_302
    try folder.write("nsd.zone", cluster.zoneFile())
    // Without rate limits, and without records nobody asked for: as the others answer.
    try folder.write(
      "nsd.conf",
      """
      server:
        ip-address: 127.0.0.1@\(port)
        server-count: 1
        username: ""
        chroot: ""
        zonesdir: "\(folder.path)"
        database: ""
        pidfile: "\(folder.file("nsd.pid"))"
        zonelistfile: "\(folder.file("nsd.list"))"
        xfrdfile: "\(folder.file("nsd.xfrd"))"
        rrl-ratelimit: 0
        minimal-responses: yes
        round-robin: yes
      remote-control:
        control-enable: no
      zone:
        name: \(ClusterData.domain)
        zonefile: nsd.zone

      """)
    let process = try ChildProcess(
      "nsd", ["-d", "-c", folder.file("nsd.conf")], cpu: cpu, log: folder.file("nsd.log"))
    return try NameServerProcess(
      name: "nsd", version: firstLine(ChildProcess.outputOf("nsd", ["-v"])), port: port,
      process: process, probe: probe)
  }

  private func startKnot(_ cluster: ClusterData, _ probe: [UInt8]) throws -> NameServerProcess? {
    guard ChildProcess.find("knotd") != nil else { return skip("knot") }
    let port: UInt16 = 15_303
    try folder.write("knot.zone", cluster.zoneFile())
    try folder.write(
      "knot.conf",
      """
      server:
        rundir: "\(folder.path)"
        listen: 127.0.0.1@\(port)
        udp-workers: 1
        tcp-workers: 1
        background-workers: 1
      database:
        storage: "\(folder.path)"
      log:
        - target: stderr
          any: warning
      zone:
        - domain: \(ClusterData.domain)
          file: "\(folder.file("knot.zone"))"
          zonefile-sync: -1
          journal-content: none

      """)
    let process = try ChildProcess(
      "knotd", ["-c", folder.file("knot.conf")], cpu: cpu, log: folder.file("knot.log"))
    return try NameServerProcess(
      name: "knot", version: firstLine(ChildProcess.outputOf("knotd", ["-V"])), port: port,
      process: process, probe: probe)
  }

  private func startCoreDNS(_ probe: [UInt8]) throws -> NameServerProcess? {
    guard let coredns else { return nil }
    let port: UInt16 = 15_304
    try folder.write(
      "Corefile",
      """
      \(ClusterData.domain):\(port) {
        bind 127.0.0.1
        kubernetes \(ClusterData.domain) {
          kubeconfig \(kubeconfig)
        }
      }

      """)
    let process = try ChildProcess(
      coredns, ["-conf", folder.file("Corefile")], cpu: cpu, log: folder.file("coredns.log"))
    return try NameServerProcess(
      name: "coredns", version: firstLine(ChildProcess.outputOf(coredns, ["-version"])),
      port: port, process: process, probe: probe)
  }

  private func startEcho(_ probe: [UInt8]) throws -> NameServerProcess {
    let port: UInt16 = 15_305
    let process = try ChildProcess(
      CommandLine.arguments[0], ["echo", "\(port)"], cpu: cpu, log: folder.file("echo.log"))
    return try NameServerProcess(
      name: "echo", version: "recvmmsg and sendmmsg", port: port, process: process, probe: probe)
  }

  private func skip(_ name: String) -> NameServerProcess? {
    print("\(name) | not installed, so not measured")
    return nil
  }

  private func firstLine(_ text: String) -> String {
    text.split(separator: "\n").first.map(String.init) ?? "unknown"
  }
}
