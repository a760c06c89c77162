import ArgumentParser
import CRollcallLinux
import Foundation

/// `rollcall up` without privileges: the whole plane in namespaces of its own, where it is root
/// over its own network and mounts and over nothing else.
///
/// Runs before the program has a second thread. The process that was started keeps the sockets of
/// the front door open and waits; the one it forks is number 1 of a PID namespace, so that nothing
/// of it can outlive the other.
enum PrivateNode {
  /// Tells the inner process its front door: `api=FD,dns-udp=FD,dns-tcp=FD`.
  static let variable = "ROLLCALL_FRONT_DOOR"

  /// Enters namespaces if the command line is one of `up` that needs them; returns in the inner
  /// process, or if nothing is to be done.
  static func enterIfAsked(_ arguments: [String]) {
    guard getenv(variable) == nil, arguments.count > 1, arguments[1] == "up",
      // What cannot be parsed is reported by whoever parses it next.
      let command = try? UpCommand.parseAsRoot(Array(arguments.dropFirst(2))) as? UpCommand,
      !command.noNode, command.rootless || geteuid() != 0
    else { return }
    do {
      let door = try FrontDoor.open(api: command.plane.listen, dns: command.dnsListen)
      if getenv("ROLLCALL_DATA") == nil {
        let path = DataDirectory.defaultPath(
          environment: ProcessInfo.processInfo.environment, isRoot: geteuid() == 0)
        setenv("ROLLCALL_DATA", path, 1)
      }
      try enter()
      setenv(variable, door.text, 1)
    } catch let failure as CommandFailure {
      StandardError.write("rollcall: \(failure.message)")
      exit(failure.status.rawValue)
    } catch {
      StandardError.write("rollcall: \(error)")
      exit(CommandFailure.Status.software.rawValue)
    }
  }

  /// Returns in the inner process only.
  private static func enter() throws {
    let (user, group) = (geteuid(), getegid())
    let flags =
      rollcall_clone_newuser() | rollcall_clone_newnet() | rollcall_clone_newns()
      | rollcall_clone_newpid() | rollcall_clone_newipc()
    guard rollcall_unshare(flags) == 0 else {
      throw CommandFailure(
        .noPermission,
        "user namespaces are forbidden here (\(reason)), so no Pods can run; API and DNS run "
          + "without them: rollcall up --no-node")
    }
    try write("/proc/self/setgroups", "deny")
    try write("/proc/self/uid_map", "0 \(user) 1")
    try write("/proc/self/gid_map", "0 \(group) 1")
    let child = rollcall_fork()
    guard child >= 0 else { throw CommandFailure(.software, "fork: \(reason)") }
    if child > 0 { waitFor(child) }
    _ = rollcall_die_with_parent(SIGKILL)
    _ = rollcall_mount("none", "/", "", 16384 | 1 << 18, "")  // MS_REC | MS_PRIVATE
    guard rollcall_mount("proc", "/proc", "proc", 2 | 4 | 8, "") == 0 else {
      throw CommandFailure(
        .noPermission,
        "a process file system of our own is forbidden here (\(reason)), so no Pods can run; "
          + "API and DNS run without them: rollcall up --no-node")
    }
  }

  private static var reason: String { String(cString: strerror(errno)) }

  private static func write(_ path: String, _ text: String) throws {
    let descriptor = open(path, O_WRONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw CommandFailure(.noPermission, "\(path): \(reason)") }
    defer { close(descriptor) }
    guard text.withCString({ Glibc.write(descriptor, $0, strlen($0)) }) > 0 else {
      throw CommandFailure(.noPermission, "\(path): \(reason)")
    }
  }

  /// Passes on the signals that stop a command, and ends as the inner process does.
  private static func waitFor(_ child: pid_t) -> Never {
    var wanted = sigset_t()
    sigemptyset(&wanted)
    for number in [SIGINT, SIGTERM, SIGCHLD] { sigaddset(&wanted, number) }
    sigprocmask(SIG_BLOCK, &wanted, nil)
    while true {
      var status: Int32 = 0
      if waitpid(child, &status, WNOHANG) == child {
        let signal = status & 0x7F
        exit(signal == 0 ? status >> 8 & 0xFF : 128 + signal)
      }
      var number: Int32 = 0
      sigwait(&wanted, &number)
      // One from the terminal reaches the inner process by itself; twice does no harm.
      if number != SIGCHLD { kill(child, number) }
    }
  }
}
