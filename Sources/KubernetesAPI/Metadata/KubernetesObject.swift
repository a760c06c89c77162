public import JSONTree

/// A typed view of an API object: it decodes what the roles read, and nothing else.
///
/// A view that is written back must model every field of its type; the others change objects by
/// patch, so that fields they do not know survive.
public protocol KubernetesObject: Sendable, Equatable {
  static var resource: ResourceType { get }
  var metadata: ObjectMeta { get set }

  /// Decodes leniently, as a reader of other people's API servers must: a field of another type
  /// than expected reads as absent.
  init(json: JSON)

  /// The object with `apiVersion` and `kind`.
  var json: JSON { get }
}

extension KubernetesObject {
  public var key: ObjectKey { ObjectKey(namespace: metadata.namespace, name: metadata.name) }

  /// An object of this type with its metadata, to which a view adds its other members.
  package func envelope(_ members: [(String, JSON?)] = []) -> JSON {
    var object: JSONObject = [
      "apiVersion": .string(Self.resource.apiVersion),
      "kind": .string(Self.resource.kind),
      "metadata": metadata.json,
    ]
    for (key, value) in members { object[key] = value }
    return .object(object)
  }
}

extension JSON {
  /// The strings of a map such as labels; other values are left out.
  package var stringMap: [String: String] {
    guard let object else { return [:] }
    var map: [String: String] = [:]
    map.reserveCapacity(object.count)
    for member in object { map[member.key] = member.value.string }
    return map
  }

  package var strings: [String] { array?.compactMap(\.string) ?? [] }

  package init(_ map: [String: String]) {
    self = .object(JSONObject(map.map { ($0.key, .string($0.value)) }))
  }

  package init(strings: [String]) { self = .array(strings.map { .string($0) }) }

  /// Nil for an empty map, which the API leaves out.
  package init?(nonEmpty map: [String: String]) {
    guard !map.isEmpty else { return nil }
    self.init(map)
  }

  package init?(nonEmpty strings: [String]) {
    guard !strings.isEmpty else { return nil }
    self.init(strings: strings)
  }

  package init?(nonEmpty string: String) {
    guard !string.isEmpty else { return nil }
    self = .string(string)
  }
}
