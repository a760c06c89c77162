import CRollcallLinux
import Glibc

/// Starts the processes of containers. The sandbox has one thread, so that between fork and exec
/// anything may be done.
enum ProcessLauncher {
  /// The soft limit of open files a container begins with.
  static let openFiles: rlim_t = 1024
  static let defaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

  /// Standard input, output and error of a new process.
  struct Streams {
    var input: Int32
    var output: Int32
    var error: Int32
    /// The three are one terminal, which the process is to control.
    var isTerminal = false
  }

  /// Starts a container's program.
  ///
  /// - Parameter processNamespace: an open PID namespace to start it in; nil for a new one.
  /// - Returns: its PID as the sandbox sees it.
  /// - Throws: `LinuxError` if anything on the way to the program failed.
  static func start(
    _ spec: ContainerSpec, _ streams: Streams, processNamespace: Int32?
  ) throws(LinuxError) -> pid_t {
    try inProcessNamespace(processNamespace) { () throws(LinuxError) in
      try forkAndReport { () throws(LinuxError) in
        try LinuxCall.check("unshare") { rollcall_unshare(rollcall_clone_newns()) }
        try ContainerRoot(spec).enter()
        try become(spec)
        try takeStreams(streams)
        try changeDirectory(spec.workingDirectory)
        try execute(spec.arguments, spec.environment)
      }
    }
  }

  /// Runs a program in a container that runs.
  ///
  /// - Parameter container: the PID of its first process.
  static func execute(
    _ arguments: [String], like spec: ContainerSpec, in container: pid_t, _ streams: Streams
  ) throws(LinuxError) -> pid_t {
    let directory = "/proc/\(container)/ns"
    let processes = try LinuxCall.check("open \(directory)/pid") {
      open("\(directory)/pid", O_RDONLY | O_CLOEXEC)
    }
    defer { close(processes) }
    let mounts = try LinuxCall.check("open \(directory)/mnt") {
      open("\(directory)/mnt", O_RDONLY | O_CLOEXEC)
    }
    defer { close(mounts) }
    return try inProcessNamespace(processes) { () throws(LinuxError) in
      try forkAndReport { () throws(LinuxError) in
        try LinuxCall.check("setns") { rollcall_setns(mounts, rollcall_clone_newns()) }
        try become(spec)
        try takeStreams(streams)
        try changeDirectory(spec.workingDirectory)
        var environment = spec.environment
        if streams.isTerminal, !environment.contains(where: { $0.hasPrefix("TERM=") }) {
          environment.append("TERM=xterm")
        }
        try execute(arguments, environment)
      }
    }
  }

  /// Starts the process that is number 1 of a PID namespace all containers of a Pod share, and
  /// collects what they leave behind.
  static func startReaper() throws(LinuxError) -> pid_t {
    try inProcessNamespace(nil) { () throws(LinuxError) in
      try forkAndReport { () throws(LinuxError) in
        for descriptor: Int32 in 0..<1024 { close(descriptor) }
        while true {
          // Without children it waits for a signal: one of those it ignores, or its end.
          if waitpid(-1, nil, 0) < 0, errno == ECHILD { pause() }
        }
      }
    }
  }

  // MARK: Steps

  /// Forks with children going to another PID namespace, and comes back to our own.
  private static func inProcessNamespace(
    _ namespace: Int32?, _ fork: () throws(LinuxError) -> pid_t
  ) throws(LinuxError) -> pid_t {
    let own = try LinuxCall.check("open pid namespace") {
      open("/proc/self/ns/pid", O_RDONLY | O_CLOEXEC)
    }
    defer { close(own) }
    if let namespace {
      try LinuxCall.check("setns") { rollcall_setns(namespace, rollcall_clone_newpid()) }
    } else {
      try LinuxCall.check("unshare pid") { rollcall_unshare(rollcall_clone_newpid()) }
    }
    defer { _ = rollcall_setns(own, rollcall_clone_newpid()) }
    return try fork()
  }

