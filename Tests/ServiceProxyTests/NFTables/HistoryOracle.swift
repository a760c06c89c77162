import KubernetesAPI

@testable import ServiceProxy

/// What should become of a packet, computed from the objects alone, without the model, the tables
/// or anything incremental.
struct HistoryOracle {
  var services: [String: Service] = [:]
  var slices: [String: EndpointSlice] = [:]
  var zone: String?
  var nodeAddresses: Set<IPAddress>
  var podRanges: [CIDR]

  func outcomes(_ packet: PacketTracer.Packet) -> Set<PacketTracer.Outcome> {
    for isExternal in [false, true] {
      let claimants = services.values.compactMap { service -> (Service, Service.Port)? in
        port(service, packet, isExternal).map { (service, $0) }
      }.sorted { age($0.0) < age($1.0) }
      if let (service, port) = claimants.first {
        return outcomes(packet, service, port, isExternal)
      }
    }
    let isClusterIP = services.values.contains {
      isProxied($0) && addresses($0).contains(packet.destination)
    }
    return isClusterIP ? [.rejected(by: "reject")] : [.untouched]
  }

  private func age(_ service: Service) -> (Int64, String) {
    (service.metadata.creationTimestamp?.seconds ?? .max, service.metadata.name)
  }

  private func isProxied(_ service: Service) -> Bool {
    service.type != .externalName && service.clusterIPs.first.map { $0 != "None" } ?? false
  }

  private func addresses(_ service: Service) -> [IPAddress] {
    service.clusterIPs.compactMap { IPAddress($0) }
  }

  /// The port of the Service the packet is for.
  private func port(
    _ service: Service, _ packet: PacketTracer.Packet, _ isExternal: Bool
  ) -> Service.Port? {
    guard isProxied(service) else { return nil }
    let families = Set(addresses(service).map(\.family))
    return service.ports.first { port in
      guard port.transport == packet.transport, families.contains(packet.destination.family) else {
        return false
      }
      if !isExternal {
        return port.port == packet.destinationPort
          && addresses(service).contains(packet.destination)
      }
      var outside = service.externalIPs
      if service.type == .loadBalancer { outside += service.traffic.virtualAddresses }
      if port.port == packet.destinationPort, outside.contains("\(packet.destination)") {
        return true
      }
      return (service.type == .nodePort || service.type == .loadBalancer)
        && port.nodePort == packet.destinationPort && port.nodePort > 0
        && nodeAddresses.contains(packet.destination)
    }
  }

  private struct Candidate {
    var endpoint: EndpointSlice.Endpoint
    var backend: Backend
    var isHere: Bool { endpoint.nodeName == "here" }
    var isReady: Bool { endpoint.ready ?? true }
    var isFallback: Bool { (endpoint.serving ?? isReady) && (endpoint.terminating ?? false) }
  }

  private func candidates(
    _ service: Service, _ port: Service.Port, _ family: IPAddress.Family
  ) -> [Candidate] {
    slices.values.flatMap { slice -> [Candidate] in
      guard slice.metadata.labels[EndpointSlice.serviceNameLabel] == service.metadata.name,
        slice.addressType.rawValue == family.rawValue
      else { return [] }
      let found = slice.ports.first {
        ($0.name ?? "") == port.name && $0.transport == port.transport
      }
      guard let number = found?.port else { return [] }
      return slice.endpoints.compactMap { endpoint in
        IPAddress(endpoint.addresses[0]).map {
          Candidate(endpoint: endpoint, backend: Backend($0, UInt16(number)))
        }
      }
    }
  }

  private func outcomes(
    _ packet: PacketTracer.Packet, _ service: Service, _ port: Service.Port, _ isExternal: Bool
  ) -> Set<PacketTracer.Outcome> {
    let all = candidates(service, port, packet.destination.family)
    let cluster = clusterWide(all, service)
    let here = all.filter(\.isHere)
    let readyHere = here.filter(\.isReady)
    let local = readyHere.isEmpty ? here.filter(\.isFallback) : readyHere
    let isInside = podRanges.contains { $0.contains(packet.source) }
    let isNode = nodeAddresses.contains(packet.source)
    if isExternal, isRefused(packet, service) { return [.dropped(by: "firewall")] }
    if cluster.isEmpty, local.isEmpty { return [.rejected(by: "reject")] }
    var chosen = cluster
    var masquerades = !isInside && podRanges.contains { $0.family == packet.source.family }
    var isPolicyLocal = service.traffic.internalPolicy == .local
    if !isExternal, isPolicyLocal { chosen = local }
    if isExternal {
      masquerades = true
      if service.traffic.externalPolicy == .local {
        if isInside || isNode {
          chosen = service.traffic.internalPolicy == .local ? local : cluster
          if chosen.isEmpty { chosen = local }
          masquerades = isNode && !isInside
        } else {
          chosen = local
          masquerades = false
        }
        isPolicyLocal = true
      } else {
        isPolicyLocal = false
      }
    }
    if chosen.isEmpty {
      return isPolicyLocal ? [.dropped(by: "unserved")] : [.rejected(by: "reject")]
    }
    return Set(
      chosen.map { item in
        let isHairpin =
          item.backend.address == packet.source && (item.isHere || item.endpoint.nodeName == nil)
        return .delivered(item.backend, masqueraded: masquerades || isHairpin)
      })
  }

  private func isRefused(_ packet: PacketTracer.Packet, _ service: Service) -> Bool {
    guard service.type == .loadBalancer,
      service.traffic.virtualAddresses.contains("\(packet.destination)")
    else { return false }
    let ranges = service.traffic.sourceRanges.compactMap { CIDR($0) }
      .filter { $0.family == packet.source.family }
    return !ranges.isEmpty && !ranges.contains { $0.contains(packet.source) }
  }

  private func clusterWide(_ all: [Candidate], _ service: Service) -> [Candidate] {
    let ready = all.filter(\.isReady)
    if ready.isEmpty { return all.filter(\.isFallback) }
    if service.trafficDistribution == "PreferSameNode",
      ready.allSatisfy({ !$0.endpoint.hintedNodes.isEmpty })
    {
      let mine = ready.filter { $0.endpoint.hintedNodes.contains("here") }
      if !mine.isEmpty { return mine }
    }
    if let zone, ready.allSatisfy({ !$0.endpoint.hintedZones.isEmpty }) {
      let mine = ready.filter { $0.endpoint.hintedZones.contains(zone) }
      if !mine.isEmpty { return mine }
    }
    return ready
  }
}
