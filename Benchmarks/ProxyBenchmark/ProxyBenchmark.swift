import ArgumentParser

/// What the service proxy costs, and how soon it follows. Needs root and a network namespace of its
/// own: `Benchmarks/run-proxy` makes one.
@main
struct ProxyBenchmark: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ProxyBenchmark", abstract: "Measures the service proxy.",
    subcommands: [
      CoreCommand.self, RoutingCommand.self, FillCommand.self, ServeCommand.self,
      ConnectCommand.self,
    ])
}
