import Glibc
import JSONTree
import KubernetesAPI

/// A container of the sandbox: its process, its streams, its log, and who is attached to it.
final class RunningContainer {
  let spec: ContainerSpec
  let process: pid_t
  let startedAt: Timestamp
  /// Read ends; with a terminal the first is its master and the second -1.
  private var output: Int32
  private var error: Int32
  /// Where input is written, as much as it takes; the descriptor is -1 for none.
  private var input: Backlog
  private var log: ContainerLog
  private var clients: [AttachedClient] = []
  private(set) var exit: Exit?

  struct Exit {
    var code: Int32
    var signal: Int32
    var finishedAt: Timestamp
  }

  /// Pieces of output that are still read once the process has ended: more than its pipes hold.
  private static let lastPieces = 16

  /// Starts it. Throws `LinuxError`.
  init(_ spec: ContainerSpec, processNamespace: Int32?) throws(LinuxError) {
    self.spec = spec
    log = try ContainerLog(path: spec.logPath)
    let pipes = try StreamPair(hasTerminal: spec.hasTerminal, hasInput: spec.hasInput)
    do throws(LinuxError) {
      process = try ProcessLauncher.start(
        spec, pipes.theirs, processNamespace: processNamespace)
    } catch {
      pipes.closeAll()
      throw error
    }
    pipes.closeTheirs()
    output = pipes.output
    error = pipes.error
    input = Backlog(pipes.input)
    startedAt = Timestamp.now()
  }

  deinit {
    for descriptor in Set([output, error, input.descriptor]) where descriptor >= 0 {
      close(descriptor)
    }
  }

  // MARK: What is waited for

  /// Descriptors with what is waited for on each. Output is not read while a client has not taken
  /// what there was before, nor a client's input while the container has not.
  var interests: [pollfd] {
    var polls: [pollfd] = []
    func wait(_ descriptor: Int32, _ event: Int32) {
      if descriptor >= 0 { polls.append(pollfd(fd: descriptor, events: Int16(event), revents: 0)) }
    }
    for client in clients {
      for sink in client.sinks where !sink.isEmpty { wait(sink.descriptor, POLLOUT) }
    }
    if !hasBacklog {
      wait(output, POLLIN)
      wait(error, POLLIN)
    }
    guard exit == nil else { return polls }
    if input.isEmpty {
      for client in clients { wait(client.input, POLLIN) }
    } else {
      wait(input.descriptor, POLLOUT)
    }
    return polls
  }

  /// Whether a client has yet to take what the container wrote.
  var hasBacklog: Bool { clients.contains(where: \.hasBacklog) }

  /// Does what has become possible.
  func advance(_ descriptor: Int32, _ events: Int16) {
    if events & Int16(POLLOUT) != 0 {
      if descriptor == input.descriptor { input.flush() }
      for index in clients.indices { clients[index].flush(descriptor) }
      dropFinishedClients()
    } else if descriptor == output || descriptor == error {
      if !readOnce(descriptor) { closeOutput(descriptor) }
    } else {
      readInput(descriptor)
    }
  }

  // MARK: Clients

  func attach(_ client: AttachedClient) { clients.append(client) }

  func detach(connection: Int32) { drop { $0.connection == connection } }

  /// Lets clients go that have taken nothing for too long: the container goes on without them, and
  /// the log has it all.
  func dropStalledClients() { drop(\.isStalled) }

  /// Clients of a container that has ended stay until they have taken what it wrote.
  private func dropFinishedClients() {
    if exit != nil { drop { !$0.hasBacklog } }
  }

  private func drop(_ isDropped: (AttachedClient) -> Bool) {
    for client in clients where isDropped(client) { client.close() }
    clients.removeAll(where: isDropped)
  }

  func resize(columns: UInt16, rows: UInt16) {
    if spec.hasTerminal, output >= 0 { Terminal.resize(output, columns: columns, rows: rows) }
  }

