import Foundation
import Testing

/// A running `rollcall up`, started for one test on free ports.
final class Plane {
  let dataDirectory: String
  private(set) var api = ""
  private(set) var dnsPort = ""
  private(set) var kubeConfig = ""
  private let scratch: Scratch
  private let output: OutputFile
  private let errors: OutputFile
  private var process: Process
  private let extraArguments: [String]
  private let machine: PrivateMachine?
  private let user: PlaneUser
  private let nodeDisk: String?

  /// The binary beside the tests, from the same build.
  static var binary: String {
    // The test bundle stands in the build's product directory.
    let bundle = ProcessInfo.processInfo.environment["ROLLCALL_BINARY"]
    if let bundle { return bundle }
    let products = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
    return products.appendingPathComponent("rollcall").path
  }

  static var root: String {
    URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent().path
  }

  /// Starts a plane and waits for its `ready` line. Without a private machine, and unless it is
  /// rootless, it has no Node: no test touches the network of the machine it runs on.
  ///
  /// - Parameter nodeDisk: the size of a file system of its own for what the Node keeps (`32m`).
  init(
    _ arguments: [String] = [], on machine: PrivateMachine? = nil, as user: PlaneUser = .own,
    nodeDisk: String? = nil, within limit: Duration = .seconds(30)
  ) async throws {
    self.machine = machine
    self.user = user
    self.nodeDisk = nodeDisk
    scratch = try Scratch()
    if user == .nobody { try user.own(scratch.path) }
    dataDirectory = scratch.path + "/data"
    output = OutputFile(path: scratch.path + "/output")
    errors = OutputFile(path: scratch.path + "/errors")
    let hasNode = machine != nil || user == .nobody || arguments.contains("--rootless")
    extraArguments = arguments + (hasNode ? [] : ["--no-node"])
    process = Process()
    try launch(api: "127.0.0.1:0", dns: "127.0.0.1:0")
    try await awaitReady(within: limit)
  }

  deinit {
    if process.isRunning { kill(process.processIdentifier, SIGKILL) }
    guard let machine else { return }
    // Pods that were left running, as after a crash.
    process.waitUntilExit()
    let down = Process()
    (down.executableURL, down.arguments) = machine.command(
      Self.binary, ["down", "--data-dir", dataDirectory])
    down.standardOutput = FileHandle.nullDevice
    down.standardError = FileHandle.nullDevice
    if (try? Tool.start(down)) != nil { down.waitUntilExit() }
  }

  private func launch(api: String, dns: String) throws {
    process = Process()
    let isEphemeral = extraArguments.contains("--ephemeral")
    let arguments =
      ["up", "--listen", api, "--dns-listen", dns]
      + (isEphemeral ? [] : ["--data-dir", dataDirectory]) + extraArguments
    var (program, words) = user.command(Self.binary, arguments, home: scratch.path)
    if let nodeDisk {
      let mount =
        "mkdir -p \(dataDirectory)/node && chmod 700 \(dataDirectory)"
        + " && mount -t tmpfs -o size=\(nodeDisk) tmpfs \(dataDirectory)/node && exec \"$@\""
      words = ["-rm", "sh", "-c", mount, "sh", program] + words
      program = Tool.find("unshare") ?? "unshare"
    }
    (process.executableURL, process.arguments) =
      machine?.command(program, words) ?? (URL(fileURLWithPath: program), words)
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = try output.open()
    process.standardError = try errors.open()
    try Tool.start(process)
  }

  private func awaitReady(within limit: Duration = .seconds(30)) async throws {
    try await eventually("rollcall up prints its ready line", within: limit) {
      output.text.contains("ready ") || !process.isRunning
    }
    guard let line = output.text.split(separator: "\n").first(where: { $0.hasPrefix("ready ") })
    else { throw ToolError(description: "rollcall up: \(output.text)\(errors.text)") }
    for part in line.split(separator: " ").dropFirst() {
      let pair = part.split(separator: "=", maxSplits: 1).map(String.init)
      guard pair.count == 2 else { continue }
      switch pair[0] {
      case "api": api = pair[1]
      case "dns": dnsPort = pair[1].split(separator: ":").last.map(String.init) ?? ""
      case "kubeconfig": kubeConfig = pair[1]
      default: break
      }
    }
  }

