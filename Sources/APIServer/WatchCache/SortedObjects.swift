import ObjectStore

/// The objects of a kind in key order.
///
/// Two levels of arrays: a change touches one short array, and a copy taken for a reader costs
/// the reader nothing and the next writer one short array.
struct SortedObjects: Sendable {
  /// None empty; keys ascend within and across.
  private var chunks: [[CachedObject]] = []
  private(set) var count = 0

  /// Chosen so that a copied chunk is a few kilobytes and 100 000 objects have a few hundred
  /// chunks.
  private static let chunkLimit = 512

  init() {}

  /// The position of the first object whose key is not before a key.
  private func lowerBound(_ key: String) -> Position {
    var low = 0
    var high = chunks.count
    while low < high {
      let middle = (low + high) / 2
      if let last = chunks[middle].last, last.key < key { low = middle + 1 } else { high = middle }
    }
    guard low < chunks.count else { return Position(chunk: low, index: 0) }
    let chunk = chunks[low]
    var first = 0
    var end = chunk.count
    while first < end {
      let middle = (first + end) / 2
      if chunk[middle].key < key { first = middle + 1 } else { end = middle }
    }
    return Position(chunk: low, index: first)
  }

  private func object(at position: Position) -> CachedObject? {
    guard position.chunk < chunks.count, position.index < chunks[position.chunk].count else {
      return nil
    }
    return chunks[position.chunk][position.index]
  }

  subscript(_ key: String) -> CachedObject? {
    guard let found = object(at: lowerBound(key)), found.key == key else { return nil }
    return found
  }

  /// - Returns: the version that was there.
  @discardableResult
  mutating func insert(_ object: CachedObject) -> CachedObject? {
    var position = lowerBound(object.key)
    if let found = self.object(at: position), found.key == object.key {
      chunks[position.chunk][position.index] = object
      return found
    }
    count += 1
    if position.chunk == chunks.count {
      guard !chunks.isEmpty else {
        chunks.append([object])
        return nil
      }
      position = Position(chunk: chunks.count - 1, index: chunks[chunks.count - 1].count)
    }
    chunks[position.chunk].insert(object, at: position.index)
    if chunks[position.chunk].count > Self.chunkLimit { split(position.chunk) }
    return nil
  }

  private mutating func split(_ index: Int) {
    let half = chunks[index].count / 2
    let upper = Array(chunks[index][half...])
    chunks[index].removeSubrange(half...)
    chunks.insert(upper, at: index + 1)
  }

  /// - Returns: the version that was there.
  @discardableResult
  mutating func remove(_ key: String) -> CachedObject? {
    let position = lowerBound(key)
    guard let found = object(at: position), found.key == key else { return nil }
    chunks[position.chunk].remove(at: position.index)
    if chunks[position.chunk].isEmpty { chunks.remove(at: position.chunk) }
    count -= 1
    return found
  }

  /// The objects of a namespace, or all, from a key on.
  ///
  /// - Parameter prefix: empty, or a namespace and a slash.
  func cursor(prefix: String, startingAt start: String = "") -> Cursor {
    let end =
      prefix.isEmpty
      ? Position(chunk: chunks.count, index: 0)
      : lowerBound(String(prefix.dropLast()) + "0")  // The character after the slash.
    return Cursor(chunks: chunks, position: lowerBound(max(prefix, start)), end: end)
  }

  fileprivate struct Position: Equatable {
    var chunk: Int
    var index: Int
  }

  /// Walks over a state of the objects that no later write changes.
  struct Cursor: Sendable, IteratorProtocol {
    private let chunks: [[CachedObject]]
    private var position: Position
    private let end: Position

    fileprivate init(chunks: [[CachedObject]], position: Position, end: Position) {
      self.chunks = chunks
      self.position = position
      self.end = end
    }

    mutating func next() -> CachedObject? {
      if position.chunk < end.chunk, position.index == chunks[position.chunk].count {
        position = Position(chunk: position.chunk + 1, index: 0)
      }
      guard position.chunk < end.chunk || position.index < end.index else { return nil }
      defer { position.index += 1 }
      return chunks[position.chunk][position.index]
    }

    /// How many are left.
    var remaining: Int {
      if position.chunk == end.chunk { return max(0, end.index - position.index) }
      guard position.chunk < end.chunk else { return 0 }
      var count = chunks[position.chunk].count - position.index
      for chunk in chunks[position.chunk..<end.chunk].dropFirst() { count += chunk.count }
      if end.chunk < chunks.count { count += end.index }
      return count
    }
  }
}
