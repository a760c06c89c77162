import Foundation
import Testing

/// A plane with a Node in namespaces of its own, and Pods to look into.
struct StreamPlane {
  private let plane: Plane

  static let sleeper = """
    {"terminationGracePeriodSeconds": 1, "containers": [{"name": "main", "image": "busybox",
      "command": ["busybox", "sleep", "9000"]}]}
    """

  /// - Parameter disk: the size of the Node's own file system; nil for none.
  init(disk: String? = nil) async throws {
    plane = try await Plane(["--rootless"], nodeDisk: disk)
    try await eventually("the Node registers", within: .seconds(60)) { [plane] in
      let list = try await plane.kubectl(
        .newest, "get", "nodes", "-o",
        "jsonpath={.items[*].status.daemonEndpoints.kubeletEndpoint.Port}")
      return Int(list.output) ?? 0 > 0
    }
  }

  var dataDirectory: String { plane.dataDirectory }
  var processIdentifier: Int32 { plane.processIdentifier }
  var log: String { plane.log }
  func stop() -> Int32 { plane.stop() }

  // MARK: Pods

  func create(_ name: String, _ spec: String) async throws {
    let object =
      #"{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "\#(name)"}, "spec": \#(spec)}"#
    let made = try await plane.kubectl(.newest, "create", "-f", "-", input: object)
    try #require(made.status == 0, "\(made.errors)")
  }

  /// Creates a Pod and waits until it is ready, or shows what is waited for.
  func run(
    _ name: String, _ spec: String,
    until path: String = "jsonpath={.status.conditions[?(@.type=='Ready')].status}",
    is wanted: String = "True"
  ) async throws {
    try await create(name, spec)
    try await eventually("\(name) is ready", within: .seconds(60)) {
      try await plane.kubectl(.newest, "get", "pod", name, "-o", path).output == wanted
    }
  }

  // MARK: kubectl

  private var environment: [String: String] { plane.environment }

  func kubectl(_ kubectl: Kubectl, _ arguments: String...) async throws -> ToolResult {
    try await self.kubectl(kubectl, arguments)
  }

  func kubectl(_ kubectl: Kubectl, _ arguments: [String]) async throws -> ToolResult {
    try await Tool.run(kubectl.path, arguments, environment: environment)
  }

  func kubectl(
    _ speaker: EndToEnd.StreamsTests.Speaker, as token: String? = nil, input: String? = nil,
    _ arguments: String...
  ) async throws -> ToolResult {
    try await kubectl(speaker, as: token, input: input, arguments)
  }

  func kubectl(
    _ speaker: EndToEnd.StreamsTests.Speaker, as token: String? = nil, input: String? = nil,
    _ arguments: [String]
  ) async throws -> ToolResult {
    var arguments = arguments
    var environment = environment
    if let token {
      // Without the administrator's certificate, which would win.
      environment["KUBECONFIG"] = try tokenConfiguration(token)
    }
    if arguments.isEmpty { arguments = ["version"] }
    return try await Tool.run(
      speaker.kubectl.path, arguments, input: input,
      environment: environment.merging(speaker.environment) { $1 })
  }

  private func tokenConfiguration(_ token: String) throws -> String {
    let path = plane.dataDirectory + "-reader.kubeconfig"
    let text = """
      {"apiVersion": "v1", "kind": "Config", "current-context": "c",
       "clusters": [{"name": "c", "cluster": {"server": "\(plane.api)",
         "certificate-authority": "\(plane.dataDirectory)/pki/ca.crt"}}],
       "users": [{"name": "u", "user": {"token": "\(token)"}}],
       "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}]}
      """
    try Data(text.utf8).write(to: URL(fileURLWithPath: path))
    return path
  }

  /// Starts a kubectl that goes on until it is killed.
  func start(
    _ speaker: EndToEnd.StreamsTests.Speaker, _ arguments: [String]
  ) throws -> RunningTool {
    try RunningTool(
      speaker.kubectl.path, arguments,
      environment: environment.merging(speaker.environment) { $1 })
  }

  /// See `Plane.terminal`.
  func terminal(
    _ speaker: EndToEnd.StreamsTests.Speaker, _ arguments: [String], _ steps: [String]
  ) async throws -> ToolResult {
    try await plane.terminal(
      speaker.kubectl, arguments, steps, environment: speaker.environment)
  }
}

/// A program that runs beside the test.
final class RunningTool {
  private let process = Process()
  private let scratch: Scratch
  private let outputFile: OutputFile
  private let errorFile: OutputFile

  init(_ path: String, _ arguments: [String], environment: [String: String]) throws {
    scratch = try Scratch()
    outputFile = OutputFile(path: scratch.path + "/output")
    errorFile = OutputFile(path: scratch.path + "/errors")
    process.executableURL = URL(fileURLWithPath: path)
    process.arguments = arguments
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = try outputFile.open()
    process.standardError = try errorFile.open()
    try Tool.start(process)
  }

  deinit {
    if process.isRunning { kill(process.processIdentifier, SIGKILL) }
  }

  var processIdentifier: Int32 { process.processIdentifier }
  var isRunning: Bool { process.isRunning }
  var output: String { outputFile.text }
  var errors: String { errorFile.text }
}
