import Glibc
import JSONTree
import KubernetesAPI

/// A container of the sandbox: its process, its streams, its log, and who is attached to it.
final class RunningContainer {
  /// A client that sees the output as it comes.
  struct Attachment {
    var connection: Int32
    /// Closed by us; -1 for none.
    var input: Int32
    var output: Int32
    var error: Int32
  }

  let spec: ContainerSpec
  let process: pid_t
  let startedAt: Timestamp
  /// Read ends; with a terminal the first is its master and the second -1.
  private(set) var output: Int32
  private(set) var error: Int32
  /// Where input is written; -1 for none.
  private var input: Int32
  private var log: ContainerLog
  private var attachments: [Attachment] = []
  private(set) var exit: Exit?

  struct Exit {
    var code: Int32
    var signal: Int32
    var finishedAt: Timestamp
  }

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
    input = pipes.input
    startedAt = Timestamp.now()
  }

  deinit {
    for descriptor in [output, error] where descriptor >= 0 { close(descriptor) }
    if input >= 0, input != output { close(input) }
  }

  /// Descriptors to be read.
  var readable: [Int32] {
    let inputs = exit == nil ? attachments.map(\.input) : []
    return ([output, error] + inputs).filter { $0 >= 0 }
  }

  func ended(code: Int32, signal: Int32) {
    // What the process wrote is in the pipes; what its children still write is not waited for.
    for descriptor in [output, error] where descriptor >= 0 { drain(descriptor) }
    log.finish()
    exit = Exit(code: code, signal: signal, finishedAt: Timestamp.now())
    for index in attachments.indices { closeAttachment(index) }
    attachments = []
  }

  func attach(_ attachment: Attachment) { attachments.append(attachment) }

  func detach(connection: Int32) {
    for index in attachments.indices where attachments[index].connection == connection {
      closeAttachment(index)
    }
    attachments.removeAll { $0.connection == connection }
  }

  private func closeAttachment(_ index: Int) {
    let attachment = attachments[index]
    for descriptor in Set([attachment.input, attachment.output, attachment.error])
    where descriptor >= 0 {
      close(descriptor)
    }
  }

  /// Takes what a descriptor of `readable` has.
  func read(_ descriptor: Int32) {
    if descriptor == output || descriptor == error {
      if !readOnce(descriptor) { closeOutput(descriptor) }
      return
    }
    guard let index = attachments.firstIndex(where: { $0.input == descriptor }) else { return }
    var buffer = [UInt8](repeating: 0, count: 32 << 10)
    let count = Glibc.read(descriptor, &buffer, buffer.count)
    if count > 0, input >= 0 {
      // The pipe is blocking for its reader's sake; a container that does not read its input
      // loses what does not fit rather than stopping the whole Pod.
      var poller = pollfd(fd: input, events: Int16(POLLOUT), revents: 0)
      if poll(&poller, 1, 1000) > 0 { _ = write(input, buffer, count) }
      return
    }
    if count < 0, errno == EAGAIN || errno == EINTR { return }
    close(descriptor)
    attachments[index].input = -1
    if spec.inputOnce, !spec.hasTerminal, input >= 0 {
      close(input)
      input = -1
    }
  }

  private func drain(_ descriptor: Int32) {
    while true {
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
    for attachment in attachments {
      let target = stream == .stdout ? attachment.output : attachment.error
      guard target >= 0 else { continue }
      var poller = pollfd(fd: target, events: Int16(POLLOUT), revents: 0)
      // A client too slow to take it within a second misses it; the log has it.
      if poll(&poller, 1, 1000) > 0 { _ = write(target, buffer, count) }
    }
    return true
  }

  private func closeOutput(_ descriptor: Int32) {
    close(descriptor)
    if descriptor == output {
      if input == output { input = -1 }
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
    let out = try Self.pipePair()
    let err = try Self.pipePair()
    let inward = hasInput ? try Self.pipePair() : (read: none, write: -1)
    theirs = ProcessLauncher.Streams(input: inward.read, output: out.write, error: err.write)
    output = out.read
    error = err.read
    input = inward.write
    if hasInput { close(none) }
  }

  private static func pipePair() throws(LinuxError) -> (read: Int32, write: Int32) {
    var ends: [Int32] = [0, 0]
    try LinuxCall.check("pipe") { pipe(&ends) }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    return (ends[0], ends[1])
  }

  func closeTheirs() {
    for descriptor in Set([theirs.input, theirs.output, theirs.error]) { close(descriptor) }
  }

  func closeAll() {
    closeTheirs()
    for descriptor in Set([output, error, input]) where descriptor >= 0 { close(descriptor) }
  }
}
