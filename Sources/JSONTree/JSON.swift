/// One JSON value (RFC 8259), the form in which the API server reasons about objects whose type it
/// knows only through a schema.
///
/// Integers and fractions are different cases, as they are in Kubernetes' own untyped values: `1`
/// is `.integer(1)` and `1.0` is `.number(1.0)`, and the two are not equal.
public enum JSON: Sendable, Hashable {
  case null
  case bool(Bool)
  case integer(Int64)
  case number(Double)
  case string(String)
  case array([JSON])
  case object(JSONObject)
}

// MARK: - Reading

extension JSON {
  public var isNull: Bool { self == .null }

  public var bool: Bool? {
    if case .bool(let value) = self { value } else { nil }
  }

  public var integer: Int64? {
    if case .integer(let value) = self { value } else { nil }
  }

  public var string: String? {
    if case .string(let value) = self { value } else { nil }
  }

  public var array: [JSON]? {
    if case .array(let value) = self { value } else { nil }
  }

  public var object: JSONObject? {
    if case .object(let value) = self { value } else { nil }
  }

  /// The member's value, or nil if this is no object or has no such member. A member that is
  /// `null` reads as nil too, because Kubernetes treats the two alike nearly everywhere; where the
  /// difference counts (patches), ask `object` itself.
  public subscript(_ key: String) -> JSON? {
    get {
      guard case .object(let object) = self, let value = object[key], value != .null else {
        return nil
      }
      return value
    }
    set {
      guard case .object(var object) = self else {
        if let newValue { self = .object([key: newValue]) }
        return
      }
      self = .null  // Gives up our reference, so that the change below is made in place.
      object[key] = newValue
      self = .object(object)
    }
  }

  /// The value at the end of a path of members, or nil where the path breaks off.
  public subscript(path path: String...) -> JSON? {
    var value = self
    for key in path {
      guard let next = value[key] else { return nil }
      value = next
    }
    return value
  }

  /// The name Go's decoder, and so every Kubernetes message, gives to this kind of value.
  public var typeName: String {
    switch self {
    case .null: "null"
    case .bool: "bool"
    case .integer, .number: "number"
    case .string: "string"
    case .array: "array"
    case .object: "object"
    }
  }
}

// MARK: - Literals

// No nil literal: in `JSON?` it would be ambiguous with absence, and the compiler takes either.
extension JSON: ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
  ExpressibleByFloatLiteral, ExpressibleByStringLiteral, ExpressibleByStringInterpolation,
  ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
  public init(booleanLiteral value: Bool) { self = .bool(value) }
  public init(integerLiteral value: Int64) { self = .integer(value) }
  public init(floatLiteral value: Double) { self = .number(value) }
  public init(stringLiteral value: String) { self = .string(value) }
  public init(arrayLiteral elements: JSON...) { self = .array(elements) }
  public init(dictionaryLiteral elements: (String, JSON)...) {
    self = .object(JSONObject(elements))
  }
}
