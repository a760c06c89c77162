import JSONTree
import KubernetesAPI

/// What a request is about.
struct Selection {
  var resource: ResourceType
  var namespace: String?
  var name: String?
  var subresource: String?
  var query: [String: String] = [:]

  /// Reads a target; nil if it names none of the resources.
  init?(target: String, resources: [ResourceType]) {
    let parts = target.split(separator: "?", maxSplits: 1)
    var path = (parts.first ?? "").split(separator: "/").map { Self.decode(String($0)) }
    for pair in parts.count > 1 ? parts[1].split(separator: "&") : [] {
      let sides = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      query[String(sides[0])] = sides.count > 1 ? Self.decode(String(sides[1])) : ""
    }
    guard let root = path.first, root == "api" || root == "apis",
      path.count >= (root == "api" ? 3 : 4)
    else { return nil }
    let group = root == "api" ? "" : path[1]
    let version = root == "api" ? path[1] : path[2]
    path.removeFirst(root == "api" ? 2 : 3)
    if path[0] == "namespaces", path.count > 2, !["finalize", "status"].contains(path[2]) {
      namespace = path[1]
      path.removeFirst(2)
    }
    guard
      let resource = resources.first(where: {
        $0.group == group && $0.version == version && $0.plural == path[0]
      })
    else { return nil }
    self.resource = resource
    if path.count > 1 { name = path[1] }
    if path.count > 2 { subresource = path[2] }
  }

  var key: ObjectKey { ObjectKey(namespace: namespace ?? "", name: name ?? "") }

  func matches(_ change: FakeAPIServer.Change) -> Bool {
    change.resource == resource && matches(change.object)
  }

  func matches(_ object: JSON) -> Bool {
    let metadata = ObjectMeta(json: object["metadata"])
    if let namespace, metadata.namespace != namespace { return false }
    for term in (query["labelSelector"] ?? "").split(separator: ",") {
      guard Self.holds(String(term), metadata.labels) else { return false }
    }
    let fields = ["metadata.name": metadata.name, "metadata.namespace": metadata.namespace]
    for term in (query["fieldSelector"] ?? "").split(separator: ",") {
      guard Self.holds(String(term), fields) else { return false }
    }
    return true
  }

  /// `key`, `!key`, `key=value`, `key!=value`.
  private static func holds(_ term: String, _ values: [String: String]) -> Bool {
    if let sides = sides(of: term, "!=") { return values[sides.0] != sides.1 }
    if let sides = sides(of: term, "=") { return values[sides.0] == sides.1 }
    return term.hasPrefix("!") ? values[String(term.dropFirst())] == nil : values[term] != nil
  }

  private static func sides(of term: String, _ sign: String) -> (String, String)? {
    let parts = Array(term)
    let sign = Array(sign)
    guard parts.count >= sign.count else { return nil }
    for start in 0...(parts.count - sign.count)
    where Array(parts[start..<(start + sign.count)]) == sign {
      return (String(parts[..<start]), String(parts[(start + sign.count)...]))
    }
    return nil
  }

  private static func decode(_ text: String) -> String {
    var bytes: [UInt8] = []
    var rest = Array(text.utf8)[...]
    while let byte = rest.popFirst() {
      if byte == UInt8(ascii: "%"), rest.count >= 2,
        let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
      {
        bytes.append(value)
        rest = rest.dropFirst(2)
      } else {
        bytes.append(byte)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
