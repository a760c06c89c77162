package import JSONTree
import KubernetesAPI
package import ObjectStore

/// One version of one object as the server gives it out: its encoding with resourceVersion, and
/// what selectors look at, extracted once.
package final class CachedObject: Sendable {
  /// The key behind the kind's prefix and a slash: `default/web-0`, or `worker-1` for kinds without
  /// namespaces. Keys order objects within a kind.
  package let key: String
  package let namespace: String
  package let name: String
  /// The transaction that wrote this version; zero for one that was not written (dry run), which
  /// shows no resourceVersion.
  package let revision: Revision
  /// The whole object in JSON.
  package let bytes: [UInt8]
  package let labels: [String: String]
  /// Values of the kind's selectable fields, in their order.
  package let fields: [String]
  /// Whether the object only waits for its finalizers or its grace period.
  package let isBeingDeleted: Bool

  init(key: String, revision: Revision, bytes: [UInt8], extract: ObjectExtract) {
    self.key = key
    let slash = key.utf8.firstIndex(of: UInt8(ascii: "/"))
    namespace = slash.map { String(key[..<$0]) } ?? ""
    name = slash.map { String(key[key.index(after: $0)...]) } ?? key
    self.revision = revision
    self.bytes = bytes
    labels = extract.labels
    fields = extract.fields
    isBeingDeleted = extract.isBeingDeleted
  }

  /// What `init` took over.
  var extract: ObjectExtract {
    ObjectExtract(labels: labels, fields: fields, isBeingDeleted: isBeingDeleted)
  }

  /// The object as a value, with its resourceVersion.
  ///
  /// What is in the cache was parsed or written by this server, so it parses; the empty object
  /// stands for text that was damaged since.
  package var json: JSON { (try? JSON(parsing: bytes)) ?? [:] }

  /// The same state under a later revision: what a deletion shows.
  func reissued(at revision: Revision, encoding: StoredEncoding) -> CachedObject {
    let stored = encoding.unspliced(bytes, revision: self.revision)
    return CachedObject(
      key: key, revision: revision, bytes: encoding.spliced(stored, revision: revision),
      extract: extract)
  }
}

/// What is extracted from an object when it is read from the store, or just before it is written.
struct ObjectExtract: Sendable {
  var labels: [String: String] = [:]
  var fields: [String] = []
  var isBeingDeleted = false
}

extension ObjectExtract {
  init(_ object: JSON, kind: any KindDefinition) {
    let metadata = object["metadata"]
    labels = metadata?["labels"]?.stringMap ?? [:]
    fields = kind.selectableFields.map { kind.selectableField($0, of: object) }
    isBeingDeleted = metadata?["deletionTimestamp"] != nil
  }
}
