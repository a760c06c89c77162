import JSONTree

/// How Go's `%v` prints decoded JSON, which some of Kubernetes' messages show.
enum GoFormat {
  static func text(of value: JSON) -> String {
    switch value {
    case .null: "<nil>"
    case .string(let text): text
    case .array(let elements): "[" + elements.map(text(of:)).joined(separator: " ") + "]"
    case .object(let members):
      "map[" + members.map { "\($0.key):\(text(of: $0.value))" }.joined(separator: " ") + "]"
    case .bool, .integer, .number: value.text
    }
  }

  static func typeName(of value: JSON) -> String {
    switch value {
    case .null: "<nil>"
    case .bool: "bool"
    case .integer: "int64"
    case .number: "float64"
    case .string: "string"
    case .array: "[]interface {}"
    case .object: "map[string]interface {}"
    }
  }
}