  var processIdentifier: Int32 { process.processIdentifier }

  var log: String { errors.text }

  /// Whether Pods run in private namespaces.
  var isRootless: Bool {
    user == .nobody || geteuid() != 0 || extraArguments.contains("--rootless")
  }

  /// Kills the process as a power cut would.
  func crash() { kill(process.processIdentifier, SIGKILL); process.waitUntilExit() }

  /// Asks it to drain; gives its exit status.
  func stop() -> Int32 {
    kill(process.processIdentifier, SIGINT)
    process.waitUntilExit()
    return process.terminationStatus
  }

  /// Starts it again on the same data and the same ports.
  func restart() async throws {
    if process.isRunning { _ = stop() }
    let address = api.split(separator: "/").last.map(String.init) ?? "127.0.0.1:0"
    try launch(api: address, dns: "127.0.0.1:\(dnsPort)")
    try await awaitReady()
  }

  // MARK: The tools a user has

  func kubectl(
    _ kubectl: Kubectl = .newest, _ arguments: String..., input: String? = nil
  ) async throws -> ToolResult {
    try await run(kubectl.path, arguments, input: input, environment: environment)
  }

  /// Runs a kubectl on a terminal of 80 by 24 characters and takes steps: see `terminal.py`.
  func terminal(
    _ kubectl: Kubectl, _ arguments: [String], _ steps: [String],
    environment more: [String: String] = [:]
  ) async throws -> ToolResult {
    try await run(
      "python3",
      [Self.root + "/Tests/EndToEndTests/Scripts/terminal.py"]
        + steps.flatMap { ["--step", $0] } + ["--", kubectl.path] + arguments,
      environment: environment.merging(more) { $1 })
  }

  /// What kubectl goes by.
  var environment: [String: String] {
    [
      "KUBECONFIG": kubeConfig, "KUBECACHEDIR": dataDirectory + "-kubecache",
      "HOME": dataDirectory,
    ]
  }

  /// Runs a program where the plane's API and DNS are reached.
  private func run(
    _ name: String, _ arguments: [String], input: String? = nil,
    environment: [String: String] = [:]
  ) async throws -> ToolResult {
    guard let machine else {
      return try await Tool.run(name, arguments, input: input, environment: environment)
    }
    return try await machine.run(name, arguments, input: input, environment: environment)
  }

  /// Runs kubectl and requires that it succeeds.
  @discardableResult
  func apply(_ kubectl: Kubectl = .newest, path: String) async throws -> String {
    let result = try await self.kubectl(kubectl, "apply", "-f", "\(Self.root)/\(path)")
    try #require(result.status == 0, "\(result.errors)")
    return result.output
  }

  /// The data of all answers to a question, as `dig +short` prints them.
  func dig(_ name: String, _ type: String = "A", _ options: String...) async throws -> [String] {
    let result = try await run(
      "dig",
      ["@127.0.0.1", "-p", dnsPort, "+short", "+tries=1", "+time=2", name, type] + options)
    return result.lines
  }

  /// Gives a Pod an address and a readiness, as an agent would report them.
  func mark(
    _ pod: String, address: String, ready: Bool = true, namespace: String = "default"
  ) async throws {
    let result = try await Tool.run(
      Self.root + "/Tests/EndToEndTests/Fixtures/ready",
      ["-n", namespace] + (ready ? [] : ["--not-ready"]) + ["\(pod)=\(address)"],
      environment: ["KUBECONFIG": kubeConfig, "KUBECTL": Kubectl.newest.path])
    try #require(result.status == 0, "\(result.errors)")
  }
}
