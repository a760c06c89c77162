import KubernetesAPI

/// Slices to be made, changed and removed, not yet in the order in which that must happen.
struct SliceChanges {
  var create: [EndpointSlice] = []
  var update: [EndpointSlice] = []
  var delete: [EndpointSlice] = []

  mutating func append(_ other: SliceChanges) {
    create += other.create
    update += other.update
    delete += other.delete
  }

  /// Turns pairs of a slice to make and a slice to remove into a change of the latter, preferring
  /// pairs that share endpoints: one write instead of two.
  mutating func recycle(where isRecyclable: (EndpointSlice) -> Bool) {
    var remaining: [EndpointSlice] = []
    for var slice in create {
      let keys = Set(slice.endpoints.map(EndpointKey.init))
      var best: (index: Int, shared: Int)?
      for (index, candidate) in delete.enumerated()
      where candidate.addressType == slice.addressType && isRecyclable(candidate) {
        let shared = candidate.endpoints.count { keys.contains(EndpointKey($0)) }
        if shared > best?.shared ?? -1 { best = (index, shared) }
      }
      guard let best else {
        remaining.append(slice)
        continue
      }
      let recycled = delete.remove(at: best.index)
      slice.metadata.name = recycled.metadata.name
      slice.metadata.generateName = recycled.metadata.generateName
      slice.metadata.uid = recycled.metadata.uid
      slice.metadata.resourceVersion = recycled.metadata.resourceVersion
      slice.metadata.creationTimestamp = recycled.metadata.creationTimestamp
      update.append(slice)
    }
    create = remaining
  }

  /// The writes in order: new slices, then changes, each after those that take in what it gives
  /// up, then removals. An endpoint is thus always in some slice while it moves.
  ///
  /// - Parameter creates: false leaves out new slices (the Service is being deleted).
  func writes(existing: [EndpointSlice], creates: Bool) -> [SliceWrite] {
    let before = Dictionary(
      existing.map { ($0.metadata.name, Set($0.endpoints.map(EndpointKey.init))) },
      uniquingKeysWith: { first, _ in first })
    var pending = update.map { slice in
      let after = Set(slice.endpoints.map(EndpointKey.init))
      let old = before[slice.metadata.name] ?? []
      return Move(slice: slice, gains: after.subtracting(old), gives: old.subtracting(after))
    }
    var writes: [SliceWrite] = creates ? create.map { .create($0) } : []
    var postponed: [SliceWrite] = []
    while !pending.isEmpty {
      let next = pending.indices.first { index in
        !pending.indices.contains {
          $0 != index && !pending[$0].gains.isDisjoint(with: pending[index].gives)
        }
      }
      if let next {
        writes.append(.update(pending.remove(at: next).slice))
      } else {
        // A ring of slices that swap endpoints: one of them holds both for a moment.
        let move = pending.removeFirst()
        var both = move.slice
        let old = existing.first { $0.metadata.name == move.slice.metadata.name }
        both.endpoints += (old?.endpoints ?? []).filter { move.gives.contains(EndpointKey($0)) }
        writes.append(.update(both))
        postponed.append(.update(move.slice))
      }
    }
    return writes + postponed + delete.map { .delete($0) }
  }

  private struct Move {
    var slice: EndpointSlice
    var gains: Set<EndpointKey>
    var gives: Set<EndpointKey>
  }
}
