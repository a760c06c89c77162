import ArgumentParser
import Controllers
import Logging

/// `rollcall controllers`: the controllers alone, against any API server.
struct ControllersCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "controllers", abstract: "Start the controllers alone, against any API server.",
    discussion: """
      Keeps EndpointSlices and Endpoints, mirrors hand-made Endpoints, deletes what terminated \
      Namespaces and owners leave. Prints one line `ready` when it has seen every object once.
      """)

  @OptionGroup var server: ClientOptions
  @OptionGroup var log: LogOptions

  func run() async throws {
    let logger = log.logLevel.logger("rollcall.controllers")
    let controllers = ControllerManager(
      client: try server.client(userAgent: "rollcall-controllers"), logger: logger)
    let ready = ReadyService {
      try await controllers.waitUntilSynced()
      return "ready"
    }
    try await Supervisor.run([controllers], ready: ready, logger: logger)
  }
}
