import KubernetesAPI

/// Builds the path and query of a request.
struct RequestTarget {
  private(set) var text: String
  private var hasQuery = false

  /// A path that is already encoded, such as `/version`.
  init(path: String) {
    text = path
    hasQuery = path.utf8.contains(UInt8(ascii: "?"))
  }

  /// The collection of a resource, or one object in it, or a subresource of that object.
  init(
    _ resource: ResourceType, namespace: String? = nil, name: String? = nil,
    subresource: String? = nil
  ) {
    text =
      resource.group.isEmpty
      ? "/api/\(resource.version)" : "/apis/\(resource.group)/\(resource.version)"
    if resource.isNamespaced, let namespace, !namespace.isEmpty {
      text += "/namespaces/" + Self.encode(segment: namespace)
    }
    text += "/" + resource.plural
    if let name { text += "/" + Self.encode(segment: name) }
    if let subresource { text += "/" + subresource }
  }

  /// Adds a parameter, unless its value is nil or empty.
  mutating func add(_ name: String, _ value: String?) {
    guard let value, !value.isEmpty else { return }
    text += hasQuery ? "&" : "?"
    text += name + "=" + Self.encode(value, keeping: "")
    hasQuery = true
  }

  /// Encodes one segment of a path (RFC 3986 section 3.3).
  static func encode(segment: String) -> String { encode(segment, keeping: "!$&'()*+,;=:@") }

  private static func encode(_ text: String, keeping extra: String) -> String {
    let digits = Array("0123456789ABCDEF".utf8)
    let kept = Array("-._~".utf8) + Array(extra.utf8)
    var bytes: [UInt8] = []
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
        UInt8(ascii: "A")...UInt8(ascii: "Z"):
        bytes.append(byte)
      case _ where kept.contains(byte): bytes.append(byte)
      default:
        bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 0x0F)]]
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
