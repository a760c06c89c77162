import JSONTree
import KubernetesAPI
import ObjectStore

/// How an object of one kind stands in the store, and how its resourceVersion gets into the text
/// that clients see.
///
/// A stored value begins as a kube-apiserver writes it, `{"kind":…,"apiVersion":…,"metadata":{`,
/// and has no resourceVersion: that is the revision of the transaction that wrote it, known only
/// afterwards. It is spliced in behind the opening of `metadata`, so that reading never re-encodes.
struct StoredEncoding: Sendable {
  /// `{"kind":"Pod","apiVersion":"v1",`, which list items do without.
  let envelope: [UInt8]
  /// The envelope and `"metadata":{`.
  let opening: [UInt8]

  init(_ resource: ResourceType) {
    var bytes = Array("{\"kind\":".utf8)
    JSON.write(string: resource.kind, to: &bytes)
    bytes += Array(",\"apiVersion\":".utf8)
    JSON.write(string: resource.apiVersion, to: &bytes)
    bytes.append(UInt8(ascii: ","))
    envelope = bytes
    opening = bytes + Array("\"metadata\":{".utf8)
  }

  /// The object as it is stored, whatever resourceVersion it carries.
  func encoded(_ object: JSON) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(1024)
    bytes += opening
    var isFirst = true
    for member in object["metadata"]?.object ?? [:] where member.key != "resourceVersion" {
      if !isFirst { bytes.append(UInt8(ascii: ",")) }
      isFirst = false
      Self.write(member, to: &bytes)
    }
    bytes.append(UInt8(ascii: "}"))
    for member in object.object ?? [:] where !Self.leading.contains(member.key) {
      bytes.append(UInt8(ascii: ","))
      Self.write(member, to: &bytes)
    }
    bytes.append(UInt8(ascii: "}"))
    return bytes
  }

  private static let leading: Set<String> = ["kind", "apiVersion", "metadata"]

  private static func write(_ member: JSONObject.Member, to bytes: inout [UInt8]) {
    JSON.write(string: member.key, to: &bytes)
    bytes.append(UInt8(ascii: ":"))
    member.value.write(to: &bytes)
  }

  /// Whether a value has the layout this encoding writes, so that it can be spliced.
  func matches(_ stored: [UInt8]) -> Bool { stored.starts(with: opening) }

  /// The stored value with a resourceVersion.
  ///
  /// - Precondition: `matches(stored)`; a stored object has a name, so `metadata` is not empty.
  func spliced(_ stored: [UInt8], revision: Revision) -> [UInt8] {
    let digits = revision.description.utf8
    var bytes: [UInt8] = []
    bytes.reserveCapacity(stored.count + Self.splice.count + digits.count + 2)
    bytes += opening
    bytes += Self.splice
    bytes += digits
    bytes += Array("\",".utf8)
    bytes += stored[opening.count...]
    return bytes
  }

  /// What was stored, from a text that was spliced with the same revision.
  func unspliced(_ bytes: [UInt8], revision: Revision) -> [UInt8] {
    let start = opening.count + Self.splice.count + revision.description.utf8.count + 2
    var stored: [UInt8] = []
    stored.reserveCapacity(bytes.count)
    stored += opening
    stored += bytes[start...]
    return stored
  }

  private static let splice = Array("\"resourceVersion\":\"".utf8)
}
