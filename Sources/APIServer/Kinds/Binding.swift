import JSONTree
import KubernetesAPI

extension Subresource {
  /// `pods/binding`, which assigns a Pod to a Node.
  package static let binding = Subresource(
    "binding", verbs: ["create"],
    kind: ResourceType(
      group: "", version: "v1", kind: "Binding", plural: "bindings", isNamespaced: true))
}

extension ObjectSchema {
  static let binding = kind(
    "io.k8s.api.core.v1.Binding",
    "Assigns a Pod to a Node."
  ) {
    Field("target", .object(.objectReference), "The Node.", required: true, default: [:])
  }
}
