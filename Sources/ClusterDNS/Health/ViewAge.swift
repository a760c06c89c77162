private import Synchronization

/// How old the view of the cluster is that answers are made from, kept by who follows the cluster
/// and read by queries that ask for it.
///
/// Sendable because the cells are atomic and allocated for the life of the object.
package final class ViewAge: @unchecked Sendable {
  /// Where the view comes from.
  package enum Source: UInt8, Sendable {
    /// Nothing is known yet.
    case none = 0
    /// What an earlier process saved; the API server has not been heard since.
    case snapshot = 1
    /// The API server.
    case api = 2
  }

  private let cells: UnsafeMutablePointer<Atomic<Int64>>

  package init() {
    cells = .allocate(capacity: 2)
    cells.initialize(to: Atomic(-1))
    (cells + 1).initialize(to: Atomic(0))
  }

  deinit {
    cells.deinitialize(count: 2)
    cells.deallocate()
  }

  /// - Parameter seconds: since the view was last known to be current.
  package func set(seconds: Int64, source: Source) {
    cells[0].store(max(0, seconds), ordering: .relaxed)
    cells[1].store(Int64(source.rawValue), ordering: .relaxed)
  }

  package var seconds: Int64? {
    source == .none ? nil : cells[0].load(ordering: .relaxed)
  }

  package var source: Source {
    Source(rawValue: UInt8(clamping: cells[1].load(ordering: .relaxed))) ?? .none
  }

  /// Valid as long as the object is.
  var view: View { View(cells: cells) }

  /// A bare pointer for the query path.
  struct View {
    private let cells: UnsafeMutablePointer<Atomic<Int64>>

    fileprivate init(cells: UnsafeMutablePointer<Atomic<Int64>>) { self.cells = cells }

    var seconds: Int64 { @_noLocks get { cells[0].load(ordering: .relaxed) } }
    var source: Int64 { @_noLocks get { cells[1].load(ordering: .relaxed) } }
  }
}
