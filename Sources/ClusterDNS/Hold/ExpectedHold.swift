import NIOCore
import Synchronization

/// Keeps queries for names that are about to exist until they do, for a while: their clients get
/// the name at the moment it is there, instead of a denial a moment before.
///
/// Bounded in number and time; beyond the number, names are denied at once. Workers only put
/// queries down; they are answered on one event loop.
final class ExpectedHold: HandOffTaker {
  /// The places there are, taken by queries that are kept or on their way.
  final class Places: Sendable {
    private let limit: Int
    private let taken = Atomic(0)

    init(_ limit: Int) { self.limit = limit }

    var count: Int { taken.load(ordering: .relaxed) }

    func take() -> Bool {
      if taken.add(1, ordering: .relaxed).newValue <= limit { return true }
      free()
      return false
    }

    func free() { taken.subtract(1, ordering: .relaxed) }
  }

  /// What is allowed.
  struct Limits: Sendable, Equatable {
    /// How long a query is kept.
    var wait: TimeAmount
    /// Queries kept at one time.
    var queries = ServerLimits.heldQueries
  }

  private let places: Places
  private let loop: any EventLoop
  private let queue = Mutex<[HandOff]>([])
  private let isAwake = Atomic(false)
  private let core: NIOLoopBoundBox<HeldQueries>

  init(
    _ limits: Limits, loop: any EventLoop, cell: SnapshotCell, settings: PipelineSettings,
    counters: QueryCounters, forwarder: (any HandOffTaker)?
  ) {
    let places = Places(limits.queries)
    self.places = places
    self.loop = loop
    core = .makeBoxSendingValue(
      HeldQueries(
        wait: limits.wait, places: places, cell: cell,
        pipeline: QueryPipeline(counters: counters, settings: settings),
        needsClock: settings.view.hasCookies, forwarder: forwarder),
      as: HeldQueries.self, eventLoop: loop)
    cell.observe { [weak self] in self?.zoneChanged() }
  }

  /// Takes a place for a query that is pushed next; false if there is none.
  func reserve() -> Bool { places.take() }

  func push(_ entry: HandOff) { queue.withLock { $0.append(entry) } }

  func wake() {
    if isAwake.exchange(true, ordering: .acquiringAndReleasing) { return }
    loop.execute { [self] in
      isAwake.store(false, ordering: .sequentiallyConsistent)
      let entries = queue.withLock { queue in
        defer { queue = [] }
        return queue
      }
      core.value.keep(entries, loop)
    }
  }

  private func zoneChanged() {
    if places.count > 0 { wake() }
  }

  /// Answers all that are kept as they are, and keeps no more.
  func stop() { loop.execute { [self] in core.value.finish() } }

  /// Queries kept now, or on their way.
  var count: Int { places.count }
}
