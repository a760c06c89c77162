public import JSONTree

/// A condition on labels, as queries write it and as meta/v1 LabelSelector means it.
public struct LabelSelector: Sendable, Hashable {
  public struct Requirement: Sendable, Hashable {
    public enum Operator: Sendable, Hashable {
      case `in`, notIn, exists, doesNotExist
      /// Numeric comparison (`>` and `<` in queries); false where the label is no integer.
      case greaterThan, lessThan
    }

    public var key: String
    public var `operator`: Operator
    public var values: [String]

    public init(key: String, operator: Operator, values: [String] = []) {
      self.key = key
      self.operator = `operator`
      self.values = values
    }

    public func matches(_ labels: [String: String]) -> Bool {
      let value = labels[key]
      switch `operator` {
      case .in: return value.map(values.contains) ?? false
      case .notIn: return !(value.map(values.contains) ?? false)
      case .exists: return value != nil
      case .doesNotExist: return value == nil
      case .greaterThan, .lessThan:
        guard let left = value.flatMap({ Int64($0) }),
          let right = values.first.flatMap({ Int64($0) })
        else { return false }
        return `operator` == .greaterThan ? left > right : left < right
      }
    }
  }

  /// All must hold.
  public var requirements: [Requirement]

  public init(_ requirements: [Requirement] = []) { self.requirements = requirements }

  /// Selects objects that carry all of these labels (Service and ReplicationController selectors).
  public init(labels: [String: String]) {
    requirements = labels.sorted(by: <).map {
      Requirement(key: $0.key, operator: .in, values: [$0.value])
    }
  }

  /// From meta/v1 LabelSelector.
  public init(json: JSON) {
    self.init(labels: json["matchLabels"]?.stringMap ?? [:])
    for expression in json["matchExpressions"]?.array ?? [] {
      let operation: Requirement.Operator =
        switch expression["operator"]?.string {
        case "NotIn": .notIn
        case "Exists": .exists
        case "DoesNotExist": .doesNotExist
        default: .in
        }
      requirements.append(
        Requirement(
          key: expression["key"]?.string ?? "", operator: operation,
          values: expression["values"]?.strings ?? []))
    }
  }

  public var isEmpty: Bool { requirements.isEmpty }

  public func matches(_ labels: [String: String]) -> Bool {
    requirements.allSatisfy { $0.matches(labels) }
  }
}
