import DNSMessage
import KubernetesAPI

/// The names of ``HostsConfiguration`` as queries look them up.
///
/// Sendable because nothing writes to its memory after `init`.
final class HostsIndex: @unchecked Sendable {
  /// Names to nodes, and addresses to the nodes their reverse names lead to.
  private let names: IndexTable
  private let addresses: IndexTable
  private let zones: UnsafeMutableRawPointer
  let view: View
  /// Names, for metrics.
  let count: Int

  static let empty = HostsIndex(HostsConfiguration(), entries: [], hash: NameHash(seed: 0))

  /// - Parameters:
  ///   - entries: in the order of their files, which answers keep.
  ///   - hash: that of the index it is used with.
  init(_ configuration: HostsConfiguration, entries: [HostsEntry], hash: NameHash) {
    var order: [DomainName] = []
    var byName: [DomainName: [IPAddress]] = [:]
    for entry in entries where configuration.covers(entry.name) {
      if byName[entry.name] == nil { order.append(entry.name) }
      if byName[entry.name]?.contains(entry.address) != true {
        byName[entry.name, default: []].append(entry.address)
      }
    }
    var builder = AnswerBlobBuilder(ttl: configuration.ttl)
    let flags = configuration.answersReverse ? IndexNode.Flag.hasReverse : 0
    for name in order {
      builder.add(
        name.lowercasedWire, Self.recordSets(byName[name] ?? []), flags: flags)
    }
    var edit = IndexEdit(hash: hash)
    edit.replace(nil, with: builder.isEmpty ? nil : builder.makeBlob())
    names = IndexTable.empty.applying(edit.names)
    addresses = IndexTable.empty.applying(edit.addresses)
    count = order.count
    let cells = configuration.deniedZones
    zones = .allocate(byteCount: max(1, cells.count) * View.cellSize, alignment: 8)
    zones.initializeMemory(
      as: UInt8.self, repeating: 0, count: max(1, cells.count) * View.cellSize)
    for (index, name) in cells.enumerated() {
      let wire = name.lowercasedWire
      let cell = zones + index * View.cellSize
      cell.storeBytes(of: UInt8(wire.count), as: UInt8.self)
      // In bounds: a name has at most 255 bytes.
      UnsafeMutableRawBufferPointer(start: cell + 1, count: wire.count).copyBytes(from: wire)
    }
    view = View(
      names: names.view, addresses: addresses.view, ttl: configuration.ttl,
      isActive: count > 0 || !cells.isEmpty, deniedZones: UnsafeRawPointer(zones),
      deniedZoneCount: cells.count)
  }

  deinit { zones.deallocate() }

  /// As ``ServiceNames/recordSets(_:)``, in the order given.
  private static func recordSets(_ addresses: [IPAddress]) -> [AnswerBlobBuilder.RecordSet] {
    var sets: [AnswerBlobBuilder.RecordSet] = []
    let addresses4 = addresses.compactMap { if case .v4(let value) = $0 { value } else { nil } }
    let addresses16 = addresses.compactMap { address -> (high: UInt64, low: UInt64)? in
      if case .v6(let high, let low) = address { (high: high, low: low) } else { nil }
    }
    if !addresses4.isEmpty { sets.append(.addresses4(addresses4)) }
    if !addresses16.isEmpty { sets.append(.addresses16(addresses16)) }
    return sets
  }

  /// Bare pointers, valid as long as the index is.
  struct View {
    let names: IndexTableView
    let addresses: IndexTableView
    /// Seconds.
    let ttl: UInt32
    let isActive: Bool
    /// Cells of a length byte and a name.
    let deniedZones: UnsafeRawPointer
    let deniedZoneCount: Int

    static var cellSize: Int { @_noLocks get { 256 } }

    /// Whether a name that is none of the hosts goes no further: its zone is the hosts' alone.
    @_noLocks
    func denies(_ key: borrowing NameKey) -> Bool {
      var index = 0
      while index < deniedZoneCount {
        let cell = deniedZones + index &* Self.cellSize
        if key.isWithin(cell + 1, byteCount: Int(cell.load(as: UInt8.self))) { return true }
        index &+= 1
      }
      return false
    }
  }
}
