package import KubernetesAPI

/// One change of one EndpointSlice.
package enum SliceWrite: Sendable, Equatable {
  case create(EndpointSlice)
  case update(EndpointSlice)
  case delete(EndpointSlice)
}

/// Decides how the EndpointSlices of a Service must change: as few slices as possible are written,
/// none holds more endpoints than allowed, and the order of the writes never leaves an endpoint
/// without a slice while it moves.
///
/// Follows k8s.io/endpointslice of Kubernetes 1.36, less the hints of
/// `service.kubernetes.io/topology-mode`.
package struct EndpointSliceReconciler: Sendable {
  /// The value of the managed-by label.
  package static let managerName = "endpointslice-controller.k8s.io"
  package static let headlessLabel = "service.kubernetes.io/headless"
  package static let triggerTimeAnnotation = "endpoints.kubernetes.io/last-change-trigger-time"

  /// Kubernetes' default; a slice of 100 endpoints is about 30 kB.
  package static let defaultMaximum = 100

  /// 1 to 1000, the most the API accepts.
  package var maximumEndpoints: Int

  package init(maximumEndpoints: Int = Self.defaultMaximum) {
    self.maximumEndpoints = maximumEndpoints
  }

  /// - Parameters:
  ///   - pods: those the Service selects.
  ///   - node: finds a Node by name.
  ///   - existing: slices of this Service that this controller manages and nobody is deleting.
  ///   - triggerTime: of the change that led here, for the slices written; nil where it is unknown.
  package func writes(
    service: Service, pods: [Pod], node: (String) -> Node?, existing: [EndpointSlice],
    triggerTime: Timestamp?
  ) -> [SliceWrite] {
    let types = Self.addressTypes(of: service)
    let desired = DesiredEndpoints(service: service, pods: pods, node: node)
    var writes: [SliceWrite] = []
    for type in types {
      writes += self.writes(
        service: service, type: type, groups: desired.groups(of: type),
        existing: existing.filter { $0.addressType == type }.sorted {
          $0.metadata.name < $1.metadata.name
        },
        triggerTime: triggerTime)
    }
    writes += existing.filter { !types.contains($0.addressType) }.map { .delete($0) }
    return writes
  }

  private func writes(
    service: Service, type: EndpointSlice.AddressType, groups: [DesiredEndpoints.Group],
    existing: [EndpointSlice], triggerTime: Timestamp?
  ) -> [SliceWrite] {
    var changes = SliceChanges()
    let template = template(service, type)
    var owned: [PortSet: [EndpointSlice]] = [:]
    for slice in existing {
      if Self.isOwned(slice, by: service) {
        owned[PortSet(slice.ports), default: []].append(slice)
      } else {
        // Left by an earlier Service of that name.
        changes.delete.append(slice)
      }
    }
    let positions = Self.positions(in: existing)
    for group in groups {
      let filling = SliceFilling(
        maximum: maximumEndpoints, template: template, ports: group.ports, positions: positions)
      changes.append(
        filling.changes(from: owned.removeValue(forKey: PortSet(group.ports)) ?? [], to: group))
    }
    changes.delete += owned.sorted { $0.key < $1.key }.flatMap(\.value)
    addPlaceholder(&changes, existing: existing, template: template)
    TrafficDistribution(service).apply(to: &changes, existing: existing)
    changes.recycle { Self.isOwned($0, by: service) }
    return changes.writes(
      existing: existing, creates: !service.metadata.isBeingDeleted
    ).map { Self.stamp($0, triggerTime) }
  }

  /// A Service with no endpoints has one empty slice, so that its consumers can tell "none" from
  /// "not known yet".
  private func addPlaceholder(
    _ changes: inout SliceChanges, existing: [EndpointSlice], template: EndpointSlice
  ) {
    guard existing.count == changes.delete.count, changes.create.isEmpty else { return }
    if changes.delete.count == 1, let only = changes.delete.first, only.endpoints.isEmpty,
      only.ports.isEmpty, only.metadata.labels == template.metadata.labels,
      only.metadata.ownerReferences == template.metadata.ownerReferences
    {
      changes.delete = []
    } else {
      changes.create.append(template)
    }
  }

  /// A slice of the Service, without a name, ports and endpoints.
  private func template(_ service: Service, _ type: EndpointSlice.AddressType) -> EndpointSlice {
    var labels = service.metadata.labels
    labels[Self.headlessLabel] = Self.hasClusterIP(service) ? nil : ""
    labels[EndpointSlice.serviceNameLabel] = service.metadata.name
    labels[EndpointSlice.managedByLabel] = Self.managerName
    return EndpointSlice(
      metadata: ObjectMeta(
        generateName: Self.namePrefix(service.metadata.name),
        namespace: service.metadata.namespace, labels: labels,
        ownerReferences: [OwnerReference(controller: service)]),
      addressType: type)
  }

  /// Where each endpoint stands now, for keeping neighbours together when they move.
  private static func positions(in slices: [EndpointSlice]) -> [EndpointKey: Int] {
    var positions: [EndpointKey: Int] = [:]
    for slice in slices {
      for endpoint in slice.endpoints where positions[EndpointKey(endpoint)] == nil {
        positions[EndpointKey(endpoint)] = positions.count
      }
    }
    return positions
  }

  private static func stamp(_ write: SliceWrite, _ time: Timestamp?) -> SliceWrite {
    switch write {
    case .create(var slice):
      slice.metadata.annotations[triggerTimeAnnotation] = time?.description
      return .create(slice)
    case .update(var slice):
      slice.metadata.annotations[triggerTimeAnnotation] = time?.description
      return .update(slice)
    case .delete: return write
    }
  }

  static func hasClusterIP(_ service: Service) -> Bool {
    !service.isHeadless && !(service.clusterIPs.first ?? "").isEmpty
  }

  /// `web-` for `web`; a name so long that the dash does not fit stands alone.
  static func namePrefix(_ name: String) -> String { name.utf8.count < 253 ? name + "-" : name }

  static func isOwned(_ slice: EndpointSlice, by service: Service) -> Bool {
    slice.metadata.ownerReferences.contains {
      $0.uid == service.metadata.uid && $0.kind == "Service" && $0.apiVersion == "v1"
    }
  }

  /// The families of a Service; of one that an older API server left without, both unless its
  /// cluster IP tells.
  static func addressTypes(of service: Service) -> [EndpointSlice.AddressType] {
    if !service.ipFamilies.isEmpty {
      return service.ipFamilies.map { $0 == .v4 ? .ipv4 : .ipv6 }
    }
    guard hasClusterIP(service) else { return [.ipv4, .ipv6] }
    return [(service.clusterIPs.first ?? "").contains(":") ? .ipv6 : .ipv4]
  }
}
