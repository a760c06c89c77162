package import KubernetesAPI
import KubernetesClient

/// A change of the cluster that concerns the proxy.
package enum ProxyChange: Sendable {
  case service(ObjectKey, Service?)
  /// With the time the change began at, where the slice says so.
  case slice(ObjectKey, EndpointSlice?, trigger: Timestamp?)
  case zone(String?)
  /// Addresses node ports are answered on.
  case nodeAddresses(Set<IPAddress>)
}

extension ProxyChange {
  static let triggerAnnotation = "endpoints.kubernetes.io/last-change-trigger-time"

  init?(_ event: InformerEvent<Service>) {
    switch event {
    case .added(let service), .updated(_, let service): self = .service(service.key, service)
    case .deleted(let key, _): self = .service(key, nil)
    case .synced: return nil
    }
  }

  init?(_ event: InformerEvent<EndpointSlice>) {
    switch event {
    case .added(let slice), .updated(_, let slice):
      let trigger = slice.metadata.annotations[Self.triggerAnnotation].flatMap(Timestamp.init)
      self = .slice(slice.key, slice, trigger: trigger)
    case .deleted(let key, _): self = .slice(key, nil, trigger: nil)
    case .synced: return nil
    }
  }
}
