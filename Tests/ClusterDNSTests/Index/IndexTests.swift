import DNSMessage
import Testing

@testable import ClusterDNS

struct IndexTests {
  static let hash = NameHash(seed: 42)

  static func blob(_ names: [String]) -> AnswerBlob {
    var builder = AnswerBlobBuilder(ttl: 5)
    for name in names { builder.add((DomainName(name) ?? .root).lowercasedWire) }
    return builder.makeBlob()
  }

  static func find(_ name: String, in table: IndexTable) -> String? {
    let key = NameKey(wire: (DomainName(name) ?? .root).wire, hash: hash)
    return withExtendedLifetime(table) {
      table.view.node(named: key).map { node in
        DomainName(labels: wireLabels(Array(node.nameBytes)))?.description ?? ""
      }
    }
  }

  private static func wireLabels(_ wire: [UInt8]) -> [ArraySlice<UInt8>] {
    var labels: [ArraySlice<UInt8>] = []
    var rest = wire[...]
    while let length = rest.popFirst(), length > 0 {
      labels.append(rest.prefix(Int(length)))
      rest = rest.dropFirst(Int(length))
    }
    return labels
  }

  @Test func `Hot values keep their size`() {
    #expect(MemoryLayout<IndexSlot>.size == 16)
    #expect(MemoryLayout<IndexSlot>.stride == 16)
    #expect(MemoryLayout<IndexTable.DirectoryEntry>.stride == 16)
    #expect(MemoryLayout<IndexNode.Header>.size == IndexNode.headerSize)
    #expect(MemoryLayout<RecordSetEntry>.stride == 8)
    #expect(MemoryLayout<TargetEntry>.stride == 8)
    #expect(MemoryLayout<IndexNode>.size == 8)
    #expect(MemoryLayout<ResponseWriter>.size <= 40)
    #expect(MemoryLayout<IndexView>.size <= 136)
  }

  @Test func `Pages of every fill find what they hold and nothing else`() {
    for count in 0...200 {
      let names = (0..<count).map { "name-\($0).example" }
      let blobs = names.map { Self.blob([$0]) }
      var edit = IndexEdit(hash: Self.hash)
      for blob in blobs { edit.replace(nil, with: blob) }
      let table = IndexTable.empty.applying(edit.names)
      #expect(table.count == count)
      for name in names { #expect(Self.find(name, in: table) == name + ".") }
      for miss in 0..<20 { #expect(Self.find("miss-\(miss).example", in: table) == nil) }
    }
  }

  @Test func `An edit leaves the table it began with as it was`() {
    let old = Self.blob(["a.example", "b.example"])
    let kept = Self.blob(["kept.example"])
    var first = IndexEdit(hash: Self.hash)
    first.replace(nil, with: old)
    first.replace(nil, with: kept)
    let before = IndexTable.empty.applying(first.names)
    var second = IndexEdit(hash: Self.hash)
    second.replace(old, with: Self.blob(["b.example", "c.example"]))
    let after = before.applying(second.names)
    #expect(Self.find("a.example", in: before) != nil)
    #expect(Self.find("c.example", in: before) == nil)
    #expect(Self.find("a.example", in: after) == nil)
    #expect(Self.find("b.example", in: after) != nil)
    #expect(Self.find("c.example", in: after) != nil)
    #expect(Self.find("kept.example", in: after) != nil)
    #expect(before.count == 3)
    #expect(after.count == 3)
  }

  @Test func `Blobs live as long as a table finds them`() {
    weak var old: AnswerBlob?
    var table = IndexTable.empty
    do {
      let blob = Self.blob(["a.example"])
      old = blob
      var edit = IndexEdit(hash: Self.hash)
      edit.replace(nil, with: blob)
      table = table.applying(edit.names)
    }
    #expect(old != nil)
    let held = table
    if let blob = old {
      var edit = IndexEdit(hash: Self.hash)
      edit.replace(blob, with: nil)
      table = table.applying(edit.names)
    }
    #expect(Self.find("a.example", in: held) == "a.example.")
    #expect(table.count == 0)
    #expect(old != nil)
    withExtendedLifetime(held) {}
  }

  @Test func `Blobs nobody finds are freed`() {
    weak var freed: AnswerBlob?
    do {
      let blob = Self.blob(["a.example"])
      freed = blob
      var edit = IndexEdit(hash: Self.hash)
      edit.replace(nil, with: blob)
      _ = IndexTable.empty.applying(edit.names)
    }
    #expect(freed == nil)
  }

  @Test func `Keys are lower-cased byte by byte, and nothing but letters`() {
    for byte in UInt8.min...UInt8.max {
      for length in [1, 2, 5, 6, 7, 8, 13] {
        let wire = [UInt8(length)] + Array(repeating: byte, count: length) + [0]
        let key = NameKey(wire: wire, hash: Self.hash)
        let bytes = Array(UnsafeRawBufferPointer(start: key.bytes, count: key.byteCount))
        #expect(bytes == wire.map(DomainName.lowercased))
        #expect(key.hash == NameKey(wire: bytes, hash: Self.hash).hash)
      }
    }
  }

  @Test func `Names that differ in one byte or in length have other hashes`() {
    var hashes: Set<UInt64> = []
    for length in 1...63 {
      for position in 0..<length {
        var label = Array(repeating: UInt8(ascii: "a"), count: length)
        label[position] = UInt8(ascii: "b")
        hashes.insert(NameKey(wire: [UInt8(length)] + label + [0], hash: Self.hash).hash)
      }
    }
    #expect(hashes.count == (1...63).reduce(0, +))
    let other = NameKey(wire: [1, 0x61, 0], hash: NameHash(seed: 43)).hash
    #expect(other != NameKey(wire: [1, 0x61, 0], hash: Self.hash).hash)
  }
}
