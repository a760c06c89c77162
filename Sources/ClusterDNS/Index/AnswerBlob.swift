/// The nodes of one owner (a Service, a namespace, the zone itself) in one immutable allocation.
///
/// Pages of the index hold strong references; a node found under a snapshot is therefore alive as
/// long as the snapshot. Nodes lie behind the object's own header, so that a slot reaches one by
/// adding an offset to the object's address. Nothing writes to it after `make` returns.
final class AnswerBlob: ManagedBuffer<AnswerBlob.Size, UInt64> {
  struct Size {
    /// Bytes of all nodes.
    var byteCount: Int
  }

  /// A copy of nodes as ``AnswerBlobBuilder`` lays them out.
  static func make(_ bytes: [UInt8]) -> AnswerBlob {
    let words = (bytes.count + 7) / 8
    let buffer = AnswerBlob.create(minimumCapacity: words) { _ in Size(byteCount: bytes.count) }
    buffer.withUnsafeMutablePointerToElements { elements in
      elements.initialize(repeating: 0, count: words)
      // In bounds: `words` covers the bytes.
      UnsafeMutableRawBufferPointer(start: elements, count: words * 8).copyBytes(from: bytes)
    }
    return unsafeDowncast(buffer, to: AnswerBlob.self)  // `create` makes the class it is called on.
  }

  /// The object's address: what slots store.
  var address: UnsafeRawPointer { UnsafeRawPointer(Unmanaged.passUnretained(self).toOpaque()) }

  /// From the object's address to its first node, in bytes.
  var firstNodeOffset: Int {
    withUnsafeMutablePointerToElements { UnsafeRawPointer($0) - address }
  }

  var byteCount: Int { header.byteCount }

  func hasSameNodes(as other: AnswerBlob) -> Bool {
    guard byteCount == other.byteCount else { return false }
    return withUnsafeMutablePointerToElements { own in
      other.withUnsafeMutablePointerToElements { others in
        // In bounds: elements cover `byteCount` bytes.
        UnsafeRawBufferPointer(start: own, count: byteCount)
          .elementsEqual(UnsafeRawBufferPointer(start: others, count: byteCount))
      }
    }
  }

  /// Calls the body for each node with its offset from the object's address.
  func forEachNode(_ body: (IndexNode, Int) -> Void) {
    let first = firstNodeOffset
    var offset = 0
    while offset < byteCount {
      let node = IndexNode(base: address + first + offset)
      body(node, first + offset)
      offset += Int(node.header.size)
    }
    withExtendedLifetime(self) {}
  }
}
