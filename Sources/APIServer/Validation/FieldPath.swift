/// Where in an object a problem is, spelled as Kubernetes spells it: `spec.ports[0].nodePort`,
/// `metadata.labels[app]`.
package struct FieldPath: Sendable, Hashable, CustomStringConvertible {
  package var description: String

  package init(_ description: String = "") { self.description = description }

  package func child(_ names: String...) -> FieldPath {
    FieldPath(names.reduce(description) { $0.isEmpty ? $1 : $0 + "." + $1 })
  }

  package func index(_ index: Int) -> FieldPath { FieldPath("\(description)[\(index)]") }

  package func key(_ key: String) -> FieldPath { FieldPath("\(description)[\(key)]") }
}
