import KubernetesAPI

/// Distributes the endpoints of one set of ports over slices, at most so many in each.
///
/// Endpoints stay in the slice they are in. Those without one first fill up slices that must be
/// written anyway, then (if they fit as a whole) the fullest untouched slice that takes them, then
/// new slices.
struct SliceFilling {
  let maximum: Int
  /// What a new slice looks like, but for ports and endpoints.
  let template: EndpointSlice
  let ports: [EndpointSlice.Port]
  /// Where endpoints stood before, in whichever slices.
  let positions: [EndpointKey: Int]

  func changes(
    from existing: [EndpointSlice], to group: DesiredEndpoints.Group
  ) -> SliceChanges {
    var changes = SliceChanges()
    var unplaced = group.endpoints
    var untouched: [EndpointSlice] = []
    for slice in existing {
      switch revise(slice, &unplaced) {
      case .keep: untouched.append(slice)
      case .write(let revised): changes.update.append(revised)
      case .drop: changes.delete.append(slice)
      }
    }
    guard !unplaced.isEmpty else { return changes }
    var rest = order(unplaced)[...]
    // The fullest first, so that the fewest stay partly filled.
    let fullestFirst = changes.update.indices.sorted {
      changes.update[$0].endpoints.count > changes.update[$1].endpoints.count
    }
    for index in fullestFirst { fill(&changes.update[index], from: &rest) }
    while !rest.isEmpty {
      if let index = bestFit(rest.count, in: untouched) {
        var slice = untouched[index]
        fill(&slice, from: &rest)
        changes.update.append(slice)
      } else {
        var slice = template
        slice.ports = ports
        fill(&slice, from: &rest)
        changes.create.append(slice)
      }
    }
    return changes
  }

  private enum Revision {
    case keep
    case write(EndpointSlice)
    case drop
  }

  /// Takes what is still desired, as it is desired now, out of `unplaced` into the slice.
  private func revise(
    _ slice: EndpointSlice, _ unplaced: inout [EndpointKey: EndpointSlice.Endpoint]
  ) -> Revision {
    var isChanged = false
    var kept: [EndpointSlice.Endpoint] = []
    kept.reserveCapacity(slice.endpoints.count)
    for endpoint in slice.endpoints {
      guard let desired = unplaced.removeValue(forKey: EndpointKey(endpoint)) else {
        isChanged = true
        continue
      }
      if !Self.isSame(endpoint, desired) { isChanged = true }
      kept.append(desired)
    }
    let needsLabels = slice.metadata.labels != template.metadata.labels
    if !isChanged, !needsLabels { return .keep }
    if isChanged, kept.isEmpty { return .drop }
    var revised = slice
    if isChanged { revised.endpoints = kept }
    revised.metadata.labels = template.metadata.labels
    return .write(revised)
  }

  /// Hints do not count: they are decided once the slices are.
  private static func isSame(
    _ left: EndpointSlice.Endpoint, _ right: EndpointSlice.Endpoint
  ) -> Bool {
    left.nodeName == right.nodeName && left.zone == right.zone && left.ready == right.ready
      && left.serving == right.serving && left.terminating == right.terminating
      && left.targetRef == right.targetRef
  }

  private func order(
    _ endpoints: [EndpointKey: EndpointSlice.Endpoint]
  ) -> [EndpointSlice.Endpoint] {
    endpoints.sorted { left, right in
      let positions = (
        self.positions[left.key] ?? .max, self.positions[right.key] ?? .max
      )
      return positions.0 == positions.1 ? left.key < right.key : positions.0 < positions.1
    }.map(\.value)
  }

  private func fill(
    _ slice: inout EndpointSlice, from rest: inout ArraySlice<EndpointSlice.Endpoint>
  ) {
    let count = min(rest.count, max(0, maximum - slice.endpoints.count))
    slice.endpoints += rest.prefix(count)
    rest = rest.dropFirst(count)
  }

  /// The slice that is fullest once it has taken that many more, if one takes them all.
  private func bestFit(_ count: Int, in slices: [EndpointSlice]) -> Int? {
    guard count < maximum else { return nil }
    return slices.indices.filter { slices[$0].endpoints.count + count <= maximum }
      .max { slices[$0].endpoints.count < slices[$1].endpoints.count }
  }
}
