import JSONTree
import KubernetesAPI

/// The definitions (`components/schemas` in version 3) of a set of types and of all they refer to.
struct OpenAPIDefinitions {
  private let dialect: OpenAPIDialect
  private(set) var definitions = JSONObject()
  /// `x-kubernetes-group-version-kind` by definition.
  private let types: [String: [ResourceType]]

  init(_ dialect: OpenAPIDialect, types: [String: [ResourceType]]) {
    self.dialect = dialect
    self.types = types
  }

  /// Adds a type, and the types below it.
  mutating func add(_ schema: ObjectSchema) {
    guard definitions[schema.name] == nil else { return }
    definitions[schema.name] = [:]  // Ends the recursion of types that contain themselves.
    var properties = JSONObject()
    var required: [String] = []
    for field in schema.fields {
      properties[field.name] = .object(property(of: field))
      if field.isRequired { required.append(field.name) }
    }
    var definition: JSONObject = [
      "description": .string(schema.description), "type": "object",
    ]
    if !properties.isEmpty { definition["properties"] = .object(properties) }
    definition["required"] = JSON(nonEmpty: required)
    if let types = types[schema.name] {
      definition["x-kubernetes-group-version-kind"] = .array(types.map(\.groupVersionKind))
    }
    definitions[schema.name] = .object(definition)
  }

  /// Adds the list of a kind's objects.
  mutating func addList(of kind: any KindDefinition) {
    add(kind.schema)
    add(.listMeta)
    let resource = kind.resource
    var metadata = JSONObject()
    if dialect == .v3 { metadata["default"] = [:] }
    metadata["description"] = "Version of the list, and where it continues."
    definitions[kind.schema.name + "List"] = [
      "description": .string("A list of objects of the kind \(resource.kind)."),
      "type": "object", "required": ["items"],
      "properties": [
        "apiVersion": [
          "type": "string", "description": "Group and version of the API the list is written in.",
        ],
        "items": [
          "type": "array", "description": "The objects.",
          "items": .object(dialect.reference(kind.schema.name)),
        ],
        "kind": ["type": "string", "description": "Type of the list."],
        "metadata": .object(dialect.referringProperty(ObjectSchema.listMeta.name, metadata)),
      ],
      "x-kubernetes-group-version-kind": [
        [
          "group": .string(resource.group), "version": .string(resource.version),
          "kind": .string(resource.kind + "List"),
        ]
      ],
    ]
  }

  // MARK: Properties

  private mutating func property(of field: Field) -> JSONObject {
    var annotations: JSONObject = ["description": .string(field.description)]
    if dialect == .v3, let value = field.defaultValue { annotations["default"] = value }
    if !field.enumeration.isEmpty {
      annotations["enum"] = JSON(strings: field.enumeration.sorted())
    }
    if field.patchRetainsKeys { annotations["x-kubernetes-patch-strategy"] = "retainKeys" }
    if case .list(_, let semantics) = field.schema {
      annotations = annotations.merging(extensions(of: semantics))
    }
    if let name = definition(of: field.schema) {
      return dialect.referringProperty(name, annotations)
    }
    return annotations.merging(type(of: field.schema))
  }

  /// The definition a type is written in, nil for one that is written out.
  private mutating func definition(of schema: Schema) -> String? {
    switch schema {
    case .object(let object):
      add(object)
      return object.name
    case .time: return define(WellKnown.time)
    case .microTime: return define(WellKnown.microTime)
    case .quantity: return define(WellKnown.quantity)
    case .intOrString: return define(WellKnown.intOrString)
    default: return nil
    }
  }

  private mutating func define(_ type: WellKnown) -> String {
    if definitions[type.name] == nil {
      var definition = dialect == .v2 ? type.version2 : type.version3
      definition["description"] = .string(type.description)
      definitions[type.name] = .object(definition)
    }
    return type.name
  }

  /// A type where nothing but the type may stand: in lists, maps and bodies.
  private mutating func element(_ schema: Schema) -> JSON {
    if let name = definition(of: schema) { return .object(dialect.reference(name)) }
    return .object(type(of: schema))
  }

  private mutating func type(of schema: Schema) -> JSONObject {
    switch schema {
    case .boolean: return ["type": "boolean"]
    case .int32: return ["type": "integer", "format": "int32"]
    case .int64: return ["type": "integer", "format": "int64"]
    case .number: return ["type": "number", "format": "double"]
    case .string: return ["type": "string"]
    case .bytes: return ["type": "string", "format": "byte"]
    case .anyObject: return ["type": "object"]
    case .any: return [:]
    case .map(let value):
      return ["type": "object", "additionalProperties": element(value)]
    case .list(let value, _):
      return ["type": "array", "items": element(value)]
    case .time, .microTime, .quantity, .intOrString, .object:
      return definition(of: schema).map(dialect.reference) ?? [:]
    }
  }

  private func extensions(of semantics: ListSemantics) -> JSONObject {
    var members = JSONObject()
    switch semantics.kind {
    case .atomic: members["x-kubernetes-list-type"] = "atomic"
    case .set: members["x-kubernetes-list-type"] = "set"
    case .map(let keys):
      members["x-kubernetes-list-type"] = "map"
      members["x-kubernetes-list-map-keys"] = JSON(strings: keys)
    case .untyped: break
    }
    if let key = semantics.patchMergeKey {
      members["x-kubernetes-patch-merge-key"] = JSON(nonEmpty: key)
      members["x-kubernetes-patch-strategy"] =
        semantics.patchRetainsKeys ? "merge,retainKeys" : "merge"
    }
    return members
  }
}

/// Types of Kubernetes that are no objects and yet have a definition of their own.
private struct WellKnown {
  var name: String
  var description: String
  var version2: JSONObject
  var version3: JSONObject

  private init(
    _ name: String, _ description: String, _ version2: JSONObject, _ version3: JSONObject
  ) {
    self.name = name
    self.description = description
    self.version2 = version2
    self.version3 = version3
  }

  static let time = WellKnown(
    "io.k8s.apimachinery.pkg.apis.meta.v1.Time", "An instant in whole seconds (RFC 3339).",
    ["type": "string", "format": "date-time"], ["type": "string", "format": "date-time"])

  static let microTime = WellKnown(
    "io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime", "An instant in microseconds (RFC 3339).",
    ["type": "string", "format": "date-time"], ["type": "string", "format": "date-time"])

  static let quantity = WellKnown(
    "io.k8s.apimachinery.pkg.api.resource.Quantity",
    "An amount with a unit: a decimal number followed by one of Ki, Mi, Gi, Ti, Pi, Ei (powers of "
      + "1024), n, u, m, k, M, G, T, P, E (powers of 1000), or an exponent such as e3.",
    ["type": "string"], ["oneOf": [["type": "string"], ["type": "number"]]])

  static let intOrString = WellKnown(
    "io.k8s.apimachinery.pkg.util.intstr.IntOrString", "A number, or a string in its place.",
    ["type": "string", "format": "int-or-string"],
    ["format": "int-or-string", "oneOf": [["type": "integer"], ["type": "string"]]])
}

extension ResourceType {
  /// `x-kubernetes-group-version-kind` names a type so.
  var groupVersionKind: JSON {
    ["group": .string(group), "version": .string(version), "kind": .string(kind)]
  }
}
