public import JSONTree

/// A port by number or by name (util/intstr IntOrString).
public enum IntOrString: Sendable, Hashable, CustomStringConvertible {
  case integer(Int32)
  case string(String)

  public init?(json: JSON?) {
    switch json {
    case .integer(let value):
      guard let value = Int32(exactly: value) else { return nil }
      self = .integer(value)
    case .string(let value): self = .string(value)
    default: return nil
    }
  }

  public var json: JSON {
    switch self {
    case .integer(let value): .integer(Int64(value))
    case .string(let value): .string(value)
    }
  }

  public var description: String {
    switch self {
    case .integer(let value): String(value)
    case .string(let value): value
    }
  }
}
