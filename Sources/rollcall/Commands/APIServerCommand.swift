import ArgumentParser
import Logging

/// `rollcall apiserver`: the API server alone.
struct APIServerCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "apiserver", abstract: "Start the API server alone.",
    discussion: "Prints one line `ready api=URL kubeconfig=FILE` when it serves.")

  @OptionGroup var plane: PlaneOptions
  @OptionGroup var log: LogOptions

  func run() async throws {
    let directory = try DataDirectory.open(path: plane.dataDir)
    let logger = log.logLevel.logger("rollcall.apiserver")
    let assembly = try await ServerAssembly(options: plane, directory: directory, logger: logger)
    let url = try await assembly.listen()
    try assembly.writeKubeConfig(url: url)
    let ready = ReadyService {
      try await assembly.bootstrap(url: url)
      return "ready api=\(url) kubeconfig=\(directory.adminKubeConfig)"
    }
    try await Supervisor.run(assembly.services, ready: ready, logger: logger)
  }
}
