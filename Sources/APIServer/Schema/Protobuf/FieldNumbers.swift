/// The protobuf side of one type of the API: which number each member has in the type's message.
///
/// A table beside the schemas instead of a property of `Field`, because messages do not follow the
/// schemas everywhere: what Kubernetes embeds (the source of a Volume, the handler of a Probe) is a
/// message of its own here, while its members are members of the type around it in JSON.
package struct FieldNumbers: Sendable, Equatable {
  package struct Member: Sendable, Equatable {
    package var name: String
    /// Whether the message tells a scalar's zero value from its absence, as it does for pointers.
    /// All other scalars are always written, and their zero value means nothing.
    package var tellsAbsence: Bool
  }

  /// By number.
  package var members: [Int: Member] = [:]
  /// By number, the definition whose members are members of this type too.
  package var embedded: [Int: String] = [:]

  /// - Parameter definition: the OpenAPI definition's name, `io.k8s.api.core.v1.ServiceSpec`.
  /// - Returns: nil for types of which nothing is stated.
  package static func of(_ definition: String) -> FieldNumbers? { table.types[definition] }

  package static let table = FieldNumberTable([
    ("io.k8s.api.apps.v1", apps),
    ("io.k8s.api.autoscaling.v1", autoscaling),
    ("io.k8s.api.batch.v1", batch),
    ("io.k8s.api.core.v1", core),
    ("io.k8s.api.core.v1", coreStorage),
    ("io.k8s.api.storage.v1", storage),
    ("io.k8s.api.authentication.v1", authentication),
    ("io.k8s.api.authorization.v1", authorization),
    ("io.k8s.api.coordination.v1", coordination),
    ("io.k8s.api.discovery.v1", discovery),
    ("io.k8s.api.events.v1", events),
    ("io.k8s.api.policy.v1", policy),
    ("io.k8s.api.rbac.v1", access),
    ("io.k8s.apimachinery.pkg.apis.meta.v1", meta),
  ])
}

/// Field numbers read from text.
///
/// A type is a line `Type: member 1, member? 2, +Embedded 3`; lines that are indented go on with
/// it. A question mark stands behind the scalars for which `FieldNumbers.Member.tellsAbsence`
/// holds. Text, because a literal of a thousand values takes the compiler long and the reader
/// longer.
package struct FieldNumberTable: Sendable {
  /// By the name of the definition.
  package private(set) var types: [String: FieldNumbers] = [:]
  /// Types and entries that do not fit the form or come twice; a test wants none.
  package private(set) var problems: [String] = []

  package init(_ groups: [(prefix: String, text: String)]) {
    for group in groups {
      var name = ""
      for line in group.text.split(separator: "\n") {
        var entries = line
        if line.first != " " {
          guard let colon = line.firstIndex(of: ":") else {
            problems.append(String(line))
            continue
          }
          name = "\(group.prefix).\(line[..<colon])"
          entries = line[line.index(after: colon)...]
          if types.updateValue(FieldNumbers(), forKey: name) != nil { problems.append(name) }
        }
        for entry in entries.split(separator: ",") where entry.contains(where: { $0 != " " }) {
          add(entry, to: name, prefix: group.prefix)
        }
      }
    }
  }

  private mutating func add(_ entry: Substring, to name: String, prefix: String) {
    let words = entry.split(separator: " ")
    guard words.count == 2, let number = Int(words[1]), number > 0,
      let type = types[name], type.members[number] == nil, type.embedded[number] == nil
    else {
      problems.append("\(name):\(entry)")
      return
    }
    if words[0].first == "+" {
      types[name]?.embedded[number] = "\(prefix).\(words[0].dropFirst())"
    } else {
      let tellsAbsence = words[0].last == "?"
      types[name]?.members[number] = FieldNumbers.Member(
        name: String(tellsAbsence ? words[0].dropLast() : words[0]), tellsAbsence: tellsAbsence)
    }
  }
}
