import KubernetesAPI

/// Elements to take out and to put in, less those that do both and end as they were.
struct ElementDelta {
  private var removed: [PlacedElement.Place: PlacedElement] = [:]
  private var added: [PlacedElement.Place: PlacedElement] = [:]

  mutating func add(_ element: PlacedElement) {
    if let before = removed[element.place], before.value == element.value,
      before.keyEnd == element.keyEnd
    {
      removed[element.place] = nil
    } else {
      added[element.place] = element
    }
  }

  mutating func remove(_ element: PlacedElement) {
    if added.removeValue(forKey: element.place) == nil { removed[element.place] = element }
  }

  mutating func replace(_ old: SetElement, with new: PlacedElement) {
    removed[new.place] = PlacedElement(
      new.place.family, new.place.set, new.place.key, end: old.keyEnd, old.value)
    added[new.place] = new
  }

  /// Takes out before it puts in: a key changes its value by both.
  func write(to transaction: inout TableTransaction) {
    for (place, elements) in Self.grouped(removed) {
      transaction.append(
        .deleteElements(
          place.family, place.set, elements.map { SetElement($0.place.key, end: $0.keyEnd) }))
    }
    for (place, elements) in Self.grouped(added) {
      transaction.append(.addElements(place.family, place.set, elements.map(\.element)))
    }
  }

  private struct Group: Hashable {
    var family: IPAddress.Family
    var set: ProxySet
  }

  private static func grouped(
    _ elements: [PlacedElement.Place: PlacedElement]
  ) -> [(Group, [PlacedElement])] {
    let groups = Dictionary(grouping: elements.values) {
      Group(family: $0.place.family, set: $0.place.set)
    }
    return groups.sorted {
      ($0.key.family.rawValue, $0.key.set.rawValue) < ($1.key.family.rawValue, $1.key.set.rawValue)
    }.map { ($0.key, $0.value) }
  }
}
