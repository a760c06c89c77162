import KubernetesAPI
import KubernetesClient

/// A change of a Pod that endpoints show.
struct PodChange {
  /// The Pod before and after; one of them may be missing.
  private let old: Pod?
  private let new: Pod?

  /// Nil if no endpoint shows the change.
  init?(_ event: InformerEvent<Pod>) {
    switch event {
    case .added(let pod): (old, new) = (nil, pod)
    case .deleted(_, let last): (old, new) = (last, nil)
    case .synced: return nil
    case .updated(let old, let new):
      if let old, Self.isSame(old, new) { return nil }
      (self.old, self.new) = (old, new)
    }
  }

  private static func isSame(_ old: Pod, _ new: Pod) -> Bool {
    old.metadata.labels == new.metadata.labels && old.metadata.uid == new.metadata.uid
      && old.metadata.isBeingDeleted == new.metadata.isBeingDeleted
      && old.isReady == new.isReady && old.podIPs == new.podIPs && old.phase == new.phase
      && old.nodeName == new.nodeName && old.hostname == new.hostname
      && old.subdomain == new.subdomain && old.ports == new.ports
  }

  /// The Services that select, or selected, the Pod.
  func services(_ informers: SharedInformers) -> Set<ObjectKey> {
    var keys: Set<ObjectKey> = []
    for pod in [old, new] {
      guard let pod else { continue }
      keys.formUnion(informers.services(selecting: pod).map(\.key))
    }
    return keys
  }
}
