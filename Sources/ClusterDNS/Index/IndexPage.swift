/// One entry of a page: which node, and the hash of the key it is found under.
struct IndexSlot {
  /// The address of the ``AnswerBlob``, or nil in an empty slot.
  var blob: UnsafeRawPointer?
  /// From that address to the node, in bytes.
  var nodeOffset: UInt32
  /// The lower half of the hash.
  var tag: UInt32

  static var empty: IndexSlot { IndexSlot(blob: nil, nodeOffset: 0, tag: 0) }

  /// The node of a filled slot.
  var node: IndexNode? {
    @_noLocks get {
      guard let blob else { return nil }
      return IndexNode(base: blob + Int(nodeOffset))
    }
  }
}

/// How the bits of a hash are spent: the upper ten choose the page, the lower 32 are kept in the
/// slot, where their lowest choose its place. So a page can be rebuilt from its slots alone.
enum HashBits {
  static var pageCount: Int { @_noLocks get { 1024 } }

  @_noLocks
  static func page(_ hash: UInt64) -> Int { Int(truncatingIfNeeded: hash &>> 54) }

  @_noLocks
  static func tag(_ hash: UInt64) -> UInt32 { UInt32(truncatingIfNeeded: hash) }
}

/// An immutable part of a table: open addressing with linear probing, at most three quarters full.
///
/// It holds one strong reference per filled slot to the slot's blob.
///
/// Sendable because nothing writes to it after `init`.
final class IndexPage: @unchecked Sendable {
  let slots: UnsafeMutablePointer<IndexSlot>
  /// A power of two.
  let capacity: Int
  let count: Int

  static let empty = IndexPage([])

  /// Of entries with the same tag, those that come first are met first.
  init(_ entries: [IndexSlot]) {
    count = entries.count
    var capacity = 2
    while capacity * 3 < entries.count * 4 { capacity *= 2 }
    self.capacity = capacity
    slots = .allocate(capacity: capacity)
    slots.initialize(repeating: .empty, count: capacity)
    let mask = capacity - 1
    for entry in entries {
      guard let blob = entry.blob else { continue }
      var index = Int(entry.tag) & mask
      // Ends: at least a quarter of the slots is empty.
      while slots[index].blob != nil { index = (index + 1) & mask }
      slots[index] = entry
      _ = Unmanaged<AnswerBlob>.fromOpaque(blob).retain()  // Released in `deinit`.
    }
  }

  deinit {
    for index in 0..<capacity {
      // Retained in `init`.
      if let blob = slots[index].blob { Unmanaged<AnswerBlob>.fromOpaque(blob).release() }
    }
    slots.deallocate()
  }

  /// The filled slots.
  var entries: [IndexSlot] {
    var entries: [IndexSlot] = []
    entries.reserveCapacity(count)
    for index in 0..<capacity where slots[index].blob != nil { entries.append(slots[index]) }
    return entries
  }
}
