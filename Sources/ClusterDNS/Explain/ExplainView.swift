package import KubernetesAPI

/// The objects an explanation is made from: a value, so that it can be made from anything.
package struct ExplainView: Sendable {
  package var services: [Service] = []
  package var slices: [EndpointSlice] = []
  package var pods: [ExplainedPod] = []
  /// Nil if it is not known which there are.
  package var namespaces: Set<String>?
  var statefulSets: [StatefulSetOrdinals] = []
  package var zone: ZoneConfiguration
  /// Seconds since the view was known to be current; nil if it was just taken.
  package var age: Int64?

  package init(zone: ZoneConfiguration) { self.zone = zone }

  func service(_ key: ObjectKey) -> Service? { services.first { $0.key == key } }

  func slices(of key: ObjectKey) -> [EndpointSlice] {
    slices.filter { $0.serviceKey == key }.sorted { $0.key < $1.key }
  }

  func pods(in namespace: String) -> [ExplainedPod] {
    pods.filter { $0.metadata.namespace == namespace }.sorted { $0.key < $1.key }
  }

  func statefulSets(in namespace: String) -> [StatefulSetOrdinals] {
    statefulSets.filter { $0.metadata.namespace == namespace }.sorted { $0.key < $1.key }
  }

  func hasNamespace(_ name: String) -> Bool {
    guard let namespaces else { return true }
    return namespaces.contains(name) || services.contains { $0.metadata.namespace == name }
  }

  /// Everything as the changes a zone is made of.
  var changes: [ZoneChange] {
    var changes = services.map(ZoneChange.service) + slices.map(ZoneChange.slice)
    changes += pods.map { .pod(PodRecord($0.pod)) }
    changes += (namespaces ?? []).map { .namespace($0) }
    changes += statefulSets.map { .statefulSet($0.expected) }
    return changes
  }
}
