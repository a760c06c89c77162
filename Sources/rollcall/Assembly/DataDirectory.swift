import Foundation
import Glibc

/// The directory everything of one plane is kept in: the store, the certificates, the admin's
/// kubeconfig.
struct DataDirectory: Sendable {
  var path: String
  /// Whether it was made for this run and goes with it.
  var isEphemeral: Bool

  var adminKubeConfig: String { path + "/admin.kubeconfig" }
  /// Where PersistentVolumes made for claims are.
  var volumes: String { path + "/volumes" }

  /// Where the plane lives if no option says so.
  static func defaultPath(environment: [String: String], isRoot: Bool) -> String {
    if let path = environment["ROLLCALL_DATA"], !path.isEmpty { return path }
    if isRoot { return "/var/lib/rollcall" }
    if let state = environment["XDG_STATE_HOME"], state.hasPrefix("/") {
      return state + "/rollcall"
    }
    return (environment["HOME"] ?? "/tmp") + "/.local/state/rollcall"
  }

  /// Makes the directory, readable by its owner only, unless it is there.
  ///
  /// - Throws: `CommandFailure` with `cannotCreate`.
  static func open(path: String?) throws -> DataDirectory {
    let chosen =
      path
      ?? defaultPath(environment: ProcessInfo.processInfo.environment, isRoot: geteuid() == 0)
    let absolute = URL(fileURLWithPath: chosen).standardizedFileURL.path
    var isDirectory: ObjCBool = false
    if FileManager.default.fileExists(atPath: absolute, isDirectory: &isDirectory),
      !isDirectory.boolValue
    {
      throw CommandFailure(.cannotCreate, "data directory \(absolute): it is a file")
    }
    do {
      try FileManager.default.createDirectory(
        atPath: absolute, withIntermediateDirectories: true,
        attributes: [.posixPermissions: 0o700])
    } catch {
      throw CommandFailure(.cannotCreate, "data directory \(absolute): \(reason(error))")
    }
    guard access(absolute, R_OK | W_OK | X_OK) == 0 else {
      throw CommandFailure(
        .cannotCreate, "data directory \(absolute): \(String(cString: strerror(errno)))")
    }
    return DataDirectory(path: absolute, isEphemeral: false)
  }

  private static let ephemeralPrefix = "rollcall-"
  private static let lockName = "/ephemeral.lock"

  /// Makes a directory that `remove` takes away, or, if this run crashes, a later run's
  /// `removeAbandoned`.
  static func ephemeral() throws -> DataDirectory {
    let pattern = NSTemporaryDirectory() + "/\(ephemeralPrefix)XXXXXX"
    var template = Array(pattern.utf8CString)
    guard let made = template.withUnsafeMutableBufferPointer({ $0.baseAddress.flatMap(mkdtemp) })
    else {
      throw CommandFailure(
        .cannotCreate, "temporary data directory: \(String(cString: strerror(errno)))")
    }
    let path = URL(fileURLWithPath: String(cString: made)).standardizedFileURL.path
    // Held until the process ends, however it ends.
    _ = lock(path + lockName, O_RDWR | O_CREAT)
    return DataDirectory(path: path, isEphemeral: true)
  }

  /// Removes ephemeral directories of this user whose runs crashed.
  static func removeAbandoned() {
    let temporary = NSTemporaryDirectory()
    let names = (try? FileManager.default.contentsOfDirectory(atPath: temporary)) ?? []
    for name in names where name.hasPrefix(ephemeralPrefix) {
      let path = temporary + "/" + name
      var status = stat()
      guard lstat(path, &status) == 0, status.st_uid == geteuid(),
        let descriptor = lock(path + lockName, O_RDWR)
      else { continue }
      try? FileManager.default.removeItem(atPath: path)
      close(descriptor)
    }
  }

  /// Locks a file; nil if it is not there or another process has it.
  private static func lock(_ path: String, _ flags: Int32) -> Int32? {
    let descriptor = Glibc.open(path, flags | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard descriptor >= 0 else { return nil }
    if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { return descriptor }
    close(descriptor)
    return nil
  }

  /// Removes an ephemeral directory; does nothing to any other.
  func remove() {
    guard isEphemeral else { return }
    try? FileManager.default.removeItem(atPath: path)
  }

  private static func reason(_ error: any Error) -> String {
    if let posix = (error as NSError).userInfo[NSUnderlyingErrorKey] as? NSError,
      posix.domain == NSPOSIXErrorDomain
    {
      return String(cString: strerror(Int32(posix.code)))
    }
    return (error as NSError).localizedDescription
  }
}
