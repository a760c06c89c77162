import Glibc
import JSONTree

/// Runs a program in a container for the agent itself: probes and hooks.
struct ProgramRun {
  /// The Pod's directory.
  let directory: String
  /// The container's id in its sandbox.
  let container: String

  /// What a failure's message keeps of the output.
  private static let longestOutput = 10 << 10

  /// Runs it and waits; one that takes longer is killed. Blocks its thread.
  ///
  /// - Throws: `LinuxError` if it cannot be started.
  func run(_ command: [String], limit: Duration) throws -> ProbeResult {
    let client = try SandboxClient(directory: directory)
    let none = try LinuxCall.check("open /dev/null") { open("/dev/null", O_RDONLY | O_CLOEXEC) }
    defer { close(none) }
    let (output, theirs) = try LinuxCall.makePipe()
    defer { close(output) }
    _ = fcntl(output, F_SETFL, O_NONBLOCK)
    let order: JSON = [
      "op": "exec", "id": .string(container), "args": JSON.array(command.map { .string($0) }),
    ]
    do throws(LinuxError) {
      try client.send(order, descriptors: [none, theirs, theirs])
      close(theirs)
    } catch {
      close(theirs)
      throw error
    }
    return try wait(client, output: output, command, limit)
  }

  private func wait(
    _ client: SandboxClient, output: Int32, _ command: [String], _ limit: Duration
  ) throws -> ProbeResult {
    var text: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 4096)
    let clock = ContinuousClock()
    let deadline = clock.now + limit
    var isOpen = true
    while true {
      let left = deadline - clock.now
      // The connection closes with `client`, and the sandbox kills the program.
      guard left > .zero else {
        return .failure("command \"\(command.joined(separator: " "))\" timed out")
      }
      var polls = [
        pollfd(fd: client.descriptor, events: Int16(POLLIN), revents: 0),
        pollfd(fd: isOpen ? output : -1, events: Int16(POLLIN), revents: 0),
      ]
      _ = poll(&polls, 2, Int32(clamping: left.nanoseconds / 1_000_000 + 1))
      if polls[1].revents != 0 {
        let count = read(output, &buffer, buffer.count)
        if count > 0, text.count < Self.longestOutput { text += buffer[..<count] }
        if count == 0 { isOpen = false }
      }
      guard polls[0].revents != 0 else { continue }
      guard let answer = try client.receive() else { return .failure("the sandbox is gone") }
      if let problem = answer["error"]?.string { return .failure(problem) }
      if answer["exit"]?.integer == 0 { return .success }
      while true {
        let count = read(output, &buffer, buffer.count)
        guard count > 0, text.count < Self.longestOutput else { break }
        text += buffer[..<count]
      }
      return .failure(String(decoding: text.prefix(Self.longestOutput), as: UTF8.self))
    }
  }
}
