import KubernetesClient

/// Does the work of a connection for as long as its client is there.
enum Connected {
  /// How long a client gets to close after it has been told the end: closing first could cost it
  /// what it has not read yet.
  private static let farewell = Duration.seconds(2)

  private enum End {
    case clientLeft, workDone, late
  }

  /// - Parameters:
  ///   - read: reads what the client sends, until it leaves.
  ///   - work: cancelled when the client leaves.
  static func run(
    time: TimeSource = .system, read: @escaping @Sendable () async -> Void,
    work: @escaping @Sendable () async -> Void
  ) async {
    await withTaskGroup(of: End.self) { group in
      group.addTask {
        await read()
        return .clientLeft
      }
      group.addTask {
        await work()
        return .workDone
      }
      if await group.next() == .workDone {
        group.addTask {
          try? await time.sleep(farewell)
          return .late
        }
        _ = await group.next()
      }
      group.cancelAll()
    }
  }
}
