package import JSONTree
package import KubernetesAPI

/// Which addresses of the Node's ranges are taken, and by which Pod.
///
/// Addresses are given in turn, so that one that was given back is not given again at once, while
/// somebody may still remember it.
package struct AddressPool: Sendable, Equatable {
  package let ranges: [CIDR]
  private var holders: [IPAddress: String] = [:]
  private var next: [UInt64]

  /// - Parameter ranges: at most one of each family; the first address of each is the bridge's.
  package init(ranges: [CIDR]) {
    self.ranges = ranges
    next = ranges.map { _ in 2 }
  }

  /// The bridge's address in each range.
  package var gateways: [IPAddress] { ranges.compactMap { $0.address(at: 1) } }

  package func addresses(of holder: String) -> [IPAddress] {
    ranges.compactMap { range in
      holders.first { $0.value == holder && range.contains($0.key) }?.key
    }
  }

  package var holderNames: Set<String> { Set(holders.values) }

  /// Gives a holder one address of each range, those it has if it has some.
  ///
  /// - Returns: nil if a range is full; then nothing is taken.
  package mutating func take(_ holder: String) -> [IPAddress]? {
    let held = addresses(of: holder)
    if held.count == ranges.count { return held }
    var taken: [IPAddress] = []
    for (index, range) in ranges.enumerated() {
      // The last IPv4 address is the broadcast's. A wider range than 2^16 is not searched further.
      let size = range.hostBits >= 16 ? UInt64(1) << 16 : UInt64(1) << UInt64(range.hostBits)
      let end = range.family == .v4 ? size - 1 : size
      guard end > 2 else { return nil }
      var found: IPAddress?
      for step in 0..<(end - 2) {
        let offset = 2 + (next[index] - 2 + step) % (end - 2)
        guard let address = range.address(at: offset), holders[address] == nil else { continue }
        found = address
        next[index] = offset + 1 < end ? offset + 1 : 2
        break
      }
      guard let found else { return nil }
      taken.append(found)
    }
    for address in taken { holders[address] = holder }
    return taken
  }

  package mutating func release(_ holder: String) {
    holders = holders.filter { $0.value != holder }
  }

  // MARK: On disk

  package var json: JSON {
    [
      "next": .array(next.map { .integer(Int64(clamping: $0)) }),
      "holders": JSON(
        Dictionary(
          holders.map { ($0.key.description, $0.value) }, uniquingKeysWith: { first, _ in first })),
    ]
  }

  /// Takes up what was written; addresses outside the ranges are forgotten.
  package mutating func restore(_ json: JSON) {
    for (text, holder) in json["holders"]?.stringMap ?? [:] {
      if let address = IPAddress(text), ranges.contains(where: { $0.contains(address) }) {
        holders[address] = holder
      }
    }
    for (index, value) in (json["next"]?.array ?? []).enumerated() where index < next.count {
      next[index] = max(2, UInt64(clamping: value.integer ?? 2))
    }
  }
}
