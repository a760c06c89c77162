public import ObjectStore
import Testing

extension ObjectStore {
  /// Commits a transaction that must succeed.
  @discardableResult
  func write(
    _ writes: StoreTransaction.Write..., sourceLocation: SourceLocation = #_sourceLocation
  ) async throws -> Revision {
    let result = try await commit(StoreTransaction(writes: writes))
    guard case .committed(let revision) = result else {
      throw UnexpectedResult(result: result)
    }
    return revision
  }

  @discardableResult
  func put(_ key: String, _ value: String) async throws -> Revision {
    try await write(.put(key: key, value: Array(value.utf8)))
  }

  @discardableResult
  func delete(_ key: String) async throws -> Revision {
    try await write(.delete(key: key))
  }

  func list(
    _ prefix: String, from start: String? = nil, limit: Int = 0, at revision: Revision? = nil
  ) async throws -> StorePage {
    try await list(prefix: prefix, startingAt: start, limit: limit, at: revision)
  }

  /// Watches and gives the batches until a revision is reached.
  func changes(
    _ prefix: String, after revision: Revision?, through last: Revision
  ) async throws -> [StoreWatchBatch] {
    try await watch(prefix: prefix, after: revision).batches(through: last)
  }
}

extension StoreWatch {
  /// Consumes batches until a revision is reached.
  func batches(through last: Revision) async throws -> [StoreWatchBatch] {
    var batches: [StoreWatchBatch] = []
    for try await batch in self {
      batches.append(batch)
      if batch.revision >= last { return batches }
    }
    throw WatchEnded(reached: batches.last?.revision)
  }
}

struct UnexpectedResult: Error {
  var result: CommitResult
}

struct WatchEnded: Error {
  var reached: Revision?
}

extension StoredObject {
  /// Key, value as text, and the two revisions: what tables of expectations compare.
  var summary: String {
    "\(key)=\(String(decoding: value, as: UTF8.self)) created \(createRevision) at \(modRevision)"
  }
}

extension StorePage {
  var summaries: [String] { objects.map(\.summary) }
  var keys: [String] { objects.map(\.key) }
}

extension StoreEvent {
  var summary: String {
    let now =
      switch change {
      case .put(let object): "put \(object.summary)"
      case .delete: "delete \(key)"
      }
    return "\(revision): \(now)" + (previous.map { " over \($0.summary)" } ?? "")
  }
}

extension Revision: ExpressibleByIntegerLiteral {
  public init(integerLiteral value: UInt64) { self.init(rawValue: value) }
}

extension StoreTransaction.Write {
  static func put(_ key: String, _ value: String) -> StoreTransaction.Write {
    .put(key: key, value: Array(value.utf8))
  }

  static func delete(_ key: String) -> StoreTransaction.Write { .delete(key: key) }
}
