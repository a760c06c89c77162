/// The members of a JSON object, kept sorted by key in one flat array.
///
/// Kubernetes objects are small (rarely more than twenty members), so that a binary search in
/// contiguous memory beats hashing, and a sorted order makes the encoded form canonical: equal
/// objects have equal bytes. Looking up is O(log n), inserting and removing O(n). Building from n
/// unsorted members is O(n log n).
public struct JSONObject: Sendable, Hashable {
  public struct Member: Sendable, Hashable {
    public var key: String
    public var value: JSON

    public init(key: String, value: JSON) {
      self.key = key
      self.value = value
    }
  }

  /// Sorted by key, no key twice.
  private var members: [Member]

  public init() { members = [] }

  /// The last value wins where a key comes twice, as in Go's and JavaScript's decoders.
  public init(_ pairs: some Sequence<(String, JSON)>) {
    members = []
    for (key, value) in pairs { self[key] = value }
  }

  /// Takes members that are sorted by key, without a key twice, as the members of another object
  /// are after some were left out or changed.
  package init(sorted members: [Member]) {
    assert(Self.isStrictlySorted(members))
    self.members = members
  }

  /// Takes members in any order; a key that comes again replaces the earlier value.
  ///
  /// - Parameter duplicate: called with each key that came again.
  init(unsorted: [Member], duplicate: (String) -> Void) {
    members = unsorted
    if Self.isStrictlySorted(members) { return }
    // Sorting indices keeps the order of equal keys, which decides who wins.
    let order = members.indices.sorted {
      (members[$0].key, $0) < (members[$1].key, $1)
    }
    var sorted: [Member] = []
    sorted.reserveCapacity(members.count)
    for index in order {
      if let last = sorted.last, last.key == unsorted[index].key {
        duplicate(last.key)
        sorted[sorted.count - 1] = unsorted[index]
      } else {
        sorted.append(unsorted[index])
      }
    }
    members = sorted
  }

  private static func isStrictlySorted(_ members: [Member]) -> Bool {
    guard members.count > 1 else { return true }
    for index in 1..<members.count where !(members[index - 1].key < members[index].key) {
      return false
    }
    return true
  }

  private func position(of key: String) -> (index: Int, found: Bool) {
    var low = 0
    var high = members.count
    while low < high {
      let middle = (low + high) / 2
      let other = members[middle].key
      if other == key { return (middle, true) }
      if other < key { low = middle + 1 } else { high = middle }
    }
    return (low, false)
  }

  /// The member's value (`.null` if it is written as null), or nil if there is no such member.
  /// Setting nil removes the member; to write a null, set `.some(.null)`.
  public subscript(_ key: String) -> JSON? {
    get {
      let (index, found) = position(of: key)
      return found ? members[index].value : nil
    }
    set {
      let (index, found) = position(of: key)
      switch (newValue, found) {
      case (let value?, true): members[index].value = value
      case (let value?, false): members.insert(Member(key: key, value: value), at: index)
      case (nil, true): members.remove(at: index)
      case (nil, false): break
      }
    }
  }

  /// Changes a member's value in place; a missing member starts as `.null`.
  public mutating func update<Result>(
    _ key: String, _ change: (inout JSON) throws -> Result
  ) rethrows -> Result {
    let (index, found) = position(of: key)
    if !found { members.insert(Member(key: key, value: .null), at: index) }
    return try change(&members[index].value)
  }

  @discardableResult
  public mutating func removeValue(forKey key: String) -> JSON? {
    let (index, found) = position(of: key)
    return found ? members.remove(at: index).value : nil
  }

  public var keys: some Sequence<String> { members.lazy.map(\.key) }
}

extension JSONObject: RandomAccessCollection {
  public var startIndex: Int { members.startIndex }
  public var endIndex: Int { members.endIndex }
  public subscript(position: Int) -> Member { members[position] }
}

extension JSONObject: ExpressibleByDictionaryLiteral {
  public init(dictionaryLiteral elements: (String, JSON)...) { self.init(elements) }
}
