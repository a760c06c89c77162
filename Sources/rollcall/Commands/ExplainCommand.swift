import ArgumentParser

/// `rollcall explain`: why things are as they are.
struct ExplainCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "explain",
    abstract: "Say why a name resolves, or where a Service's traffic goes.",
    discussion: """
      `rollcall explain NAME` explains a name, `rollcall explain service NAME` the traffic of a \
      Service; a name that is itself called service is explained by `rollcall explain name service`.
      """,
    subcommands: [ExplainNameCommand.self, ExplainServiceCommand.self],
    defaultSubcommand: ExplainNameCommand.self)
}
