package import JSONTree

/// Members read the way Go's types read them: what is absent is the zero value.
extension JSON {
  /// The text of a member, empty where it is absent.
  package func text(_ key: String) -> String { self[key]?.string ?? "" }

  /// The elements of a list, none where it is absent.
  package func items(_ key: String) -> [JSON] { self[key]?.array ?? [] }

  /// The members of a map, none where it is absent.
  package func members(_ key: String) -> JSONObject { self[key]?.object ?? JSONObject() }

  /// The number of a member, 0 where it is absent.
  package func number(_ key: String) -> Int64 { self[key]?.integer ?? 0 }

  /// Whether a member is true; false where it is absent.
  package func flag(_ key: String) -> Bool { self[key]?.bool ?? false }

  /// The member, null where it is absent, so that members of it may be read on.
  package func member(_ key: String) -> JSON { self[key] ?? .null }

  /// Whether the two say the same: members that are null, and empty lists, maps and texts, count
  /// as absent, as they do in Go's types.
  package func says(theSameAs other: JSON) -> Bool {
    switch (self, other) {
    case (.object(let left), .object(let right)):
      if left == right { return true }
      return left.allSatisfy { member in
        member.value.says(theSameAs: right[member.key] ?? .null)
      }
        && right.allSatisfy { member in
          left[member.key] != nil || member.value.saysNothing
        }
    case (.array(let left), .array(let right)):
      return left.count == right.count && zip(left, right).allSatisfy { $0.says(theSameAs: $1) }
    default: return self == other || (saysNothing && other.saysNothing)
    }
  }

  private var saysNothing: Bool {
    switch self {
    case .null: true
    case .string(let text): text.isEmpty
    case .array(let elements): elements.isEmpty
    case .object(let members): members.isEmpty
    case .bool, .integer, .number: false
    }
  }
}
