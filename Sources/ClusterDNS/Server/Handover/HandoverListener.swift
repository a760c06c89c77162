import Glibc
import Synchronization

/// Waits at a path for a successor, gives it this process's sockets, and tells when it serves.
final class HandoverListener: Sendable {
  private let path: String
  private let descriptor: Int32
  private let identity: FileIdentity?
  private let isStopped = Atomic(false)

  /// Takes the path, from a predecessor if there is one: it finds nobody there, and need not.
  ///
  /// - Throws: ``SystemError`` if the path cannot be used.
  init(path: String) throws(SystemError) {
    self.path = path
    descriptor = try SystemCalls.handoverSocket()
    let temporary = "\(path).\(getpid())"
    do throws(SystemError) {
      // Only who runs the server may take its sockets.
      _ = fchmod(descriptor, 0o600)
      unlink(temporary)
      try SystemCalls.bind(descriptor, path: temporary)
      try SystemCalls.listen(descriptor, backlog: 4)
      // At no time is there nothing at the path.
      guard rename(temporary, path) == 0 else {
        throw SystemError(code: errno, call: "rename \(path)")
      }
    } catch {
      unlink(temporary)
      SystemCalls.close(descriptor)
      throw error
    }
    identity = FileIdentity(path)
  }

  deinit { SystemCalls.close(descriptor) }

  /// Serves successors on a thread of its own, until one has taken over or `stop`.
  ///
  /// - Parameters:
  ///   - sockets: what is handed over. The descriptors stay this process's.
  ///   - onTaken: called when a successor serves; calls its argument once this process accepts no
  ///     more connections.
  func start(
    sockets: @escaping @Sendable () -> [HandedSocket],
    onTaken: @escaping @Sendable (_ released: @escaping @Sendable () -> Void) -> Void
  ) {
    ThreadStart { [self] in
      while let channel = SystemCalls.accept(descriptor).map(HandoverChannel.init) {
        // A conversation that breaks off leaves this process serving as before.
        if (try? Self.converse(channel, sockets())) ?? false {
          // The successor may have gone since; it knows by itself then.
          onTaken { try? channel.send(.released) }
          return
        }
        if isStopped.load(ordering: .acquiring) { return }
      }
    }.launch()
  }

  /// Returns whether the other side serves now.
  private static func converse(
    _ channel: HandoverChannel, _ sockets: [HandedSocket]
  ) throws(SystemError) -> Bool {
    guard let (first, _) = try channel.receive(), first == .request else { return false }
    for socket in sockets {
      try channel.send(.socket(socket.role, socket.address), passing: socket.descriptor)
    }
    try channel.send(.end)
    // As long as it takes: the successor first learns the cluster.
    guard let (last, _) = try channel.receive() else { return false }
    return last == .serving
  }

  /// Waits no more. The path is removed, unless it is a successor's by now.
  func stop() {
    if isStopped.exchange(true, ordering: .acquiringAndReleasing) { return }
    if let identity, FileIdentity(path) == identity { unlink(path) }
    // Wakes the thread.
    _ = shutdown(descriptor, Int32(SHUT_RDWR))
  }
}

/// Which file a path names.
private struct FileIdentity: Equatable, Sendable {
  let device: UInt64
  let number: UInt64

  init?(_ path: String) {
    var status = stat()
    guard lstat(path, &status) == 0 else { return nil }
    device = UInt64(status.st_dev)
    number = UInt64(status.st_ino)
  }
}
