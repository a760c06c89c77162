import ArgumentParser

/// An endpoint: answers one byte to each connection.
struct ServeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "serve", abstract: "Answers connections until it is ended.")

  func run() throws {
    let socket = try StreamSocket.listen(port: ClusterObjects.ports[0])
    print("ready")
    socket.serve(answering: 1)
  }
}
