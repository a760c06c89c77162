package import KubernetesAPI

/// Decides what the Endpoints object of a Service with a selector must be, as Kubernetes 1.36 does.
package struct EndpointsReconciler: Sendable {
  package static let managedByLabel = "endpoints.kubernetes.io/managed-by"
  package static let managerName = "endpoint-controller"
  package static let overCapacityAnnotation = "endpoints.kubernetes.io/over-capacity"

  /// The most addresses in one object (Kubernetes' limit).
  package static let defaultCapacity = 1000

  package var capacity: Int

  package init(capacity: Int = Self.defaultCapacity) { self.capacity = capacity }

  /// The object to write: to create if it has no resourceVersion, else to update. Nil if `current`
  /// is right.
  package func write(
    service: Service, pods: [Pod], current: Endpoints?, triggerTime: Timestamp?
  ) -> Endpoints? {
    var subsets = SubsetPacking.repack(pods.flatMap { Self.subsets(of: $0, service) })
    let isOverCapacity = truncate(&subsets)
    var labels = service.metadata.labels
    labels[EndpointSliceReconciler.headlessLabel] =
      EndpointSliceReconciler.hasClusterIP(service) ? nil : ""
    labels[Self.managedByLabel] = Self.managerName
    if let current, current.metadata.labels == labels,
      current.subsets == subsets || SubsetPacking.repack(current.subsets) == subsets,
      current.metadata.annotations[Self.overCapacityAnnotation]
        == (isOverCapacity ? "truncated" : nil)
    {
      return nil
    }
    var endpoints =
      current
      ?? Endpoints(
        metadata: ObjectMeta(
          name: service.metadata.name, namespace: service.metadata.namespace))
    endpoints.subsets = subsets
    endpoints.metadata.labels = labels
    endpoints.metadata.annotations[EndpointSliceReconciler.triggerTimeAnnotation] =
      triggerTime?.description
    endpoints.metadata.annotations[Self.overCapacityAnnotation] =
      isOverCapacity ? "truncated" : nil
    return endpoints
  }

  /// One subset for each port the Pod offers of the Service's.
  private static func subsets(of pod: Pod, _ service: Service) -> [Endpoints.Subset] {
    let publishesAll = service.publishesNotReadyAddresses
    guard !pod.isTerminal, publishesAll || !pod.metadata.isBeingDeleted,
      let ip = address(of: pod, for: service)
    else { return [] }
    let address = Endpoints.Address(
      ip: ip, hostname: DesiredEndpoints.setsHostname(pod, service) ? pod.hostname : "",
      nodeName: pod.nodeName.isEmpty ? nil : pod.nodeName,
      targetRef: ObjectReference(
        kind: "Pod", namespace: pod.metadata.namespace, name: pod.metadata.name,
        uid: pod.metadata.uid))
    let isReady = publishesAll || pod.isReady
    func subset(_ ports: [Endpoints.Port]) -> Endpoints.Subset {
      Endpoints.Subset(
        addresses: isReady ? [address] : [], notReadyAddresses: isReady ? [] : [address],
        ports: ports)
    }
    if service.ports.isEmpty { return service.isHeadless ? [subset([])] : [] }
    return service.ports.compactMap { port in
      DesiredEndpoints.number(of: port, in: pod).map {
        subset([
          Endpoints.Port(
            name: port.name, port: $0, transport: port.transport, appProtocol: port.appProtocol)
        ])
      }
    }
  }

  /// The Pod's address of the Service's first family.
  private static func address(of pod: Pod, for service: Service) -> String? {
    let addresses = pod.podIPs.compactMap(IPAddress.init)
    let family: IPAddress.Family? =
      if let first = service.ipFamilies.first {
        first
      } else if EndpointSliceReconciler.hasClusterIP(service) {
        service.clusterIPs.first.flatMap { IPAddress($0)?.family }
      } else {
        addresses.first?.family
      }
    return addresses.first { $0.family == family }?.description
  }

  /// Leaves out what is over capacity: first of the addresses that are not ready, from each subset
  /// in proportion to its size. True if anything was left out.
  private func truncate(_ subsets: inout [Endpoints.Subset]) -> Bool {
    let ready = subsets.reduce(0) { $0 + $1.addresses.count }
    let notReady = subsets.reduce(0) { $0 + $1.notReadyAddresses.count }
    guard ready + notReady > capacity else { return false }
    let cutsReady = ready > capacity
    let room = cutsReady ? capacity : capacity - ready
    let total = cutsReady ? ready : notReady
    var left = room
    for index in subsets.indices {
      let count =
        cutsReady ? subsets[index].addresses.count : subsets[index].notReadyAddresses.count
      // The proportion rounded up, so that the last subset may get less than its share.
      let share = min(left, (count * room + total - 1) / total)
      if cutsReady {
        subsets[index].addresses = Array(subsets[index].addresses.prefix(share))
        subsets[index].notReadyAddresses = []
        left -= subsets[index].addresses.count
      } else {
        subsets[index].notReadyAddresses = Array(subsets[index].notReadyAddresses.prefix(share))
        left -= subsets[index].notReadyAddresses.count
      }
    }
    return true
  }
}
