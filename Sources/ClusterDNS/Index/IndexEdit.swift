import DNSMessage

/// Changes to both tables of the index, collected per owner.
struct IndexEdit {
  private let hash: NameHash
  private(set) var names = IndexTableEdit()
  private(set) var addresses = IndexTableEdit(areInOrder: Self.isPointerFirst)

  init(hash: NameHash) { self.hash = hash }

  /// Takes an owner's nodes out, and puts its new ones in.
  mutating func replace(_ old: AnswerBlob?, with new: AnswerBlob?) {
    if let old {
      forEachKey(of: old) { edit, key in
        switch key {
        case .name(let hash, _): edit.names.remove(old, hash: hash)
        case .address(let hash, _): edit.addresses.remove(old, hash: hash)
        }
      }
    }
    if let new {
      forEachKey(of: new) { edit, key in
        switch key {
        case .name(let hash, let offset): edit.names.add(new, nodeOffset: offset, hash: hash)
        case .address(let hash, let offset):
          edit.addresses.add(new, nodeOffset: offset, hash: hash)
        }
      }
    }
  }

  private enum Key {
    case name(hash: UInt64, nodeOffset: Int)
    case address(hash: UInt64, nodeOffset: Int)
  }

  private mutating func forEachKey(of blob: AnswerBlob, _ body: (inout IndexEdit, Key) -> Void) {
    var name = NameKey()
    blob.forEachNode { node, offset in
      name.load(from: node.name, byteCount: node.nameLength, hash: hash)
      body(&self, .name(hash: name.hash, nodeOffset: offset))
      guard node.header.flags & IndexNode.Flag.hasReverse != 0 else { return }
      for address in node.addressHashes(hash) {
        body(&self, .address(hash: address, nodeOffset: offset))
      }
    }
  }

  /// The order of the names of one address: first what a Pod calls itself, then the Service whose
  /// own address it is, then names made of addresses; each by name, so that replicas agree.
  private static func isPointerFirst(_ left: IndexSlot, _ right: IndexSlot) -> Bool {
    guard let left = left.node, let right = right.node else { return false }
    let (leftRank, rightRank) = (rank(left), rank(right))
    return leftRank == rightRank
      ? left.nameBytes.lexicographicallyPrecedes(right.nameBytes) : leftRank < rightRank
  }

  private static func rank(_ node: IndexNode) -> Int {
    if node.header.flags & IndexNode.Flag.isHostname != 0 { return 0 }
    return node.header.flags & IndexNode.Flag.isService != 0 ? 1 : 2
  }
}

// For the side that builds the index; the query path has its own loops.
extension IndexNode {
  /// The name's bytes, valid as long as the node.
  var nameBytes: UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(start: name, count: nameLength)
  }

  /// The hashes of all addresses of the node.
  func addressHashes(_ hash: NameHash) -> [UInt64] {
    var hashes: [UInt64] = []
    if let entry = recordSet(of: .a) {
      for index in 0..<Int(entry.count) {
        let offset = Int(entry.bodyOffset) + index * StoredRecord.address4 + StoredRecord.fixedPart
        // In bounds: the entry says how many records there are.
        let stored = base.loadUnaligned(fromByteOffset: offset, as: UInt32.self)
        hashes.append(hash.hash(ofAddress: UInt32(bigEndian: stored)))
      }
    }
    if let entry = recordSet(of: .aaaa) {
      for index in 0..<Int(entry.count) {
        let offset =
          Int(entry.bodyOffset) + index * StoredRecord.address16 + StoredRecord.fixedPart
        let high = base.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
        let low = base.loadUnaligned(fromByteOffset: offset + 8, as: UInt64.self)
        hashes.append(
          hash.hash(ofAddressHigh: UInt64(bigEndian: high), low: UInt64(bigEndian: low)))
      }
    }
    return hashes
  }
}
