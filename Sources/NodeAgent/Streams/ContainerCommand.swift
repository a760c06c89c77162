import Glibc
import JSONTree
import KubernetesAPI
import KubernetesClient

/// Runs a program in a container for a client, with the streams the client has.
struct ContainerCommand: Sendable {
  /// The Pod's directory.
  let directory: String
  /// The container's id in its sandbox.
  let container: String
  let options: CommandOptions
  let time: TimeSource

  /// Returns when the program has ended and its output is with the client. Cancelled, it kills the
  /// program.
  func run(_ streams: any CommandStreams) async -> CommandOutcome {
    let started: Started
    do {
      started = try await BlockingThread.run { try start() }
    } catch {
      return failure("\(error)")
    }
    let outcome = Task {
      // The answer that ends it; nil if the sandbox is gone or the task was cancelled.
      try? await BlockingThread.run { try started.client.receive() }
    }
    return await withTaskCancellationHandler {
      let resizing = Task { await resize(started.terminal, streams) }
      await CommandPumps(streams, time: time).run(started.ends) { _ = await outcome.value }
      resizing.cancel()
      guard let answer = await outcome.value else { return failure("the sandbox is gone") }
      if let problem = answer["error"]?.string { return failure(problem) }
      return .exited(answer["exit"]?.integer ?? 0, of: options.arguments)
    } onCancel: {
      // The sandbox kills what it runs for a connection that closes.
      started.client.shutDown()
    }
  }

  private func failure(_ problem: String) -> CommandOutcome {
    .failed("error executing command in container: failed to start exec: \(problem)")
  }

  private func resize(_ terminal: OwnedDescriptor?, _ streams: any CommandStreams) async {
    while let size = await streams.sizes.next() {
      if let terminal {
        Terminal.resize(terminal.number, columns: size.columns, rows: size.rows)
      }
    }
  }

  // MARK: Starting

  private struct Started: Sendable {
    let client: SandboxClient
    var ends: CommandPumps.Ends
    /// For its size.
    var terminal: OwnedDescriptor?
  }

  private func start() throws -> Started {
    let client = try SandboxClient(directory: directory)
    let order: JSON = [
      "op": "exec", "id": .string(container), "args": JSON(strings: options.arguments),
      "tty": .bool(options.hasTerminal),
    ]
    if options.hasTerminal { return try startInTerminal(client, order) }
    let pipes = try StandardPipes(
      input: options.hasInput, output: options.hasOutput, error: options.hasError)
    defer { pipes.closeTheirs() }
    do throws(LinuxError) {
      try client.send(order, descriptors: pipes.theirs)
    } catch {
      pipes.ours.close()
      throw error
    }
    return Started(client: client, ends: pipes.ours)
  }

  private func startInTerminal(_ client: SandboxClient, _ order: JSON) throws -> Started {
    try client.send(order)
    guard let answer = try client.receiveMessage() else {
      throw LinuxError(number: EPIPE, what: "the sandbox is gone")
    }
    guard let master = answer.descriptors.first else {
      throw CommandProblem(description: answer.body["error"]?.string ?? "no terminal")
    }
    let terminal = OwnedDescriptor(master)
    var ends = CommandPumps.Ends()
    if options.hasOutput { ends.output = try terminal.duplicate() }
    if options.hasInput { ends.input = try terminal.duplicate() }
    return Started(client: client, ends: ends, terminal: terminal)
  }
}

/// Why a command cannot be run, as the sandbox says it.
private struct CommandProblem: Error, CustomStringConvertible {
  var description: String
}

/// A descriptor that is closed with its last reference.
final class OwnedDescriptor: Sendable {
  let number: Int32

  init(_ number: Int32) { self.number = number }

  deinit { close(number) }

  func duplicate() throws(LinuxError) -> Int32 {
    try LinuxCall.check("dup") { fcntl(number, F_DUPFD_CLOEXEC, 0) }
  }
}

/// Pipes for the standard streams of a program; `/dev/null` for those nobody asked for.
struct StandardPipes {
  /// Input, output and error of the program.
  private(set) var theirs: [Int32] = []
  private(set) var ours = CommandPumps.Ends()

  init(input: Bool, output: Bool, error: Bool) throws(LinuxError) {
    do throws(LinuxError) {
      if input {
        let (read, write) = try LinuxCall.makePipe()
        theirs.append(read)
        ours.input = write
      } else {
        theirs.append(try Self.nothing())
      }
      for isWanted in [output, error] {
        guard isWanted else {
          theirs.append(try Self.nothing())
          continue
        }
        let (read, write) = try LinuxCall.makePipe()
        theirs.append(write)
        if theirs.count == 2 { ours.output = read } else { ours.error = read }
      }
    } catch {
      closeTheirs()
      ours.close()
      throw error
    }
  }

  private static func nothing() throws(LinuxError) -> Int32 {
    try LinuxCall.check("open /dev/null") { open("/dev/null", O_RDWR | O_CLOEXEC) }
  }

  func closeTheirs() {
    for descriptor in theirs { close(descriptor) }
  }
}
