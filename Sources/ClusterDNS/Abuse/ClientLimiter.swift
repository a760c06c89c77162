import Synchronization

/// How many queries each client may ask over UDP, shared by all workers.
///
/// A client has a bucket that holds only when its next query is due at a steady rate (the generic
/// cell rate algorithm): a query is let through if it does not come too long before that. Clients
/// are told apart by whole addresses, because Pods of one node share every prefix. The table is of
/// fixed size; with more clients at once than it holds, some are let through that should not be,
/// never the reverse.
///
/// Sendable because the cells are atomic and allocated for the life of the object.
final class ClientLimiter: @unchecked Sendable {
  /// What a client may.
  struct Rate: Sendable, Equatable {
    /// Queries per second, at least 1.
    var perSecond: Int
    /// Queries at once, at least 1.
    var burst: Int

    init(perSecond: Int, burst: Int? = nil) {
      self.perSecond = max(1, perSecond)
      self.burst = max(1, burst ?? perSecond)
    }
  }

  private let cells: UnsafeMutablePointer<Atomic<UInt64>>
  let view: View

  /// - Parameter hashSeed: random, unless a test needs the same each time.
  init(_ rate: Rate, hashSeed: UInt64 = .random(in: 0...UInt64.max)) {
    cells = .allocate(capacity: View.cellCount)
    for index in 0..<View.cellCount { (cells + index).initialize(to: Atomic(0)) }
    let interval = max(1, 1_000_000 / UInt64(rate.perSecond))
    view = View(
      cells: cells, hash: NameHash(seed: hashSeed), interval: interval,
      tolerance: interval * UInt64(rate.burst - 1))
  }

  deinit {
    cells.deinitialize(count: View.cellCount)
    cells.deallocate()
  }

  /// The table for the query path: bare pointers, valid as long as the limiter is.
  struct View {
    private let cells: UnsafeMutablePointer<Atomic<UInt64>>?
    private let hash: NameHash
    /// Between queries of a steady client, in microseconds.
    private let interval: UInt64
    /// How much too early a query may come, in microseconds.
    private let tolerance: UInt64

    /// 128 KiB.
    static var cellCount: Int { 16_384 }
    /// Cells a client may have its bucket in: half a cache line.
    private static var ways: Int { @_noLocks get { 4 } }
    /// Times a bucket is tried that another worker changes at the same moment.
    private static var attempts: Int { @_noLocks get { 4 } }
    /// The lower bits hold microseconds, for nine years; the others tell clients apart.
    private static var timeMask: UInt64 { @_noLocks get { 0xFFFF_FFFF_FFFF } }

    fileprivate init(
      cells: UnsafeMutablePointer<Atomic<UInt64>>?, hash: NameHash, interval: UInt64,
      tolerance: UInt64
    ) {
      self.cells = cells
      self.hash = hash
      self.interval = interval
      self.tolerance = tolerance
    }

    /// Lets everything through.
    static var none: View {
      View(cells: nil, hash: NameHash(seed: 0), interval: 0, tolerance: 0)
    }

    var isActive: Bool { @_noLocks get { cells != nil } }

    /// Whether a query that arrives now is within its client's rate; counts it if so.
    ///
    /// - Parameter now: microseconds, of a clock that goes on; any zero.
    @_noLocks
    func admits(_ asker: Asker, now: UInt64) -> Bool {
      guard let cells, asker.isKnown else { return true }
      let hash =
        asker.isIPv6
        ? hash.hash(ofAddressHigh: asker.high, low: asker.low)
        : hash.hash(ofAddress: UInt32(truncatingIfNeeded: asker.low))
      let tag = hash & ~Self.timeMask
      let first = Int(truncatingIfNeeded: hash) & 16_380  // A multiple of the ways, in bounds.
      let time = now & Self.timeMask
      var attempt = 0
      while attempt < Self.attempts {
        let cell = cells + (first &+ bucket(cells + first, tag, time))
        let old = cell.pointee.load(ordering: .relaxed)
        var due = old & Self.timeMask
        // Another client's, nobody's, or of a time that has been set back: it begins anew.
        if old & ~Self.timeMask != tag { due = time }
        if due < time { due = time }
        if due &- time > tolerance &+ interval { due = time }
        if due &- time > tolerance { return false }
        let new = tag | (due &+ interval) & Self.timeMask
        let result = cell.pointee.weakCompareExchange(
          expected: old, desired: new, ordering: .relaxed)
        if result.exchanged { return true }
        attempt &+= 1
      }
      return true
    }

    /// Which of the client's cells: the one it has, else the one that has been idle for longest.
    @_noLocks
    private func bucket(
      _ cells: UnsafeMutablePointer<Atomic<UInt64>>, _ tag: UInt64, _ now: UInt64
    ) -> Int {
      var idlest = 0
      var earliest = UInt64.max
      var index = 0
      while index < Self.ways {
        let value = cells[index].load(ordering: .relaxed)
        if value & ~Self.timeMask == tag { return index }
        let due = value & Self.timeMask
        if due < earliest {
          earliest = due
          idlest = index
        }
        index &+= 1
      }
      return idlest
    }
  }
}
