import KubernetesAPI
import KubernetesClient
import Logging
import Synchronization

/// Shows a `StatusTable` on the terminal for as long as the plane runs, repainted when something
/// changes.
final class StatusScreen: Sendable {
  /// Paints at most this often, so that a burst of changes costs one repaint.
  private static let shortestInterval = Duration.milliseconds(200)

  private let client: KubernetesClient
  private let introduction: [String]
  private let table: Mutex<StatusTable>
  private let logger: Logger

  /// - Parameter introduction: the lines above the table.
  init(client: KubernetesClient, introduction: [String], clusterDomain: String, logger: Logger) {
    self.client = client
    self.introduction = introduction
    self.logger = logger
    table = Mutex(StatusTable(clusterDomain: clusterDomain))
  }

  /// Runs until cancelled.
  func run() async throws {
    let (changes, signal) = AsyncStream.makeStream(
      of: Void.self, bufferingPolicy: .bufferingNewest(1))
    let services = Informer<Service>(
      client: client, options: .init(keeping: .nothing), logger: logger)
    let slices = Informer<EndpointSlice>(
      client: client, options: .init(keeping: .nothing), logger: logger)
    services.addHandler { events in
      self.table.withLock { table in
        for event in events {
          switch event {
          case .added(let service), .updated(_, let service): table.set(service)
          case .deleted(let key, _): table.removeService(key)
          case .synced: break
          }
        }
      }
      signal.yield()
    }
    slices.addHandler { events in
      self.table.withLock { table in
        for event in events {
          switch event {
          case .added(let slice), .updated(_, let slice): table.set(slice)
          case .deleted(let key, _): table.removeSlice(key)
          case .synced: break
          }
        }
      }
      signal.yield()
    }
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { await services.run() }
      group.addTask { await slices.run() }
      group.addTask { await self.paint(changes) }
      try await group.next()
      group.cancelAll()
    }
  }

  private func paint(_ changes: AsyncStream<Void>) async {
    Terminal.clear()
    for await _ in changes {
      let size = Terminal.size
      let height = max(3, size.rows - introduction.count - 2)
      let rows = table.withLock { $0.lines(width: size.columns, height: height) }
      Terminal.repaint(introduction + [""] + rows)
      try? await ContinuousClock().sleep(for: Self.shortestInterval)
    }
  }
}
