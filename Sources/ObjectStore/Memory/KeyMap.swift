/// A dictionary in key order: chunks of sorted entries, so that an insertion moves few of them.
struct KeyMap<Value> {
  /// The key of an entry and where it stands; valid until the next insertion or removal.
  struct Index {
    fileprivate var chunk: Int
    fileprivate var offset: Int
  }

  private typealias Entry = (key: StoreKey, value: Value)

  /// A chunk is cut in two when it has more entries; about the size at which moving half of one
  /// costs as much as finding it.
  private static var chunkCapacity: Int { 512 }

  /// None is empty.
  private var chunks: [[Entry]] = []

  init() {}

  /// Where the first key at or after a key stands.
  func firstIndex(from key: StoreKey) -> Index {
    let chunk = Swift.max(0, chunks.partition { $0[0].key <= key } - 1)
    guard chunk < chunks.count else { return Index(chunk: chunk, offset: 0) }
    let offset = chunks[chunk].partition { $0.key < key }
    return normalized(Index(chunk: chunk, offset: offset))
  }

  func entry(at index: Index) -> (key: StoreKey, value: Value)? {
    index.chunk < chunks.count ? chunks[index.chunk][index.offset] : nil
  }

  func index(after index: Index) -> Index {
    normalized(Index(chunk: index.chunk, offset: index.offset + 1))
  }

  /// The value of a key; setting nil removes it.
  subscript(key: StoreKey) -> Value? {
    get {
      guard let entry = entry(at: firstIndex(from: key)), entry.key == key else { return nil }
      return entry.value
    }
    set {
      let index = firstIndex(from: key)
      let isPresent = entry(at: index)?.key == key
      switch (isPresent, newValue) {
      case (true, let value?): chunks[index.chunk][index.offset].value = value
      case (true, nil): remove(at: index)
      case (false, let value?): insert((key, value))
      case (false, nil): break
      }
    }
  }

  /// Changes the value of a key in place, beginning with a default if it has none.
  mutating func update(
    _ key: StoreKey, default initial: @autoclosure () -> Value, _ body: (inout Value) -> Void
  ) {
    let index = firstIndex(from: key)
    if entry(at: index)?.key == key {
      body(&chunks[index.chunk][index.offset].value)
    } else {
      var value = initial()
      body(&value)
      insert((key, value))
    }
  }

  private mutating func insert(_ entry: Entry) {
    guard !chunks.isEmpty else { return chunks.append([entry]) }
    let chunk = Swift.max(0, chunks.partition { $0[0].key <= entry.key } - 1)
    let offset = chunks[chunk].partition { $0.key < entry.key }
    chunks[chunk].insert(entry, at: offset)
    guard chunks[chunk].count > Self.chunkCapacity else { return }
    let middle = chunks[chunk].count / 2
    chunks.insert(Array(chunks[chunk][middle...]), at: chunk + 1)
    chunks[chunk].removeSubrange(middle...)
  }

  private mutating func remove(at index: Index) {
    chunks[index.chunk].remove(at: index.offset)
    if chunks[index.chunk].isEmpty { chunks.remove(at: index.chunk) }
  }

  /// The end of a chunk is the start of the next.
  private func normalized(_ index: Index) -> Index {
    guard index.chunk < chunks.count, index.offset == chunks[index.chunk].count else {
      return index
    }
    return Index(chunk: index.chunk + 1, offset: 0)
  }
}

extension Array {
  /// How many leading elements satisfy a predicate that no later element satisfies.
  fileprivate func partition(_ isBefore: (Element) -> Bool) -> Int {
    var low = 0
    var high = count
    while low < high {
      let middle = (low + high) / 2
      if isBefore(self[middle]) { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
