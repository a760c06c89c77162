import JSONTree
import KubernetesAPI

/// Names and uids the server makes up.
extension ServerEnvironment {
  /// Letters and digits without vowels and look-alikes, so that no words appear.
  private static let nameAlphabet = Array("bcdfghjklmnpqrstvwxz2456789")
  private static let suffixLength = 5
  /// Names are at most 63 characters, as a DNS label.
  private static let longestPrefix = 63 - suffixLength

  /// A name that begins with a prefix (`metadata.generateName`).
  func generatedName(prefix: String) -> String {
    var name = String(prefix.prefix(Self.longestPrefix))
    for _ in 0..<Self.suffixLength {
      name.append(Self.nameAlphabet[Int(random(UInt64(Self.nameAlphabet.count)))])
    }
    return name
  }

  /// A random UUID (RFC 9562, version 4).
  func uuid() -> String {
    let digits = Array("0123456789abcdef".utf8)
    var bits = (random(.max), random(.max))
    bits.0 = bits.0 & ~0xF000 | 0x4000
    bits.1 = bits.1 & ~(3 << 62) | 2 << 62
    var text: [UInt8] = []
    text.reserveCapacity(36)
    for position in 0..<32 {
      if position == 8 || position == 12 || position == 16 || position == 20 {
        text.append(UInt8(ascii: "-"))
      }
      let half = position < 16 ? bits.0 : bits.1
      text.append(digits[Int(half >> UInt64(60 - position % 16 * 4) & 0xF)])
    }
    return String(decoding: text, as: UTF8.self)
  }
}

extension APIStatus {
  /// 409 where every name tried for a `generateName` was taken.
  static func noUniqueName(_ resource: ResourceType, name: String) -> APIStatus {
    APIStatus(
      code: 409, reason: .alreadyExists,
      message: "\(resource.qualifiedPlural) \"\(name)\" already exists, the server was not able to "
        + "generate a unique name for the object",
      details: Details(
        name: name, group: resource.group, kind: resource.plural, retryAfterSeconds: 1))
  }
}

/// Settles the namespace of an object that came in by a request for a namespace; empty for kinds
/// without.
///
/// - Throws: 400 if the object names another one.
func alignNamespace(_ object: inout JSON, with namespace: String) throws(APIStatus) {
  let own = object[path: "metadata", "namespace"]?.string ?? ""
  if own == namespace { return }
  guard own.isEmpty || namespace.isEmpty else {
    throw .badRequest(
      "the namespace of the provided object does not match the namespace sent on the request")
  }
  var metadata = object["metadata"] ?? [:]
  metadata["namespace"] = namespace.isEmpty ? nil : .string(namespace)
  object["metadata"] = metadata
}

/// Checks the name in an object against the one in the path of its request.
///
/// - Throws: 400 if the object has none or another.
func requireName(_ name: String, in object: JSON) throws(APIStatus) {
  let own = object[path: "metadata", "name"]?.string ?? ""
  if own.isEmpty {
    throw .badRequest(
      "the name of the object (\(name) based on URL) was undeterminable: name must be provided")
  }
  if own != name {
    throw .badRequest(
      "the name of the object (\(own)) does not match the name on the URL (\(name))")
  }
}
