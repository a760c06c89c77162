private import Crypto
package import JSONTree
package import KubernetesAPI

/// A document that never changes while the server runs, with a hash by which clients tell whether
/// the copy they have is the current one.
package struct StaticDocument: Sendable {
  package let bytes: [UInt8]
  package let contentType: String
  /// SHA-256 in upper-case hexadecimal digits.
  package let hash: String

  package init(bytes: [UInt8], contentType: String) {
    self.bytes = bytes
    self.contentType = contentType
    hash = Self.hash(of: bytes)
  }

  package init(_ value: JSON) {
    self.init(bytes: value.encoded(), contentType: "application/json")
  }

  static func hash(of bytes: [UInt8]) -> String {
    let digits = Array("0123456789ABCDEF".utf8)
    var text: [UInt8] = []
    for byte in SHA256.hash(data: bytes) {
      text.append(digits[Int(byte >> 4)])
      text.append(digits[Int(byte & 15)])
    }
    return String(decoding: text, as: UTF8.self)
  }

  /// The document, or 304 to a client that has it (RFC 9110 section 13.1.2).
  ///
  /// - Parameters:
  ///   - requestHeaders: names in lower case.
  ///   - cacheControl: for the answer's `Cache-Control`.
  package func response(
    to requestHeaders: [String: String], cacheControl: String = "public"
  ) -> APIResponse {
    let etag = "\"\(hash)\""
    var headers = ["etag": etag, "cache-control": cacheControl, "vary": "Accept"]
    let known = (requestHeaders["if-none-match"] ?? "").split(separator: ",").map {
      $0.drop { $0 == " " }
    }
    if known.contains(where: { $0 == etag || $0 == "W/" + etag || $0 == "*" }) {
      return APIResponse(status: 304, headers: headers, body: .bytes([]))
    }
    headers["content-type"] = contentType
    return APIResponse(status: 200, headers: headers, body: .bytes(bytes))
  }
}
