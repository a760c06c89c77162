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

  var hasDefaults: Bool {
    switch self {
    case .object(let schema): schema.hasDefaults
    case .map(let element), .list(let element, _): element.hasDefaults
    default: false
    }
  }

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
  /// Whether a default is stated anywhere in this type or the types below it.
  package let hasDefaults: Bool
  /// Whether server-side apply owns and replaces a value of this type as a whole
  /// (`x-kubernetes-map-type: atomic`).
  package let isAtomic: Bool

  package init(
    _ name: String, _ description: String, isAtomic: Bool = false,
    @FieldsBuilder _ fields: () -> [Field]
  ) {
    self.name = name
    self.description = description
    self.isAtomic = isAtomic
    self.fields = fields().sorted { $0.name < $1.name }
    hasDefaults = self.fields.contains { $0.defaultValue != nil || $0.schema.hasDefaults }
  }

  package func field(_ name: String) -> Field? {
    var position = 0
    return index(of: name, from: &position).map { fields[$0] }
  }

  /// The position of a field that sorts at or after `low`. `low` moves on, so that a caller who
  /// asks for names in order searches only what is left.
  func index(of name: String, from low: inout Int) -> Int? {
    var high = fields.count
    while low < high {
      let middle = (low + high) / 2
      let other = fields[middle].name
      if other == name {
        low = middle + 1
        return middle
      }
      if other < name { low = middle + 1 } else { high = middle }
    }
    return nil
  }
}

/// What becomes of a member that holds its type's empty value (`""`, `[]`, `{}`, `0`, `false`).
///
/// Kubernetes leaves a member out of its answers if its Go field is marked `omitempty` and is not
/// a pointer. Decoding applies the rule, so that definitions, patches and the store see only one
/// form of "nothing".
package enum EmptyValueRule: Sendable, Equatable {
  /// Strings, lists and maps that are not required are dropped when empty. Numbers, booleans and
  /// objects stay, because for most of them "0", "false" and "{}" mean something that absence does
  /// not.
  case automatic
  /// Kept whatever it holds (a pointer, or a field without `omitempty`).
  case kept
  /// Dropped when empty, 0 and false too (a plain value marked `omitempty`, such as `hostNetwork`).
  case dropped
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
  /// Whether server-side apply owns and replaces a map as a whole
  /// (`x-kubernetes-map-type: atomic` of a field).
  package var isAtomicMap: Bool
  /// Shown as deprecated; strict validation is not affected.
  package var isDeprecated: Bool
  package var emptyValue: EmptyValueRule
  /// The type's name in messages of the decoder where Kubernetes' own type has one of its own:
  /// `v1.ServiceType` for a string, `[]v1.IPFamily` for a list, `v1.ResourceList` for a map.
  package var goType: String?

  package init(
    _ name: String, _ schema: Schema, _ description: String, required: Bool = false,
    default defaultValue: JSON? = nil, enum enumeration: [String] = [], retainsKeys: Bool = false,
    atomicMap isAtomicMap: Bool = false, deprecated: Bool = false,
    empty emptyValue: EmptyValueRule = .automatic, goType: String? = nil
  ) {
    self.name = name
    self.schema = schema
    self.description = description
    self.isRequired = required
    self.defaultValue = defaultValue
    self.enumeration = enumeration
    self.patchRetainsKeys = retainsKeys
    self.isAtomicMap = isAtomicMap
    self.isDeprecated = deprecated
    self.emptyValue = emptyValue
    self.goType = goType
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
