import Glibc
import JSONTree

/// Starts, finds and ends the sandbox of a Pod.
struct SandboxProcess: Sendable {
  /// The first argument by which the program knows that it is to be a sandbox.
  static let commandName = "pod-sandbox"

  let directory: String
  /// The program that is to be executed, ours.
  let program: String

  private var identityPath: String { directory + "/sandbox.pid.json" }

  /// The sandbox that runs; nil if there is none.
  func find() -> ProcessIdentity? {
    guard let bytes = try? LinuxCall.read(identityPath), let json = try? JSON(parsing: bytes),
      let identity = ProcessIdentity(json: json), identity.isAlive
    else { return nil }
    return identity
  }

  /// Starts a sandbox and returns once it takes orders. Blocks its thread.
  func start(_ settings: JSON) throws -> ProcessIdentity {
    try LinuxCall.makeDirectory(directory, mode: 0o700)
    try LinuxCall.replace(directory + "/sandbox.json", settings.encoded(), mode: 0o600)
    unlink(directory + "/control")
    let pid = try spawn()
    guard let identity = ProcessIdentity(pid: pid) else {
      throw LinuxError(number: ECHILD, what: "sandbox: \(complaint())")
    }
    try LinuxCall.replace(identityPath, identity.json.encoded(), mode: 0o600)
    for _ in 0..<500 {
      if (try? SandboxClient(directory: directory)) != nil { return identity }
      var status: Int32 = 0
      if waitpid(pid, &status, WNOHANG) == pid {
        throw LinuxError(number: ECHILD, what: "sandbox: \(complaint())")
      }
      var pause = timespec(tv_sec: 0, tv_nsec: 10_000_000)
      nanosleep(&pause, nil)
    }
    kill(pid, SIGKILL)
    throw LinuxError(number: ETIMEDOUT, what: "sandbox: it takes no orders")
  }

  /// What a sandbox that failed wrote.
  private func complaint() -> String {
    let bytes = (try? LinuxCall.read(directory + "/sandbox.log")) ?? []
    return String(decoding: bytes.suffix(400), as: UTF8.self).split(separator: "\n").last
      .map(String.init) ?? "it ended"
  }

  private func spawn() throws -> Int32 {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    let flags = O_WRONLY | O_CREAT | O_TRUNC
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 1, directory + "/sandbox.log", flags, 0o600)
    posix_spawn_file_actions_adddup2(&actions, 1, 2)
    let words = [program, Self.commandName, directory]
    let arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
    let environment = [strdup("PATH=" + ProcessLauncher.defaultPath), nil]
    defer { for pointer in arguments + environment { free(pointer) } }
    var pid: pid_t = 0
    let error = posix_spawn(&pid, program, &actions, nil, arguments, environment)
    if error != 0 { throw LinuxError(number: error, what: "start \(program)") }
    return pid
  }

  /// Ends the sandbox and everything in it. Blocks its thread for at most a few seconds.
  func destroy() {
    guard let identity = find() else { return }
    if let client = try? SandboxClient(directory: directory) {
      try? client.send(["op": "stop"])
    } else {
      kill(identity.pid, SIGTERM)
    }
    for attempt in 0..<300 {
      _ = waitpid(identity.pid, nil, WNOHANG)
      if !identity.isAlive { break }
      if attempt == 200 { kill(identity.pid, SIGKILL) }
      var pause = timespec(tv_sec: 0, tv_nsec: 10_000_000)
      nanosleep(&pause, nil)
    }
    unlink(identityPath)
  }
}
