import Glibc

/// Takes away everything an agent made: processes, links, directories.
package enum NodeCleanup {
  /// Ends all Pods kept below a directory. Blocks.
  ///
  /// - Returns: how many there were.
  package static func endPods(directory: String) -> Int {
    let pods = directory + "/pods"
    let uids = (try? LinuxCall.entries(pods)) ?? []
    for uid in uids {
      SandboxProcess(directory: "\(pods)/\(uid)", program: "").destroy()
      FileTree.remove("\(pods)/\(uid)")
    }
    unlink(directory + "/addresses.json")
    return uids.count
  }
}
