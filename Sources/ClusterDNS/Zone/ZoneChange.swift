package import KubernetesAPI

/// One thing that happened to an object names depend on.
///
/// Deletions carry the resourceVersion at which they happened, 0 if it is not known: it counts for
/// the zone's serial as any other change.
package enum ZoneChange: Sendable {
  case service(Service)
  case deleteService(ObjectKey, revision: UInt64 = 0)
  case slice(EndpointSlice)
  case deleteSlice(ObjectKey, revision: UInt64 = 0)
  /// A namespace exists, even if no Service in it has a name.
  case namespace(String, revision: UInt64 = 0)
  case deleteNamespace(String, revision: UInt64 = 0)
  case pod(PodRecord, revision: UInt64 = 0)
  case deletePod(ObjectKey, revision: UInt64 = 0)
  case statefulSet(ExpectedSet)
  case deleteStatefulSet(ObjectKey)
}