  private func readInput(_ descriptor: Int32) {
    guard let index = clients.firstIndex(where: { $0.input == descriptor }) else { return }
    var buffer = [UInt8](repeating: 0, count: 32 << 10)
    let count = Glibc.read(descriptor, &buffer, buffer.count)
    if count > 0 {
      input.write(buffer[..<count])
      return
    }
    if count < 0, errno == EAGAIN || errno == EINTR { return }
    clients[index].closeInput()
    if spec.inputOnce, !spec.hasTerminal, input.descriptor >= 0 {
      close(input.descriptor)
      input = Backlog(-1)
    }
  }

  // MARK: Output

  func ended(code: Int32, signal: Int32) {
    // What the process wrote is in the pipes; what its children still write is not waited for.
    for descriptor in [output, error] where descriptor >= 0 { drain(descriptor) }
    log.finish()
    exit = Exit(code: code, signal: signal, finishedAt: Timestamp.now())
    for descriptor in [output, error] where descriptor >= 0 { closeOutput(descriptor) }
    for index in clients.indices { clients[index].closeInput() }
    dropFinishedClients()
  }

  private func drain(_ descriptor: Int32) {
    for _ in 0..<Self.lastPieces {
      var poller = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
      guard poll(&poller, 1, 0) > 0, readOnce(descriptor) else { return }
    }
  }

  /// Whether there may be more.
  private func readOnce(_ descriptor: Int32) -> Bool {
    var buffer = [UInt8](repeating: 0, count: 64 << 10)
    let count = Glibc.read(descriptor, &buffer, buffer.count)
    if count < 0, errno == EINTR || errno == EAGAIN { return true }
    guard count > 0 else { return false }  // EIO: the terminal has no other end any more.
    let stream = descriptor == output ? ContainerLog.Stream.stdout : .stderr
    log.append(buffer[..<count], stream)
    for index in clients.indices { clients[index].write(buffer[..<count], stream) }
    return true
  }

  private func closeOutput(_ descriptor: Int32) {
    close(descriptor)
    if descriptor == output {
      if input.descriptor == output { input = Backlog(-1) }
      output = -1
    } else {
      error = -1
    }
  }

  var json: JSON {
    var object: JSONObject = [
      "id": .string(spec.id), "pid": .integer(Int64(process)),
      "startedAt": .string(ContainerLog.text(startedAt)),
    ]
    if let exit {
      object["exitCode"] = .integer(Int64(exit.code))
      object["signal"] = .integer(Int64(exit.signal))
      object["finishedAt"] = .string(ContainerLog.text(exit.finishedAt))
    }
    return .object(object)
  }
}

/// Both ends of a new process's streams.
struct StreamPair {
  var theirs: ProcessLauncher.Streams
  var output: Int32
  var error: Int32
  var input: Int32

  init(hasTerminal: Bool, hasInput: Bool) throws(LinuxError) {
    if hasTerminal {
      let (master, slave) = try Terminal.open()
      theirs = ProcessLauncher.Streams(
        input: slave, output: slave, error: slave, isTerminal: true)
      output = master
      error = -1
      input = master
      return
    }
    let none = try LinuxCall.check("open /dev/null") { open("/dev/null", O_RDWR | O_CLOEXEC) }
    let out = try LinuxCall.makePipe()
    let err = try LinuxCall.makePipe()
    let inward = hasInput ? try LinuxCall.makePipe() : (read: none, write: -1)
    theirs = ProcessLauncher.Streams(input: inward.read, output: out.write, error: err.write)
    output = out.read
    error = err.read
    input = inward.write
    if hasInput { close(none) }
  }

  func closeTheirs() {
    for descriptor in Set([theirs.input, theirs.output, theirs.error]) { close(descriptor) }
  }

  func closeAll() {
    closeTheirs()
    for descriptor in Set([output, error, input]) where descriptor >= 0 { close(descriptor) }
  }
}
