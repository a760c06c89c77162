package import JSONTree
package import KubernetesAPI

/// An object of any type, less everything but its metadata (meta/v1 PartialObjectMetadata).
package struct PartialObjectMetadata: KubernetesObject {
  /// Stands for the view only; what is watched is `InformerOptions.resource`.
  package static let resource = ResourceType(
    group: "meta.k8s.io", version: "v1", kind: "PartialObjectMetadata",
    plural: "partialobjectmetadata", isNamespaced: true)

  package var metadata: ObjectMeta

  package init(metadata: ObjectMeta) { self.metadata = metadata }

  /// Keeps no labels and annotations: who watches whole clusters by metadata reads owners,
  /// finalizers and identity.
  package init(json: JSON) {
    metadata = ObjectMeta(json: json["metadata"])
    metadata.labels = [:]
    metadata.annotations = [:]
  }

  package var json: JSON {
    [
      "apiVersion": .string(Self.resource.apiVersion), "kind": .string(Self.resource.kind),
      "metadata": metadata.json,
    ]
  }
}
