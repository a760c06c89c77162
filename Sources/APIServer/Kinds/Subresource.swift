package import KubernetesAPI

/// A part of an object with its own URL.
package struct Subresource: Sendable, Hashable {
  package var name: String
  package var verbs: [String]
  /// The kind it reads and writes where that is not the object's own (`Scale`, `Binding`).
  package var kind: ResourceType?
  /// Whether it carries bytes in place of objects (`log`, `exec`); OpenAPI does not describe those.
  package var isStream: Bool

  package init(
    _ name: String, verbs: [String] = ["get", "patch", "update"], kind: ResourceType? = nil,
    isStream: Bool = false
  ) {
    self.name = name
    self.verbs = verbs
    self.kind = kind
    self.isStream = isStream
  }

  package static let status = Subresource("status")
}
