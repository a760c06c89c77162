import ArgumentParser

/// The `rollcall` command.
struct Rollcall: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rollcall",
    abstract: "Everything behind a Kubernetes Service, in one binary.",
    discussion: """
      `rollcall up` starts a Kubernetes-compatible API server, the controllers, cluster DNS and a \
      Node that runs Pods, in one process; real kubectl works against it. The other commands start \
      one role each, but for `down`, which ends what Nodes left running.

      Exit status: 0 after a drained stop; 64 for wrong usage, 65 for a broken manifest, 66 for a \
      file that cannot be read, 69 for an address that is taken, 73 for a data directory that \
      cannot be used, 75 for one that another process holds, 78 for a broken configuration.
      """,
    version: "rollcall \(BuildVersion.text)",
    subcommands: [
      UpCommand.self, APIServerCommand.self, ControllersCommand.self, DNSCommand.self,
      ExplainCommand.self, ProxyCommand.self, AgentCommand.self, DownCommand.self,
    ])

  static func main() async {
    do {
      var command = try parseAsRoot()
      if var asynchronous = command as? any AsyncParsableCommand {
        try await asynchronous.run()
      } else {
        try command.run()
      }
    } catch let failure as CommandFailure {
      StandardError.write("rollcall: \(failure.message)")
      Self.exit(withError: ExitCode(failure.status.rawValue))
    } catch {
      Self.exit(withError: error)
    }
  }
}
