/// Keeps endpoints in their slots, so that a change of one endpoint changes one slot, or two.
enum SlotOrder {
  /// The wanted endpoints, those that had a slot in it as far as there are no gaps.
  static func arrange(_ wanted: [Backend], keeping previous: [Backend]) -> [Backend] {
    if previous.isEmpty { return wanted }
    var homeless: [Backend] = []
    var slots = [Backend?](repeating: nil, count: wanted.count)
    var positions: [PlaceKey: Int] = [:]
    positions.reserveCapacity(previous.count)
    for (slot, backend) in previous.enumerated() { positions[PlaceKey(backend)] = slot }
    for backend in wanted {
      if let slot = positions[PlaceKey(backend)], slot < slots.count, slots[slot] == nil {
        slots[slot] = backend
      } else {
        homeless.append(backend)
      }
    }
    var rest = homeless.makeIterator()
    return slots.compactMap { $0 ?? rest.next() }
  }

  /// What tells endpoints apart: not whether they are near.
  private struct PlaceKey: Hashable {
    let backend: Backend
    init(_ backend: Backend) {
      self.backend = Backend(backend.address, backend.port)
    }
  }
}
