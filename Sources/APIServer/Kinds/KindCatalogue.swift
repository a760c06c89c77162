import KubernetesAPI

/// The kinds a server serves.
package struct KindCatalogue: Sendable {
  /// In the order discovery lists them.
  package let kinds: [any KindDefinition]
  private let byPath: [Path: any KindDefinition]

  private struct Path: Hashable {
    var group: String
    var version: String
    var plural: String
  }

  package init(_ kinds: [any KindDefinition]) {
    self.kinds = kinds
    byPath = Dictionary(
      kinds.map { kind in
        let resource = kind.resource
        return (
          Path(group: resource.group, version: resource.version, plural: resource.plural), kind
        )
      }, uniquingKeysWith: { first, _ in first })
  }

  /// The kind behind `/apis/GROUP/VERSION/PLURAL`, nil if none is served there.
  package func kind(group: String, version: String, plural: String) -> (any KindDefinition)? {
    byPath[Path(group: group, version: version, plural: plural)]
  }
}
