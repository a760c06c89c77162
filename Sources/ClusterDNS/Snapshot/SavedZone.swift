import KubernetesAPI

/// What names were made of at one moment: enough to answer without the API server.
struct SavedZone: Sendable {
  /// The resourceVersion it is complete to.
  var revision: UInt64
  var services: [(key: ObjectKey, record: ServiceRecord)] = []
  var slices: [(key: ObjectKey, record: SliceRecord)] = []
  var pods: [(key: ObjectKey, addresses: [IPAddress])] = []
  /// Those that have an object.
  var namespaces: [String] = []

  init(revision: UInt64) { self.revision = revision }
}