  /// Forks; the child runs the body, which ends in exec. What it throws comes back by a pipe that
  /// exec closes.
  private static func forkAndReport(
    _ body: () throws(LinuxError) -> Void
  ) throws(LinuxError) -> pid_t {
    let ends = try LinuxCall.makePipe()
    let child = try LinuxCall.check("fork") { rollcall_fork() }
    if child == 0 {
      close(ends.read)
      do throws(LinuxError) {
        try resetSignals()
        try body()
      } catch {
        let report = "\(error.number) \(error.what)"
        _ = report.withCString { write(ends.write, $0, strlen($0)) }
      }
      _exit(128)
    }
    close(ends.write)
    defer { close(ends.read) }
    var report = [UInt8](repeating: 0, count: 4096)
    let count = try LinuxCall.check("read report") { read(ends.read, &report, report.count) }
    if count == 0 { return child }
    waitpid(child, nil, 0)
    let words = String(decoding: report[..<count], as: UTF8.self)
      .split(separator: " ", maxSplits: 1)
    throw LinuxError(
      number: words.first.flatMap { Int32($0) } ?? EIO,
      what: words.count > 1 ? String(words[1]) : "start")
  }

  private static func resetSignals() throws(LinuxError) {
    var none = sigset_t()
    sigemptyset(&none)
    sigprocmask(SIG_SETMASK, &none, nil)
    for number: Int32 in 1..<32 { signal(number, SIG_DFL) }
    _ = setsid()
  }

  private static func become(_ spec: ContainerSpec) throws(LinuxError) {
    // Within a user namespace that maps one group, the list cannot and need not change.
    if geteuid() == 0, rollcall_setgroups(spec.groups.count, spec.groups) != 0,
      !spec.groups.isEmpty
    {
      throw LinuxError(number: errno, what: "supplementary groups \(spec.groups)")
    }
    if spec.group != getegid() {
      try LinuxCall.check("run as group \(spec.group)") { rollcall_setresgid(spec.group) }
    }
    if spec.user != geteuid() {
      try LinuxCall.check("run as user \(spec.user)") { rollcall_setresuid(spec.user) }
    }
    limitOpenFiles()
    // After the change of user, which clears it: without its sandbox a container must not go on.
    _ = rollcall_die_with_parent(SIGKILL)
  }

  /// Programs that reserve memory for every file they may open expect this little; those that need
  /// more raise it, up to the hard limit.
  private static func limitOpenFiles() {
    let resource = __rlimit_resource_t(7)  // RLIMIT_NOFILE
    var files = rlimit()
    guard getrlimit(resource, &files) == 0, files.rlim_cur > openFiles else { return }
    files.rlim_cur = openFiles
    _ = setrlimit(resource, &files)
  }

  private static func takeStreams(_ streams: Streams) throws(LinuxError) {
    if streams.isTerminal {
      // TIOCSCTTY of tty_ioctl(4).
      try LinuxCall.check("controlling terminal") { ioctl(streams.input, 0x540E, 0) }
    }
    for (target, source) in [(0, streams.input), (1, streams.output), (2, streams.error)] {
      try LinuxCall.check("dup2") { dup2(source, Int32(target)) }
    }
    // Everything else closes at exec: it was opened so.
  }

  private static func changeDirectory(_ path: String) throws(LinuxError) {
    if chdir(path) != 0 {
      try LinuxCall.makeDirectory(path)
      try LinuxCall.check("chdir \(path)") { chdir(path) }
    }
  }

  /// Becomes the program, which is searched in the environment's PATH as a shell would.
  private static func execute(
    _ arguments: [String], _ environment: [String]
  ) throws(LinuxError) {
    let program = arguments[0]
    let path = environment.last { $0.hasPrefix("PATH=") }.map { String($0.dropFirst(5)) }
    var failure = LinuxError(
      number: ENOENT,
      what: "exec: \"\(program)\": executable file not found in $PATH")
    let candidates =
      program.contains("/")
      ? [program]
      : (path ?? defaultPath).split(separator: ":").map { "\($0)/\(program)" }
    withArray(arguments) { argv in
      withArray(environment) { envp in
        for candidate in candidates {
          execve(candidate, argv, envp)
          if errno != ENOENT, errno != ENOTDIR {
            failure = LinuxError(number: errno, what: "exec: \"\(candidate)\"")
            if errno != EACCES { break }
          } else if program.contains("/") {
            failure = LinuxError(number: errno, what: "exec: \"\(program)\": stat \(program)")
          }
        }
      }
    }
    throw failure
  }

  private static func withArray(
    _ strings: [String], _ body: ([UnsafeMutablePointer<CChar>?]) -> Void
  ) {
    let pointers = strings.map { strdup($0) } + [nil]
    body(pointers)
    for pointer in pointers { free(pointer) }
  }
}
