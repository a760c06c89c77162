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

  /// Ends Pods of this network namespace that are kept elsewhere: those of a run that crashed.
  ///
  /// - Parameter directory: where the Pods that stay are kept; nil if none are to stay.
  /// - Returns: how many there were.
  package static func endLeftovers(except directory: String? = nil) throws -> Int {
    try NodeLeftovers.end(except: directory)
  }
}
