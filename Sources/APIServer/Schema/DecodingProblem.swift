import JSONTree
import KubernetesAPI

/// Why a value does not fit its schema, worded as Kubernetes' decoders word it.
///
/// The first problem that is met (in the order of member names) is the one reported.
package struct DecodingProblem: Error, Sendable, Equatable {
  package enum Reason: Sendable, Equatable {
    /// The value's kind of JSON (`string`, `number 1.5`) and the Go type that cannot hold it.
    case mismatch(found: String, goType: String)
    /// Text that says what it means, but not in the form the type asks for.
    case malformed(String)
  }

  package var reason: Reason
  /// The innermost type with a field on the way to the value.
  package private(set) var structName = ""
  /// Names of the fields from the root to the value, without list positions and map keys.
  package private(set) var fieldPath: [String] = []
  /// What the value is, in the words of Kubernetes' converter for patched objects.
  private var valueKind = ""
  private var schemaKind = SchemaKind.scalar

  private enum SchemaKind { case scalar, list, map, object }

  static func malformed(_ message: String) -> DecodingProblem {
    DecodingProblem(reason: .malformed(message))
  }

  /// - Parameter named: the type's name where it is not the schema's.
  static func mismatch(_ value: JSON, _ schema: Schema, named goType: String?) -> DecodingProblem {
    var problem = DecodingProblem(
      reason: .mismatch(
        found: described(value, for: schema), goType: goType ?? schema.decodedGoType))
    problem.valueKind =
      switch value {
      case .null: "invalid"
      case .bool: "bool"
      case .integer: "int64"
      case .number: "float64"
      case .string: "string"
      case .array: "slice"
      case .object: "map"
      }
    problem.schemaKind =
      switch schema {
      case .list, .bytes: .list
      case .map: .map
      case .object, .anyObject: .object
      default: .scalar
      }
    return problem
  }

  /// Numbers are shown when it is their size, not their being a number, that does not fit.
  private static func described(_ value: JSON, for schema: Schema) -> String {
    switch schema {
    case .int32, .int64, .number, .intOrString:
      switch value {
      case .integer, .number: "number " + value.text
      default: value.typeName
      }
    default: value.typeName
    }
  }

  /// The same problem seen from the object around it.
  func inside(_ schema: ObjectSchema, field: String) -> DecodingProblem {
    var problem = self
    if problem.structName.isEmpty { problem.structName = schema.goName }
    problem.fieldPath.insert(field, at: 0)
    return problem
  }

  /// As `encoding/json` words it: what a request body is answered with.
  package var message: String {
    switch reason {
    case .malformed(let message): message
    case .mismatch(let found, let goType):
      fieldPath.isEmpty
        ? "json: cannot unmarshal \(found) into Go value of type \(goType)"
        : "json: cannot unmarshal \(found) into Go struct field "
          + "\(structName).\(fieldPath.joined(separator: ".")) of type \(goType)"
    }
  }

  /// As apimachinery's converter words it: what a strategic merge patch is answered with.
  package var conversionMessage: String {
    guard case .mismatch(_, let goType) = reason else { return message }
    switch schemaKind {
    case .list: return "cannot restore slice from \(valueKind)"
    case .map: return "cannot restore map from \(valueKind)"
    case .object: return "cannot restore struct from: \(valueKind)"
    case .scalar:
      let isNumber = valueKind == "int64" || valueKind == "float64"
      let isConvertible = isNumber && (goType != "bool")
      return isConvertible
        ? "cannot convert \(valueKind) to \(goType)" : "unrecognized type: \(goKind(of: goType))"
    }
  }

  private func goKind(of goType: String) -> String {
    ["bool", "int32", "int64", "float64", "string"].contains(goType) ? goType : "string"
  }
}

extension ObjectSchema {
  /// `ServiceSpec` of `io.k8s.api.core.v1.ServiceSpec`.
  var goName: String { name.split(separator: ".").last.map(String.init) ?? name }

  /// `v1.ServiceSpec`.
  var goType: String { name.split(separator: ".").suffix(2).joined(separator: ".") }
}

extension Schema {
  /// The name of the Go type that holds such a value.
  var goType: String {
    switch self {
    case .boolean: "bool"
    case .int32: "int32"
    case .int64: "int64"
    case .number: "float64"
    case .string: "string"
    case .bytes: "[]uint8"
    case .time: "v1.Time"
    case .microTime: "v1.MicroTime"
    case .quantity: "resource.Quantity"
    case .intOrString: "intstr.IntOrString"
    case .anyObject, .any: "runtime.RawExtension"
    case .object(let schema): schema.goType
    case .map(let element): "map[string]" + element.goType
    case .list(let element, _): "[]" + element.goType
    }
  }

  /// The type the decoder names when it refuses a value: types that read their own text name the
  /// type they read it as.
  var decodedGoType: String {
    switch self {
    case .time, .microTime: "string"
    case .intOrString: "int32"
    default: goType
    }
  }
}
