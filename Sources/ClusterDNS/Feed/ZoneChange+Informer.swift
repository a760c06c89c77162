import KubernetesAPI
import KubernetesClient

// What an informer's events mean for names. A deletion that was not watched has no object; it
// happened at or before the resourceVersion of the list that showed it.
extension ZoneChange {
  init?(_ event: InformerEvent<Service>, listed: UInt64) {
    switch event {
    case .added(let service), .updated(_, let service): self = .service(service)
    case .deleted(let key, let last):
      self = .deleteService(key, revision: last?.metadata.revision ?? listed)
    case .synced: return nil
    }
  }

  init?(_ event: InformerEvent<EndpointSlice>, listed: UInt64) {
    switch event {
    case .added(let slice), .updated(_, let slice): self = .slice(slice)
    case .deleted(let key, let last):
      self = .deleteSlice(key, revision: last?.metadata.revision ?? listed)
    case .synced: return nil
    }
  }

  init?(_ event: InformerEvent<Namespace>, listed: UInt64) {
    switch event {
    case .added(let namespace), .updated(_, let namespace):
      self = .namespace(namespace.metadata.name, revision: namespace.metadata.revision)
    case .deleted(let key, let last):
      self = .deleteNamespace(key.name, revision: last?.metadata.revision ?? listed)
    case .synced: return nil
    }
  }

  init?(_ event: InformerEvent<Pod>, listed: UInt64) {
    switch event {
    case .added(let pod), .updated(_, let pod):
      self = .pod(PodRecord(pod), revision: pod.metadata.revision)
    case .deleted(let key, let last):
      self = .deletePod(key, revision: last?.metadata.revision ?? listed)
    case .synced: return nil
    }
  }

  init?(_ event: InformerEvent<StatefulSetOrdinals>) {
    switch event {
    case .added(let set), .updated(_, let set): self = .statefulSet(set.expected)
    case .deleted(let key, _): self = .deleteStatefulSet(key)
    case .synced: return nil
    }
  }
}
