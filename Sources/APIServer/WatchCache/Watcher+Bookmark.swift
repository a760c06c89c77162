import JSONTree
import KubernetesAPI
import ObjectStore

extension Watcher {
  /// An event that changes nothing and tells how far the watch has come.
  ///
  /// - Parameter endsInitialEvents: whether it stands where the initial objects end
  ///   (KEP-3157, annotation `k8s.io/initial-events-end`).
  func bookmark(
    _ resource: ResourceType, at revision: Revision, endsInitialEvents: Bool = false
  ) -> Item {
    var metadata: JSONObject = ["resourceVersion": .string(revision.description)]
    if endsInitialEvents { metadata["annotations"] = ["k8s.io/initial-events-end": "true"] }
    let object = StoredEncoding(resource)
    let bytes =
      object.envelope + Array("\"metadata\":".utf8) + JSON.object(metadata).encoded()
      + Array("}".utf8)
    guard transform != nil else { return .frame(WatchEventType.bookmark.frame(bytes)) }
    return .event(
      .bookmark,
      CachedObject(key: "", revision: revision, bytes: bytes, extract: ObjectExtract()))
  }
}
