package import KubernetesAPI
import Synchronization

/// Finds when the change happened that leads to new endpoints, for the annotation
/// `endpoints.kubernetes.io/last-change-trigger-time` by which programming latency is measured.
package final class TriggerTimes: Sendable {
  private struct Seen {
    var service: Timestamp?
    var pods: [String: Timestamp]
  }

  private let seen = Mutex<[ObjectKey: Seen]>([:])

  package init() {}

  /// The earliest of the changes since the last call for this Service; its creation on the first
  /// call; nil if nothing changed whose time is known.
  package func next(for service: Service, pods: [Pod]) -> Timestamp? {
    var now = Seen(service: service.metadata.creationTimestamp, pods: [:])
    for pod in pods { now.pods[pod.metadata.name] = pod.readyTransitionTime }
    let known = seen.withLock { $0.updateValue(now, forKey: service.key) }
    guard let known else { return now.service }
    var changed = now.pods.filter { name, time in
      known.pods[name].map { time > $0 } ?? true
    }.map(\.value)
    if let time = now.service, known.service.map({ time > $0 }) ?? true { changed.append(time) }
    return changed.min()
  }

  package func forget(_ service: ObjectKey) {
    _ = seen.withLock { $0.removeValue(forKey: service) }
  }
}
