public import JSONTree

/// Conditions on a Node, all of which must hold (core/v1 NodeSelectorTerm). A term without
/// conditions chooses nothing.
public struct NodeSelectorTerm: Sendable, Hashable {
  public var labels: [Requirement]
  /// On `metadata.name`, the one field there is.
  public var names: [Requirement]

  public struct Requirement: Sendable, Hashable {
    public var key: String
    public var `operator`: String
    public var values: [String]

    public init(json: JSON) {
      key = json["key"]?.string ?? ""
      `operator` = json["operator"]?.string ?? ""
      values = json["values"]?.strings ?? []
    }

    func matches(_ value: String?) -> Bool {
      switch `operator` {
      case "In": return value.map(values.contains) ?? false
      case "NotIn": return !(value.map(values.contains) ?? false)
      case "Exists": return value != nil
      case "DoesNotExist": return value == nil
      case "Gt", "Lt":
        guard let left = value.flatMap({ Int64($0) }),
          let right = values.first.flatMap({ Int64($0) })
        else { return false }
        return `operator` == "Gt" ? left > right : left < right
      default: return false
      }
    }
  }

  public init(json: JSON) {
    labels = (json["matchExpressions"]?.array ?? []).map(Requirement.init(json:))
    names = (json["matchFields"]?.array ?? []).map(Requirement.init(json:))
  }

  public func matches(_ node: ObjectMeta) -> Bool {
    guard !labels.isEmpty || !names.isEmpty else { return false }
    return labels.allSatisfy { $0.matches(node.labels[$0.key]) }
      && names.allSatisfy { $0.key == "metadata.name" && $0.matches(node.name) }
  }
}
