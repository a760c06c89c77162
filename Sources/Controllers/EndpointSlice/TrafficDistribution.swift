import KubernetesAPI

/// The hints by which a Service's traffic stays in its zone or on its node
/// (`spec.trafficDistribution`, KEP-4444 and KEP-3015).
struct TrafficDistribution {
  private let zones: Bool
  private let nodes: Bool

  init(_ service: Service) {
    switch service.trafficDistribution {
    case "PreferClose", "PreferSameZone": (zones, nodes) = (true, false)
    case "PreferSameNode": (zones, nodes) = (true, true)
    default: (zones, nodes) = (false, false)
    }
  }

  /// Gives every slice that is written its hints, and has those written whose hints are wrong.
  func apply(to changes: inout SliceChanges, existing: [EndpointSlice]) {
    let written = Set((changes.update + changes.delete).map(\.metadata.name))
    for slice in existing where !written.contains(slice.metadata.name) {
      if slice.endpoints.contains(where: { hinted($0) != $0 }) { changes.update.append(slice) }
    }
    for index in changes.create.indices { apply(to: &changes.create[index]) }
    for index in changes.update.indices { apply(to: &changes.update[index]) }
  }

  private func apply(to slice: inout EndpointSlice) {
    for index in slice.endpoints.indices {
      slice.endpoints[index] = hinted(slice.endpoints[index])
    }
  }

  /// Endpoints that are not ready keep the hints they have: nobody reads them.
  private func hinted(_ endpoint: EndpointSlice.Endpoint) -> EndpointSlice.Endpoint {
    var endpoint = endpoint
    if zones, endpoint.ready != true { return endpoint }
    endpoint.hintedZones = zones ? [endpoint.zone].compactMap(\.self) : []
    endpoint.hintedNodes = nodes ? [endpoint.nodeName].compactMap(\.self) : []
    return endpoint
  }
}
