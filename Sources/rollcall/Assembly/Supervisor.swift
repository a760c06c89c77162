import Logging
import ServiceLifecycle
import UnixSignals

/// Runs the services of a command until SIGINT, SIGTERM or the first failure, then drains them in
/// the reverse order.
enum Supervisor {
  static func run(
    _ services: [any ServiceLifecycle.Service], ready: ReadyService, logger: Logger
  ) async throws {
    var configurations = services.map {
      ServiceGroupConfiguration.ServiceConfiguration(
        service: $0, successTerminationBehavior: .gracefullyShutdownGroup,
        failureTerminationBehavior: .gracefullyShutdownGroup)
    }
    configurations.append(
      .init(
        service: ready, successTerminationBehavior: .gracefullyShutdownGroup,
        failureTerminationBehavior: .gracefullyShutdownGroup))
    var group = ServiceGroupConfiguration(
      services: configurations, gracefulShutdownSignals: [.sigint, .sigterm], logger: logger)
    // Longer than any service's own limit: a drain that hangs ends the process all the same.
    group.maximumGracefulShutdownDuration = .seconds(30)
    try await ServiceGroup(configuration: group).run()
  }
}

/// What a command does once its services run: the last steps of starting, the `ready` line, and
/// then what is shown until the end.
struct ReadyService: ServiceLifecycle.Service, CustomStringConvertible {
  let description = "start-up"
  /// Ends when everything is ready; gives the `ready` line.
  var start: @Sendable () async throws -> String
  /// Runs after that until cancelled; nil to do nothing.
  var show: (@Sendable () async throws -> Void)?

  init(
    start: @escaping @Sendable () async throws -> String,
    show: (@Sendable () async throws -> Void)? = nil
  ) {
    self.start = start
    self.show = show
  }

  func run() async throws {
    try await cancelWhenGracefulShutdown {
      do {
        let line = try await start()
        if let show {
          try await show()
        } else {
          Terminal.writeLine(line)
          try await gracefulShutdown()
        }
      } catch is CancellationError {}  // Being stopped while starting is no failure.
    }
  }
}
