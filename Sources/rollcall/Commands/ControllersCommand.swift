import ArgumentParser
import Controllers
import Logging

/// `rollcall controllers`: the controllers alone, against any API server.
struct ControllersCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "controllers", abstract: "Start the controllers alone, against any API server.",
    discussion: """
      Keeps EndpointSlices and Endpoints, mirrors hand-made Endpoints, deletes what terminated \
      Namespaces and owners leave; keeps the Pods of Deployments, ReplicaSets, StatefulSets, \
      DaemonSets and Jobs, places Pods on Nodes, binds volume claims, notices silent Nodes. In a \
      cluster that has a kube-controller-manager, name the controllers it does not run. Prints \
      one line `ready` when it has seen every object once.
      """)

  @OptionGroup var server: ClientOptions
  @OptionGroup var log: LogOptions

  @Option(
    help: ArgumentHelp(
      "Controllers to run: names after commas, `*` for all, `-NAME` to leave one out.",
      valueName: "names"))
  var controllers = "*"

  @Option(
    help: ArgumentHelp(
      "Directory in which volumes for claims are made. Without it none are.", valueName: "dir"))
  var volumeDirectory: String?

  func validate() throws {
    let unknown = ControllerSelection(controllers).names.subtracting(ControllerManager.names)
    if let name = unknown.min() {
      let known = ControllerManager.names.joined(separator: ", ")
      throw ValidationError("\"\(name)\" is no controller; there are \(known).")
    }
    if let volumeDirectory, !volumeDirectory.hasPrefix("/") {
      throw ValidationError("--volume-directory must be an absolute path.")
    }
  }

  func run() async throws {
    let logger = log.logLevel.logger("rollcall.controllers")
    var configuration = ControllerManager.Configuration()
    configuration.selection = ControllerSelection(controllers)
    configuration.volumeDirectories = volumeDirectory.map { LocalVolumeDirectories(root: $0) }
    let manager = ControllerManager(
      client: try server.client(userAgent: "rollcall-controllers"), logger: logger,
      configuration: configuration)
    let ready = ReadyService {
      try await manager.waitUntilSynced()
      return "ready"
    }
    try await Supervisor.run([manager], ready: ready, logger: logger)
  }
}
