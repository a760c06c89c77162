import Glibc
import JSONTree
import KubernetesAPI
import KubernetesClient

/// Connects a client to the streams of a container's own program.
struct ContainerAttachment: Sendable {
  /// The Pod's directory.
  let directory: String
  /// The container's id in its sandbox.
  let container: String
  let options: CommandOptions
  let time: TimeSource

  /// Returns when the container has ended, or the client has what it wrote until then. Cancelled,
  /// it lets go of the container.
  func run(_ streams: any CommandStreams) async -> CommandOutcome {
    let started: (client: SandboxClient, ends: CommandPumps.Ends)
    do {
      started = try await BlockingThread.run { try start() }
    } catch {
      return .failed("error attaching to container: \(error)")
    }
    let client = started.client
    let resizing = Task { await resize(client, streams) }
    await CommandPumps(streams, time: time).run(started.ends, ended: nil)
    resizing.cancel()
    client.shutDown()
    return .detached
  }

  private func resize(_ client: SandboxClient, _ streams: any CommandStreams) async {
    while let size = await streams.sizes.next() {
      try? client.send([
        "op": "resize", "id": .string(container), "columns": .integer(Int64(size.columns)),
        "rows": .integer(Int64(size.rows)),
      ])
    }
  }

  private func start() throws -> (client: SandboxClient, ends: CommandPumps.Ends) {
    let client = try SandboxClient(directory: directory)
    let hasError = options.hasError && !options.hasTerminal
    let pipes = try StandardPipes(
      input: options.hasInput, output: options.hasOutput, error: hasError)
    defer { pipes.closeTheirs() }
    let all = [
      ("stdin", options.hasInput), ("stdout", options.hasOutput), ("stderr", hasError),
    ]
    let wanted = zip(all, pipes.theirs).filter(\.0.1)
    let order: JSON = [
      "op": "attach", "id": .string(container), "streams": JSON(strings: wanted.map(\.0.0)),
    ]
    do {
      let answer = try client.ask(order, descriptors: wanted.map(\.1))
      if let problem = answer["error"]?.string { throw SandboxRefusal(description: problem) }
    } catch {
      pipes.ours.close()
      throw error
    }
    return (client, pipes.ours)
  }
}

private struct SandboxRefusal: Error, CustomStringConvertible {
  var description: String
}
