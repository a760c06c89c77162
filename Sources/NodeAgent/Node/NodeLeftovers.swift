import Glibc
import Netlink

/// Pods that a crashed run left in this network namespace, in a directory nobody will come back to
/// (a run that keeps nothing has a new one each time).
enum NodeLeftovers {
  /// Ends sandboxes whose link is in the calling thread's network namespace and whose directory is
  /// not below the given one, and removes their links and directories. Blocks.
  ///
  /// - Parameter directory: where this run keeps its Pods; nil if it keeps none.
  /// - Returns: how many there were.
  static func end(except directory: String?) throws(NetlinkError) -> Int {
    let routes = try RouteSocket()
    var count = 0
    for (pid, path) in sandboxes() {
      if let directory, path.hasPrefix(directory + "/") { continue }
      // Another namespace's, perhaps another user's, unless its link is here.
      guard let uid = path.split(separator: "/").last,
        let link = try routes.link(named: PodNetwork.linkName(String(uid)))
      else { continue }
      end(pid)
      do throws(NetlinkError) {
        try routes.deleteLink(link.index)
      } catch  where error.isMissing {}  // It went with its other end.
      FileTree.remove(path)
      count += 1
    }
    return count
  }

  /// Sandboxes that run: their PIDs and their Pods' directories.
  private static func sandboxes() -> [(Int32, String)] {
    ((try? LinuxCall.entries("/proc")) ?? []).compactMap { name in
      guard let pid = Int32(name), let line = try? LinuxCall.read("/proc/\(name)/cmdline") else {
        return nil
      }
      let words = line.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
      guard words.count == 3, words[1] == SandboxProcess.commandName else { return nil }
      return (pid, words[2])
    }
  }

  private static func end(_ pid: Int32) {
    guard let identity = ProcessIdentity(pid: pid) else { return }
    kill(pid, SIGTERM)
    for attempt in 0..<300 {
      _ = waitpid(pid, nil, WNOHANG)
      if !identity.isAlive { return }
      if attempt == 200 { kill(pid, SIGKILL) }
      var pause = timespec(tv_sec: 0, tv_nsec: 10_000_000)
      nanosleep(&pause, nil)
    }
  }
}
