package import JSONTree
package import KubernetesAPI

/// Objects reduced to their metadata (meta/v1 PartialObjectMetadata).
package enum PartialObject {
  /// - Parameter apiVersion: `meta.k8s.io/v1` or `meta.k8s.io/v1beta1`.
  package static func metadata(of object: JSON, apiVersion: String) -> JSON {
    [
      "kind": "PartialObjectMetadata", "apiVersion": .string(apiVersion),
      "metadata": object["metadata"] ?? [:],
    ]
  }

  /// - Parameter metadata: of the list (`resourceVersion`, `continue`, `remainingItemCount`).
  package static func list(
    of objects: some Sequence<JSON>, metadata: JSON, apiVersion: String
  ) -> JSON {
    [
      "kind": "PartialObjectMetadataList", "apiVersion": .string(apiVersion),
      "metadata": metadata,
      "items": .array(objects.map { self.metadata(of: $0, apiVersion: apiVersion) }),
    ]
  }

  /// 406 where one object was asked for, and a list is what there is.
  package static func isList(_ resource: ResourceType) -> APIStatus {
    APIStatus(
      code: 406, reason: .notAcceptable,
      message: "you requested PartialObjectMetadata, but the requested object is a list "
        + "(*\(hub(of: resource)).\(resource.kind)List)")
  }

  /// 406 where a list was asked for, and one object is what there is.
  package static func isNoList(_ resource: ResourceType) -> APIStatus {
    APIStatus(
      code: 406, reason: .notAcceptable,
      message: "you requested PartialObjectMetadataList, but the requested object is not a list "
        + "(*\(hub(of: resource)).\(resource.kind))")
  }

  private static func hub(of resource: ResourceType) -> String {
    StatedType(group: resource.group, version: resource.version, kind: resource.kind).hub
  }
}
