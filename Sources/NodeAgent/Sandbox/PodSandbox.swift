import CRollcallLinux
import Glibc
import JSONTree
import KubernetesAPI

/// The process that holds a Pod: it makes the Pod's namespaces, starts its containers, keeps their
/// logs and exit statuses, and goes on when the agent that started it is gone.
///
/// `rollcall` runs it in place of a command, before the program has a second thread. It takes
/// orders by the socket `control` in the Pod's directory; see `ControlMessage`.
package final class PodSandbox {
  private let directory: String
  private let signals: Int32
  private let listener: Int32
  private var containers: [RunningContainer] = []
  /// Connections that want to hear of ends.
  private var watchers: Set<Int32> = []
  private var connections: Set<Int32> = []
  /// Programs run in containers for a client, by their process.
  private var executions: [pid_t: Execution] = [:]
  private var reaper: pid_t = 0
  private var isStopping = false

  private struct Execution {
    var connection: Int32
    var hasTerminal: Bool
  }

  /// Serves one Pod until it is told to stop.
  ///
  /// - Parameter directory: the Pod's, with `sandbox.json`.
  /// - Returns: the exit status of the process.
  package static func run(directory: String) -> Int32 {
    do throws(LinuxError) {
      let sandbox = try PodSandbox(directory: directory)
      return sandbox.serve()
    } catch {
      let line = "rollcall pod sandbox: \(error)\n"
      _ = line.withCString { write(2, $0, strlen($0)) }
      return 1
    }
  }

  private init(directory: String) throws(LinuxError) {
    self.directory = directory
    for descriptor: Int32 in 3..<4096 { close(descriptor) }
    for number: Int32 in 1..<32 where number != SIGKILL && number != SIGSTOP {
      signal(number, number == SIGPIPE ? SIG_IGN : SIG_DFL)
    }
    _ = setsid()
    try LinuxCall.check("chdir \(directory)") { chdir(directory) }
    let settings = try? JSON(parsing: LinuxCall.read("sandbox.json"))
    var flags = rollcall_clone_newipc()
    if settings?["hostNetwork"]?.bool != true {
      flags |= rollcall_clone_newnet() | rollcall_clone_newuts()
    }
    if settings?["hostIPC"]?.bool == true { flags &= ~rollcall_clone_newipc() }
    try LinuxCall.check("unshare") { rollcall_unshare(flags) }
    if settings?["hostNetwork"]?.bool != true {
      let name = settings?["hostname"]?.string ?? "pod"
      try LinuxCall.check("sethostname") { sethostname(name, name.utf8.count) }
    }
    var wanted = sigset_t()
    sigemptyset(&wanted)
    for number in [SIGCHLD, SIGTERM, SIGINT] { sigaddset(&wanted, number) }
    sigprocmask(SIG_SETMASK, &wanted, nil)
    signals = try LinuxCall.check("signalfd") { rollcall_signalfd(&wanted) }
    listener = try Self.listen()
    if settings?["shareProcessNamespace"]?.bool == true {
      reaper = try ProcessLauncher.startReaper()
    }
  }

  /// Listens at `control` in the working directory, whose own path may be too long for a socket.
  private static func listen() throws(LinuxError) -> Int32 {
    unlink("control")
    let type = Int32(SOCK_SEQPACKET.rawValue | SOCK_CLOEXEC.rawValue)
    let listener = try LinuxCall.check("socket") { socket(AF_UNIX, type, 0) }
    var address = SocketPath.address("control")
    umask(0o077)
    try LinuxCall.check("bind control") {
      withUnsafePointer(to: &address) { pointer in
        // A sockaddr_un is a sockaddr.
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          bind(listener, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
        }
      }
    }
    try LinuxCall.check("listen") { Glibc.listen(listener, 64) }
    umask(0o022)
    return listener
  }

  // MARK: Serving

  private func serve() -> Int32 {
    while true {
      if isStopping, containers.allSatisfy({ $0.exit != nil }), executions.isEmpty { break }
      let streams = containers.map { ($0, $0.interests) }
      var polls = ([signals, listener] + connections).map {
        pollfd(fd: $0, events: Int16(POLLIN), revents: 0)
      }
      let ours = polls.count
      for (_, interests) in streams { polls += interests }
      let isWaitingForClients = containers.contains { $0.hasBacklog }
      let changes = poll(&polls, nfds_t(polls.count), isWaitingForClients ? 1000 : -1)
      if isWaitingForClients { for container in containers { container.dropStalledClients() } }
      guard changes > 0 else { continue }
      let ready = Set(polls[..<ours].filter { $0.revents != 0 }.map(\.fd))
      // Output before ends, so that a log is whole when its container's end is told.
      var next = ours
      for (container, interests) in streams {
        for poll in polls[next..<(next + interests.count)] where poll.revents != 0 {
          container.advance(poll.fd, poll.events)
        }
        next += interests.count
      }
      if ready.contains(signals) { takeSignals() }
      for connection in connections.sorted() where ready.contains(connection) {
        takeOrder(connection)
      }
      if ready.contains(listener) {
        let connection = accept(listener, nil, nil)
        if connection >= 0 {
          _ = fcntl(connection, F_SETFD, FD_CLOEXEC)
          connections.insert(connection)
        }
      }
    }
    if reaper > 0 { kill(reaper, SIGKILL) }
    unlink("control")
    return 0
  }

  private func takeSignals() {
    var buffer = [UInt8](repeating: 0, count: 128)  // struct signalfd_siginfo
    while read(signals, &buffer, buffer.count) == buffer.count {
      let number = buffer.withUnsafeBytes { $0.loadUnaligned(as: UInt32.self) }
      if number != UInt32(SIGCHLD) { stop() }
    }
    var status: Int32 = 0
    while true {
      let process = waitpid(-1, &status, WNOHANG)
      guard process > 0 else { return }
      // The encoding of wait(2).
      let signal = status & 0x7F
      ended(process, code: signal == 0 ? status >> 8 & 0xFF : 128 + signal, signal: signal)
    }
  }

  private func ended(_ process: pid_t, code: Int32, signal: Int32) {
    if let execution = executions.removeValue(forKey: process) {
      tell(execution.connection, ["exit": .integer(Int64(code))])
      return
    }
    guard
      let container = containers.first(where: { $0.process == process && $0.exit == nil })
    else { return }
    container.ended(code: code, signal: signal)
    for watcher in watchers { tell(watcher, ["ended": container.json]) }
  }

  private func stop() {
    isStopping = true
    for container in containers where container.exit == nil { kill(container.process, SIGKILL) }
    for process in executions.keys { kill(process, SIGKILL) }
  }

  private func tell(_ connection: Int32, _ body: JSON, descriptors: [Int32] = []) {
    guard connections.contains(connection) else { return }
    do throws(LinuxError) {
      try ControlMessage(body, descriptors: descriptors).send(to: connection)
    } catch {
      drop(connection)
    }
  }

  private func drop(_ connection: Int32) {
    guard connections.remove(connection) != nil else { return }
    watchers.remove(connection)
    for container in containers { container.detach(connection: connection) }
    // A program whose client is gone is not left running for nobody, with those it started. One
    // with a terminal has lost that, and hears of it from the kernel (SIGHUP).
    // The number of the connection may be another's before the program has ended.
    for (process, execution) in executions where execution.connection == connection {
      if !execution.hasTerminal { kill(-process, SIGKILL) }
      executions[process]?.connection = -1
    }
    close(connection)
  }

  // MARK: Orders

  private func takeOrder(_ connection: Int32) {
    let message: ControlMessage?
    do throws(LinuxError) {
      message = try ControlMessage.receive(from: connection)
    } catch {
      message = nil
    }
    guard let message else { return drop(connection) }
    let body = message.body
    switch body["op"]?.string {
    case "watch":
      watchers.insert(connection)
      tell(connection, ["containers": .array(containers.map(\.json))])
    case "start": tell(connection, start(body))
    case "kill": signalContainer(body)
    case "exec": execute(connection, message)
    case "attach": attach(connection, message)
    case "resize":
      container(body)?.resize(
        columns: UInt16(clamping: body["columns"]?.integer ?? 0),
        rows: UInt16(clamping: body["rows"]?.integer ?? 0))
    case "remove": containers.removeAll { $0.spec.id == body["id"]?.string && $0.exit != nil }
    case "stop": stop()
    default: tell(connection, ["error": "unknown order"])
    }
    let isHandedOver = ["exec", "attach"].contains(body["op"]?.string)
    if !isHandedOver { for descriptor in message.descriptors { close(descriptor) } }
  }

  private func start(_ order: JSON) -> JSON {
    guard let path = order["spec"]?.string,
      let json = try? JSON(parsing: LinuxCall.read(path)), let spec = ContainerSpec(json: json)
    else { return ["error": "the container's description cannot be read"] }
    if let known = containers.first(where: { $0.spec.id == spec.id }) { return known.json }
    do throws(LinuxError) {
      var namespace: Int32?
      switch spec.processNamespace {
      case .own: break
      case .pod where reaper > 0: namespace = open("/proc/\(reaper)/ns/pid", O_RDONLY | O_CLOEXEC)
      case .pod, .host: namespace = open("/proc/self/ns/pid", O_RDONLY | O_CLOEXEC)
      }
      defer { if let namespace { close(namespace) } }
      let container = try RunningContainer(spec, processNamespace: namespace)
      containers.append(container)
      return container.json
    } catch {
      return ["error": .string("\(error)"), "errno": .integer(Int64(error.number))]
    }
  }

  private func signalContainer(_ order: JSON) {
    guard let id = order["id"]?.string, let number = order["signal"]?.integer,
      let container = containers.first(where: { $0.spec.id == id && $0.exit == nil })
    else { return }
    kill(container.process, Int32(clamping: number))
  }

  private func container(_ order: JSON) -> RunningContainer? {
    containers.first { $0.spec.id == order["id"]?.string && $0.exit == nil }
  }

  /// Runs a program with the streams that came along, or with a terminal made for it, whose other
  /// end the client gets.
  private func execute(_ connection: Int32, _ message: ControlMessage) {
    defer { for descriptor in message.descriptors { close(descriptor) } }
    let hasTerminal = message.body["tty"]?.bool ?? false
    guard let container = container(message.body),
      message.descriptors.count == (hasTerminal ? 0 : 3),
      let arguments = message.body["args"]?.strings, !arguments.isEmpty
    else { return tell(connection, ["error": "container not found"]) }
    do throws(LinuxError) {
      if hasTerminal { return try executeInTerminal(arguments, container, connection) }
      let process = try ProcessLauncher.execute(
        arguments, like: container.spec, in: container.process,
        ProcessLauncher.Streams(
          input: message.descriptors[0], output: message.descriptors[1],
          error: message.descriptors[2]))
      executions[process] = Execution(connection: connection, hasTerminal: false)
    } catch {
      tell(connection, ["error": .string("\(error)"), "errno": .integer(Int64(error.number))])
    }
  }

  private func executeInTerminal(
    _ arguments: [String], _ container: RunningContainer, _ connection: Int32
  ) throws(LinuxError) {
    let (master, slave) = try Terminal.open(in: container.process, user: container.spec.user)
    defer {
      close(master)
      close(slave)
    }
    let process = try ProcessLauncher.execute(
      arguments, like: container.spec, in: container.process,
      ProcessLauncher.Streams(input: slave, output: slave, error: slave, isTerminal: true))
    executions[process] = Execution(connection: connection, hasTerminal: true)
    tell(connection, ["terminal": true], descriptors: [master])
  }

  /// Connects a client to a container's streams: those it names, in the order of the descriptors.
  private func attach(_ connection: Int32, _ message: ControlMessage) {
    let names = message.body["streams"]?.strings ?? []
    guard let container = container(message.body), names.count == message.descriptors.count else {
      for descriptor in message.descriptors { close(descriptor) }
      return tell(connection, ["error": "container not found"])
    }
    container.attach(
      AttachedClient(
        connection: connection, streams: zip(names, message.descriptors).map { ($0, $1) }))
    tell(connection, ["attached": true])
  }
}

/// Addresses of sockets in the file system.
enum SocketPath {
  static func address(_ path: String) -> sockaddr_un {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { raw in
      for (index, byte) in path.utf8.prefix(raw.count - 1).enumerated() { raw[index] = byte }
    }
    return address
  }
}
