import KubernetesAPI

extension Subresource {
  /// `pods/eviction`, a deletion that respects disruption budgets.
  package static let eviction = Subresource(
    "eviction", verbs: ["create"],
    kind: ResourceType(
      group: "policy", version: "v1", kind: "Eviction", plural: "evictions", isNamespaced: true))
}

extension ObjectSchema {
  static let eviction = kind(
    "io.k8s.api.policy.v1.Eviction",
    "Asks a Pod to leave its Node, as far as disruption budgets allow."
  ) {
    Field("deleteOptions", .object(.deleteOptions), "How the Pod is to be deleted.")
  }
}
