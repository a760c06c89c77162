import KubernetesAPI
import KubernetesClient

// What an informer's events mean for names.
extension ZoneChange {
  init?(_ event: InformerEvent<Service>) {
    switch event {
    case .added(let service), .updated(_, let service): self = .service(service)
    case .deleted(let key, _): self = .deleteService(key)
    case .synced: return nil
    }
  }

  init?(_ event: InformerEvent<EndpointSlice>) {
    switch event {
    case .added(let slice), .updated(_, let slice): self = .slice(slice)
    case .deleted(let key, _): self = .deleteSlice(key)
    case .synced: return nil
    }
  }

  init?(_ event: InformerEvent<Namespace>) {
    switch event {
    case .added(let namespace), .updated(_, let namespace):
      self = .namespace(namespace.metadata.name)
    case .deleted(let key, _): self = .deleteNamespace(key.name)
    case .synced: return nil
    }
  }
}
