import JSONTree
import KubernetesAPI
import ObjectStore

/// Where a listing goes on: opaque to clients, and in the shape a kube-apiserver gives it.
struct ContinueToken: Sendable, Equatable {
  /// The state being listed; nil to go on with whatever is current (an inconsistent listing).
  var revision: Revision?
  /// The first key to return, behind the listing's prefix.
  var start: String

  /// After a key.
  init(revision: Revision?, after key: String) {
    self.revision = revision
    start = key + "\0"
  }

  /// - Throws: 400 for a text that is no token.
  init(_ text: String) throws(APIStatus) {
    guard let bytes = decodeBase64URL(text) else {
      throw Self.invalid("continue key is not valid: illegal base64 data")
    }
    let json: JSON
    do {
      json = try JSON(parsing: bytes)
    } catch {
      throw Self.invalid("continue key is not valid: \(error.message)")
    }
    let version = json["v"]?.string ?? ""
    guard version == "meta.k8s.io/v1" else {
      throw Self.invalid(
        "continue key is not valid: server does not recognize this encoded version \(version)")
    }
    let number = json["rv"]?.integer ?? 0
    guard number != 0 else {
      throw Self.invalid(
        "continue key is not valid: incorrect encoded start resourceVersion (version "
          + "meta.k8s.io/v1)")
    }
    guard let start = json["start"]?.string, !start.isEmpty else {
      throw Self.invalid(
        "continue key is not valid: encoded start key empty (version meta.k8s.io/v1)")
    }
    let segments = start.split(separator: "/", omittingEmptySubsequences: false)
    guard !segments.contains("."), !segments.contains(".."), !segments.dropLast().contains("")
    else { throw Self.invalid("continue key is not valid: \(start)") }
    revision = number > 0 ? Revision(rawValue: UInt64(number)) : nil
    self.start = start
  }

  var text: String {
    let object: JSONObject = [
      "v": "meta.k8s.io/v1",
      "rv": .integer(revision.map { Int64(clamping: $0.rawValue) } ?? -1),
      "start": .string(start),
    ]
    return encodeBase64URL(JSON.object(object).encoded())
  }

  private static func invalid(_ problem: String) -> APIStatus {
    .badRequest("invalid continue token: \(problem)")
  }
}
