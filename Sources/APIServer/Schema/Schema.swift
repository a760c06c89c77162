package import JSONTree

/// The type of a value in the API: what it may hold, what it means, and how lists and maps of it
/// merge. Everything generic derives from it: strict decoding and pruning, defaults, OpenAPI,
/// strategic merge and (later) server-side apply.
package indirect enum Schema: Sendable {
  case boolean
  case int32
  case int64
  /// A fraction (rare in the API).
  case number
  case string
  /// Base64 text (`[]byte` in Kubernetes' own types).
  case bytes
  /// RFC 3339 in whole seconds (meta/v1 Time).
  case time
  /// RFC 3339 with microseconds (meta/v1 MicroTime).
  case microTime
  /// A number with a unit (api/resource Quantity); a JSON number is accepted and read as text.
  case quantity
  /// A number or a string (util/intstr IntOrString).
  case intOrString
  /// Any JSON object, kept as it is (runtime.RawExtension, FieldsV1).
  case anyObject
  /// Any JSON value.
  case any
  case object(ObjectSchema)
  /// A map with free keys.
  case map(Schema)
  case list(Schema, ListSemantics)

  /// A list replaced as a whole.
  package static func list(_ element: Schema) -> Schema { .list(element, .atomic) }

  package static let stringMap = Schema.map(.string)
  package static let strings = Schema.list(.string, .atomic)
}

/// How the elements of a list are told apart, and what a strategic merge patch does with it
/// (`x-kubernetes-list-type`, `x-kubernetes-list-map-keys`, `x-kubernetes-patch-*`).
package struct ListSemantics: Sendable, Equatable {
  package enum Kind: Sendable, Equatable {
    /// One value, replaced as a whole.
    case atomic
    /// Scalars, each at most once.
    case set
    /// Objects told apart by these members.
    case map(keys: [String])
    /// Elements without identity that are listed one by one; replaced as a whole by patches.
    case untyped
  }

  package var kind: Kind
  /// The member a strategic merge patch merges elements by; the empty string merges scalars as a
  /// set; nil replaces the list.
  package var patchMergeKey: String?
  /// Whether a strategic merge patch may drop members of an element with `$retainKeys`.
  package var patchRetainsKeys: Bool

  package init(kind: Kind, patchMergeKey: String? = nil, patchRetainsKeys: Bool = false) {
    self.kind = kind
    self.patchMergeKey = patchMergeKey
    self.patchRetainsKeys = patchRetainsKeys
  }

  package static let atomic = ListSemantics(kind: .atomic)
  package static let set = ListSemantics(kind: .set)
  /// A set of scalars that strategic merge patches merge (finalizers).
  package static let mergedSet = ListSemantics(kind: .set, patchMergeKey: "")

  /// Told apart by `keys`; strategic merge patches merge by `mergeKey`, the first key if not given.
  package static func map(
    _ keys: String..., mergeKey: String? = nil, retainsKeys: Bool = false
  ) -> ListSemantics {
    ListSemantics(
      kind: .map(keys: keys), patchMergeKey: mergeKey ?? keys.first, patchRetainsKeys: retainsKeys)
  }
}

/// An object with known members: one type definition of the API.
///
/// A class, so that a type used in many places (ObjectReference, LabelSelector, …) is one value
/// and one OpenAPI definition.
package final class ObjectSchema: Sendable {
  /// The OpenAPI definition's name, `io.k8s.api.core.v1.ServiceSpec`.
  package let name: String
  /// What the type is, in our words; one or two sentences.
  package let description: String
  /// Sorted by name.
  package let fields: [Field]
  private let positions: [String: Int]

  package init(_ name: String, _ description: String, @FieldsBuilder _ fields: () -> [Field]) {
    self.name = name
    self.description = description
    self.fields = fields().sorted { $0.name < $1.name }
    positions = Dictionary(
      self.fields.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
  }

  package func field(_ name: String) -> Field? { positions[name].map { fields[$0] } }
}

/// One member of an object.
package struct Field: Sendable {
  package var name: String
  package var schema: Schema
  /// What the member means, in our words.
  package var description: String
  /// Listed as required in OpenAPI. Absence is reported by validation, not by decoding.
  package var isRequired: Bool
  /// Filled in where the member is absent from its (present) object.
  package var defaultValue: JSON?
  /// The values OpenAPI lists; checked by validation, not by decoding.
  package var enumeration: [String]
  /// Whether a strategic merge patch replaces the object instead of merging into it, or merges
  /// with `$retainKeys` (`x-kubernetes-patch-strategy` of a non-list).
  package var patchRetainsKeys: Bool
  /// Shown as deprecated; strict validation is not affected.
  package var isDeprecated: Bool

  package init(
    _ name: String, _ schema: Schema, _ description: String, required: Bool = false,
    default defaultValue: JSON? = nil, enum enumeration: [String] = [], retainsKeys: Bool = false,
    deprecated: Bool = false
  ) {
    self.name = name
    self.schema = schema
    self.description = description
    self.isRequired = required
    self.defaultValue = defaultValue
    self.enumeration = enumeration
    self.patchRetainsKeys = retainsKeys
    self.isDeprecated = deprecated
  }
}

/// Collects the fields of an `ObjectSchema` as a plain list of statements.
@resultBuilder
package enum FieldsBuilder {
  package static func buildExpression(_ field: Field) -> [Field] { [field] }
  /// Fields shared between types.
  package static func buildExpression(_ fields: [Field]) -> [Field] { fields }
  package static func buildBlock(_ parts: [Field]...) -> [Field] { parts.flatMap(\.self) }
}
