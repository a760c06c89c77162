package import KubernetesAPI
package import KubernetesClient

/// Finds the workloads of one type that a change of a Pod concerns.
package struct PodOwners<Owner: Workload>: Sendable {
  let owners: Informer<Owner>

  package init(_ owners: Informer<Owner>) { self.owners = owners }

  package func keys(of event: InformerEvent<Pod>) -> Set<ObjectKey> {
    switch event {
    case .synced: return []
    case .added(let pod): return keys(of: pod)
    case .deleted(_, let last): return last.map(keys(of:)) ?? []
    case .updated(let old, let new):
      guard let old else { return keys(of: new) }
      let isSameOrphan =
        old.metadata.controller == nil && new.metadata.controller == nil
        && old.metadata.labels == new.metadata.labels
        && old.metadata.isBeingDeleted == new.metadata.isBeingDeleted
      return isSameOrphan ? [] : keys(of: old).union(keys(of: new))
    }
  }

  private func keys(of pod: Pod) -> Set<ObjectKey> {
    let namespace = pod.metadata.namespace
    guard let owner = pod.metadata.controller else {
      // Somebody may take it in.
      return Set(
        owners.objects.filter {
          $0.metadata.namespace == namespace && $0.hasSelector
            && $0.selector.matches(pod.metadata.labels)
        }.map(\.key))
    }
    let resource = Owner.resource
    guard owner.kind == resource.kind, owner.apiVersion == resource.apiVersion else { return [] }
    return [ObjectKey(namespace: namespace, name: owner.name)]
  }
}
