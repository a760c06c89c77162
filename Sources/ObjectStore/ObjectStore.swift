/// A position in the history of a store: how many write transactions came before and including it.
///
/// Every transaction that writes raises the revision by exactly one, whatever it writes; all its
/// writes carry that one revision. Revision 0 is the empty store. Kubernetes shows it to users as
/// `metadata.resourceVersion`.
public struct Revision: RawRepresentable, Hashable, Comparable, Sendable, CustomStringConvertible {
  public var rawValue: UInt64

  public init(rawValue: UInt64) { self.rawValue = rawValue }

  public static let zero = Revision(rawValue: 0)

  public var next: Revision { Revision(rawValue: rawValue + 1) }

  public static func < (left: Revision, right: Revision) -> Bool { left.rawValue < right.rawValue }

  public var description: String { String(rawValue) }
}

/// One key's value at some revision.
public struct StoredObject: Sendable, Equatable {
  public var key: String
  public var value: [UInt8]
  /// The transaction that first wrote the key since it was last absent.
  public var createRevision: Revision
  /// The transaction that wrote this value.
  public var modRevision: Revision

  public init(key: String, value: [UInt8], createRevision: Revision, modRevision: Revision) {
    self.key = key
    self.value = value
    self.createRevision = createRevision
    self.modRevision = modRevision
  }
}

/// A set of writes that happen together, or not at all if a condition does not hold.
///
/// The shape is that of an etcd transaction (compare, then put and delete), so that every
/// implementation can offer it without a lock held across calls.
public struct StoreTransaction: Sendable {
  public enum Condition: Sendable, Equatable {
    /// The key has no value now.
    case absent(key: String)
    /// The key's value is the one written by that transaction.
    case unchanged(key: String, since: Revision)

    public var key: String {
      switch self {
      case .absent(let key), .unchanged(let key, _): key
      }
    }
  }

  public enum Write: Sendable, Equatable {
    case put(key: String, value: [UInt8])
    /// Deleting an absent key is no error and leaves no trace in the history.
    case delete(key: String)

    public var key: String {
      switch self {
      case .put(let key, _), .delete(let key): key
      }
    }
  }

  public var conditions: [Condition]
  /// No key may come twice.
  public var writes: [Write]

  public init(conditions: [Condition] = [], writes: [Write] = []) {
    self.conditions = conditions
    self.writes = writes
  }
}

/// What became of a transaction whose store answered.
public enum CommitResult: Sendable, Equatable {
  /// Written, and on disk where the store has one.
  case committed(Revision)
  /// Nothing was written: the first condition that failed, and what its key held instead.
  case conflict(StoreTransaction.Condition, current: StoredObject?)
}

/// Part of a listing, in key order.
public struct StorePage: Sendable, Equatable {
  public var objects: [StoredObject]
  /// The revision the whole listing is of; ask for further pages at this one.
  public var revision: Revision
  /// The key the next page starts at, or nil if this is the last page.
  public var next: String?
  /// How many objects follow this page.
  public var remaining: Int

  public init(objects: [StoredObject], revision: Revision, next: String?, remaining: Int) {
    self.objects = objects
    self.revision = revision
    self.next = next
    self.remaining = remaining
  }
}

/// One key's change.
public struct StoreEvent: Sendable, Equatable {
  public enum Change: Sendable, Equatable {
    case put(StoredObject)
    case delete
  }

  public var key: String
  public var revision: Revision
  public var change: Change
  /// What the key held before, nil if it was absent.
  public var previous: StoredObject?

  public init(key: String, revision: Revision, change: Change, previous: StoredObject?) {
    self.key = key
    self.revision = revision
    self.change = change
    self.previous = previous
  }
}

/// Consecutive changes under a watched prefix. A transaction is never cut in two.
public struct StoreWatchBatch: Sendable, Equatable {
  /// In revision order; may be empty, when only the revision moved on.
  public var events: [StoreEvent]
  /// Everything up to and including this revision has been delivered.
  public var revision: Revision

  public init(events: [StoreEvent], revision: Revision) {
    self.events = events
    self.revision = revision
  }
}

/// The changes of a store, as they are committed. Ends by throwing when the store closes or the
/// watcher fell so far behind that history is gone.
public typealias StoreWatch = AsyncThrowingStream<StoreWatchBatch, any Error>

/// A revisioned key-value store: the only thing that keeps Kubernetes objects.
///
/// Knows nothing of Kubernetes. Keys are UTF-8 and ordered by their bytes. Reads see every write
/// that was acknowledged before they began (they are linearizable). All members may be called
/// from anywhere, at the same time.
public protocol ObjectStore: Sendable {
  /// The newest committed revision.
  func currentRevision() async throws(StoreError) -> Revision

  /// The oldest revision that can still be listed at; a watch can resume after it or any later one.
  func compactedRevision() async throws(StoreError) -> Revision

  /// The key's newest value, or nil if it is absent.
  func get(_ key: String) async throws(StoreError) -> StoredObject?

  /// The objects whose key begins with a prefix.
  ///
  /// - Parameters:
  ///   - prefix: every key begins with the empty string.
  ///   - start: the first key to return, as a page before gave in `next`.
  ///   - limit: the most objects to return; 0 means all.
  ///   - revision: the state to list, nil for the newest.
  /// - Throws: `compacted` if that state is gone, `futureRevision` if it is yet to come.
  func list(
    prefix: String, startingAt start: String?, limit: Int, at revision: Revision?
  ) async throws(StoreError) -> StorePage

  /// Applies a transaction. Returning `committed` promises that the writes survive the death of
  /// the process and, for stores on disk, of the machine.
  ///
  /// A transaction that changes nothing (no writes, or only deletes of absent keys) commits at the
  /// current revision without raising it.
  func commit(_ transaction: StoreTransaction) async throws(StoreError) -> CommitResult

  /// Changes under a prefix after a revision, first those that are history, then new ones.
  ///
  /// - Parameter revision: nil to begin with the next change.
  /// - Throws: `compacted` if the history after that revision is gone, `futureRevision` if it has
  ///   not been reached.
  func watch(
    prefix: String, after revision: Revision?
  ) async throws(StoreError) -> StoreWatch

  /// Forgets the history before a revision: values that were overwritten or deleted by then. The
  /// state at the revision stays listable. Gives the space back to the file system.
  ///
  /// Compacting at an earlier revision than before does nothing.
  func compact(at revision: Revision) async throws(StoreError)

  /// Ends every watch and closes the store. Later calls throw `closed`.
  func close() async
}
