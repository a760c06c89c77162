package import KubernetesAPI

/// Decides which EndpointSlices mirror an Endpoints object that someone keeps by hand: one for each
/// of its subsets and address families, as Kubernetes 1.36 does.
package struct MirroringReconciler: Sendable {
  package static let managerName = "endpointslicemirroring-controller.k8s.io"
  package static let skipLabel = "endpointslice.kubernetes.io/skip-mirror"

  /// The most addresses of one subset that are mirrored (Kubernetes' default).
  package static let defaultMaximum = 1000

  /// Annotations about the Endpoints object that say nothing about a slice.
  private static let uncopiedAnnotations = [
    EndpointSliceReconciler.triggerTimeAnnotation,
    "kubectl.kubernetes.io/last-applied-configuration",
  ]

  package var maximumAddresses: Int

  package init(maximumAddresses: Int = Self.defaultMaximum) {
    self.maximumAddresses = maximumAddresses
  }

  package struct Result: Sendable {
    package var writes: [SliceWrite] = []
    /// Addresses that are none.
    package var invalidAddresses = 0
    /// Addresses that were not mirrored, invalid ones included.
    package var skippedAddresses = 0
  }

  /// Whether an Endpoints object is to be mirrored, if its Service selects nothing.
  package static func mirrors(_ endpoints: Endpoints) -> Bool {
    endpoints.metadata.labels[skipLabel] != "true" && !endpoints.isLeaderElectionRecord
  }

  /// - Parameter existing: slices that mirror this object now.
  package func result(endpoints: Endpoints, existing: [EndpointSlice]) -> Result {
    var result = Result()
    var groups: [GroupKey: DesiredEndpoints.Group] = [:]
    for subset in SubsetPacking.repack(endpoints.subsets) {
      add(subset, to: &groups, &result)
    }
    var slices: [GroupKey: [EndpointSlice]] = [:]
    for slice in existing.sorted(by: { $0.metadata.name < $1.metadata.name }) {
      slices[GroupKey(slice.addressType, slice.ports), default: []].append(slice)
    }
    var changes = SliceChanges()
    for (key, group) in groups.sorted(by: { $0.key < $1.key }) {
      let template = template(endpoints, key.type)
      let known = slices.removeValue(forKey: key) ?? []
      guard !group.endpoints.isEmpty else {
        changes.delete += known
        continue
      }
      changes.delete += known.dropFirst()
      var desired = known.first ?? template
      desired.metadata.labels = template.metadata.labels
      desired.metadata.annotations = template.metadata.annotations
      desired.metadata.ownerReferences = template.metadata.ownerReferences
      if let first = known.first, Self.isSame(first, desired, group) { continue }
      desired.ports = group.ports
      desired.endpoints = group.endpoints.sorted { $0.key < $1.key }.map(\.value)
      if known.isEmpty { changes.create.append(desired) } else { changes.update.append(desired) }
    }
    changes.delete += slices.sorted { $0.key < $1.key }.flatMap(\.value)
    changes.recycle { _ in true }
    result.writes = changes.writes(
      existing: existing, creates: !endpoints.metadata.isBeingDeleted)
    return result
  }

  private struct GroupKey: Hashable, Comparable {
    var type: EndpointSlice.AddressType
    var ports: PortSet

    init(_ type: EndpointSlice.AddressType, _ ports: [EndpointSlice.Port]) {
      self.type = type
      self.ports = PortSet(ports)
    }

    static func < (left: GroupKey, right: GroupKey) -> Bool {
      left.type == right.type
        ? left.ports < right.ports : left.type.rawValue < right.type.rawValue
    }
  }

  private func add(
    _ subset: Endpoints.Subset, to groups: inout [GroupKey: DesiredEndpoints.Group],
    _ result: inout Result
  ) {
    let ports = subset.ports.map {
      EndpointSlice.Port(
        name: $0.name, transport: $0.transport, port: $0.port, appProtocol: $0.appProtocol)
    }
    var added = 0
    let members =
      subset.addresses.map { ($0, true) } + subset.notReadyAddresses.map { ($0, false) }
    for (address, isReady) in members where added < maximumAddresses {
      guard let ip = IPAddress(address.ip) else {
        result.invalidAddresses += 1
        continue
      }
      added += 1
      let key = GroupKey(ip.family == .v4 ? .ipv4 : .ipv6, ports)
      let endpoint = Self.endpoint(address, ip, isReady: isReady)
      groups[key, default: .init(ports: ports, endpoints: [:])]
        .endpoints[EndpointKey(endpoint)] = endpoint
    }
    result.skippedAddresses += members.count - added
  }

  private static func endpoint(
    _ address: Endpoints.Address, _ ip: IPAddress, isReady: Bool
  ) -> EndpointSlice.Endpoint {
    var endpoint = EndpointSlice.Endpoint(addresses: [ip.description], ready: isReady)
    endpoint.targetRef = address.targetRef
    endpoint.nodeName = address.nodeName
    if !address.hostname.isEmpty { endpoint.hostname = address.hostname }
    return endpoint
  }

  private static func isSame(
    _ slice: EndpointSlice, _ desired: EndpointSlice, _ group: DesiredEndpoints.Group
  ) -> Bool {
    guard slice.metadata == desired.metadata, slice.endpoints.count == group.endpoints.count else {
      return false
    }
    return slice.endpoints.allSatisfy { endpoint in
      guard let other = group.endpoints[EndpointKey(endpoint)] else { return false }
      return endpoint.ready == other.ready && endpoint.nodeName == other.nodeName
        && endpoint.targetRef == other.targetRef && endpoint.serving == nil
        && endpoint.terminating == nil && endpoint.zone == nil
    }
  }

  private func template(
    _ endpoints: Endpoints, _ type: EndpointSlice.AddressType
  ) -> EndpointSlice {
    var metadata = ObjectMeta(
      generateName: EndpointSliceReconciler.namePrefix(endpoints.metadata.name),
      namespace: endpoints.metadata.namespace, labels: endpoints.metadata.labels,
      annotations: endpoints.metadata.annotations,
      ownerReferences: [OwnerReference(controller: endpoints)])
    metadata.labels[EndpointSlice.serviceNameLabel] = endpoints.metadata.name
    metadata.labels[EndpointSlice.managedByLabel] = Self.managerName
    for name in Self.uncopiedAnnotations { metadata.annotations[name] = nil }
    return EndpointSlice(metadata: metadata, addressType: type)
  }
}
