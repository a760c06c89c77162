import KubernetesAPI

@testable import Controllers

/// A server's slices of one Service, to which a reconciler's writes are applied one by one.
struct SliceWorld {
  var service: Service
  var pods: [Pod] = []
  var nodes: [Node] = [Sample.node("node-1", zone: "a"), Sample.node("node-2", zone: "b")]
  var slices: [EndpointSlice] = []
  var reconciler = EndpointSliceReconciler()
  private var version = 1
  private var nextName = 0

  init(_ service: Service = Sample.service()) { self.service = service }

  func writes(triggerTime: Timestamp? = nil) -> [SliceWrite] {
    reconciler.writes(
      service: service, pods: pods,
      node: { name in nodes.first { $0.metadata.name == name } }, existing: slices,
      triggerTime: triggerTime)
  }

  /// Reconciles, calling back after every single write.
  @discardableResult
  mutating func reconcile(
    triggerTime: Timestamp? = nil, after: (SliceWorld) -> Void = { _ in }
  ) -> [SliceWrite] {
    let writes = writes(triggerTime: triggerTime)
    for write in writes {
      apply(write)
      after(self)
    }
    return writes
  }

  mutating func apply(_ write: SliceWrite) {
    version += 1
    switch write {
    case .create(var slice):
      nextName += 1
      slice.metadata.name = slice.metadata.generateName + String(nextName)
      slice.metadata.uid = "slice-\(nextName)"
      slice.metadata.resourceVersion = String(version)
      slices.append(slice)
    case .update(var slice):
      slice.metadata.resourceVersion = String(version)
      guard let index = slices.firstIndex(where: { $0.metadata.name == slice.metadata.name })
      else { return }
      slices[index] = slice
    case .delete(let slice):
      slices.removeAll { $0.metadata.name == slice.metadata.name }
    }
  }

  /// Addresses in all slices.
  var addresses: Set<String> { Set(slices.flatMap(\.endpoints).flatMap(\.addresses)) }

  /// Sizes of the slices, largest first.
  var sizes: [Int] { slices.map(\.endpoints.count).sorted(by: >) }

  /// The only endpoint there is.
  var only: EndpointSlice.Endpoint? {
    let all = slices.flatMap(\.endpoints)
    return all.count == 1 ? all[0] : nil
  }
}

extension SliceWrite {
  var verb: String {
    switch self {
    case .create: "create"
    case .update: "update"
    case .delete: "delete"
    }
  }
}
