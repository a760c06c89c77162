/// A hash table in pages, of which a change copies only those it touches.
///
/// Sendable because nothing writes to it after `init`.
final class IndexTable: @unchecked Sendable {
  /// What a lookup needs of a page, side by side so that it costs one cache line.
  struct DirectoryEntry {
    var slots: UnsafePointer<IndexSlot>
    /// Slots of the page less one.
    var mask: Int
  }

  let pages: [IndexPage]
  private let directory: UnsafeMutablePointer<DirectoryEntry>
  /// Entries in all pages.
  let count: Int

  static let empty = IndexTable(
    pages: Array(repeating: .empty, count: HashBits.pageCount))

  private init(pages: [IndexPage]) {
    self.pages = pages
    directory = .allocate(capacity: HashBits.pageCount)
    var count = 0
    for (index, page) in pages.enumerated() {
      let entry = DirectoryEntry(slots: UnsafePointer(page.slots), mask: page.capacity - 1)
      (directory + index).initialize(to: entry)  // In bounds: there are `pageCount` pages.
      count += page.count
    }
    self.count = count
  }

  deinit { directory.deallocate() }

  /// Valid as long as the table is.
  var view: IndexTableView { IndexTableView(directory: UnsafePointer(directory)) }

  /// The table after an edit; the table itself if nothing changes.
  func applying(_ edit: IndexTableEdit) -> IndexTable {
    guard !edit.isEmpty else { return self }
    var pages = self.pages
    for page in edit.touchedPages {
      var entries = pages[page].entries
      if !edit.removedBlobs.isEmpty {
        entries.removeAll { $0.blob.map(edit.removedBlobs.contains) ?? true }
      }
      entries += edit.added[page] ?? []
      if let areInOrder = edit.areInOrder {
        entries.sort { $0.tag == $1.tag ? areInOrder($0, $1) : $0.tag < $1.tag }
      }
      pages[page] = entries.isEmpty ? .empty : IndexPage(entries)
    }
    return IndexTable(pages: pages)
  }
}

/// Entries to be taken out of a table and put in.
struct IndexTableEdit {
  private(set) var added: [Int: [IndexSlot]] = [:]
  private(set) var removedBlobs: Set<UnsafeRawPointer> = []
  private(set) var touchedPages: Set<Int> = []
  /// Keeps the added blobs until pages do.
  private var addedBlobs: [AnswerBlob] = []
  /// The order in which entries of one key are met; nil where keys are unique.
  let areInOrder: ((IndexSlot, IndexSlot) -> Bool)?

  init(areInOrder: ((IndexSlot, IndexSlot) -> Bool)? = nil) { self.areInOrder = areInOrder }

  var isEmpty: Bool { touchedPages.isEmpty }

  /// All entries of the blob go; its keys say which pages have them.
  mutating func remove(_ blob: AnswerBlob, hash: UInt64) {
    removedBlobs.insert(blob.address)
    touchedPages.insert(HashBits.page(hash))
  }

  mutating func add(_ blob: AnswerBlob, nodeOffset: Int, hash: UInt64) {
    let page = HashBits.page(hash)
    touchedPages.insert(page)
    if addedBlobs.last !== blob { addedBlobs.append(blob) }
    added[page, default: []].append(
      IndexSlot(
        blob: blob.address, nodeOffset: UInt32(nodeOffset), tag: HashBits.tag(hash)))
  }
}

/// The lookups of a table, for one batch of queries: bare pointers, so that no query pays for
/// reference counts. The snapshot it came from must be kept alive around its use.
struct IndexTableView {
  let directory: UnsafePointer<IndexTable.DirectoryEntry>

  @_noLocks
  init(directory: UnsafePointer<IndexTable.DirectoryEntry>) { self.directory = directory }

  /// The node of a name.
  @_noLocks
  func node(named key: borrowing NameKey) -> IndexNode? {
    var probe = Probe(self, hash: key.hash)
    while let node = probe.next() {
      if key.matches(node.name, byteCount: node.nameLength) { return node }
    }
    return nil
  }

  /// Walks the entries that may belong to a hash.
  struct Probe {
    private let page: IndexTable.DirectoryEntry
    private let tag: UInt32
    private var index: Int

    @_noLocks
    init(_ table: IndexTableView, hash: UInt64) {
      page = table.directory[HashBits.page(hash)]  // In bounds: ten bits of the hash.
      tag = HashBits.tag(hash)
      index = Int(tag) & page.mask
    }

    /// The next node whose key has the tag, or nil at the end of the run.
    @_noLocks
    mutating func next() -> IndexNode? {
      while true {
        let slot = page.slots[index]  // In bounds: masked.
        guard let node = slot.node else { return nil }
        index = (index &+ 1) & page.mask
        if slot.tag == tag { return node }
      }
    }
  }
}
