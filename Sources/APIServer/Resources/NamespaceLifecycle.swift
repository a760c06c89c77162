import JSONTree
import KubernetesAPI
import ObjectStore

/// Objects are created in namespaces that exist and stay, and some namespaces stay for good
/// (Kubernetes' admission plugin NamespaceLifecycle).
extension Resource {
  /// What a creation in a namespace depends on, nil for kinds without namespaces. As a condition of
  /// the transaction it keeps out objects that would outlive their namespace.
  ///
  /// - Throws: 404 if the namespace does not exist, 403 if it is being deleted.
  func namespaceCondition(
    _ namespace: String, name: String
  ) async throws(APIStatus) -> StoreTransaction.Condition? {
    guard kind.resource.isNamespaced, let namespaces = core.namespaces else { return nil }
    var object = namespaces.object(namespace)
    if object == nil {
      try await core.catchUp()
      object = namespaces.object(namespace)
    }
    guard let object else { throw .notFound(namespaces.kind.resource, name: namespace) }
    if object.isBeingDeleted {
      throw .namespaceTerminating(kind.resource, name: name, namespace: namespace)
    }
    return .unchanged(key: namespaces.prefix + object.key, since: object.revision)
  }

  private static let immortalNamespaces: Set<String> = ["default", "kube-system", "kube-public"]

  /// - Throws: 403 for a namespace that may not be deleted.
  func requireMortal(_ name: String) throws(APIStatus) {
    guard kind.resource.group.isEmpty, kind.resource.plural == "namespaces",
      Self.immortalNamespaces.contains(name)
    else { return }
    throw .forbidden(kind.resource, name: name, "this namespace may not be deleted")
  }
}

extension APIStatus {
  /// 403 from admission, for what authorization would let through.
  static func forbidden(
    _ resource: ResourceType, name: String, _ problem: String, causes: [Cause] = []
  ) -> APIStatus {
    let subject = name.isEmpty ? "" : " \"\(name)\""
    return APIStatus(
      code: 403, reason: .forbidden,
      message: "\(resource.qualifiedPlural)\(subject) is forbidden: \(problem)",
      details: Details(
        name: name, group: resource.group, kind: resource.plural, causes: causes))
  }

  static func namespaceTerminating(
    _ resource: ResourceType, name: String, namespace: String
  ) -> APIStatus {
    forbidden(
      resource, name: name,
      "unable to create new content in namespace \(namespace) because it is being terminated",
      causes: [
        Cause(
          reason: "NamespaceTerminating", message: "namespace \(namespace) is being terminated",
          field: "metadata.namespace")
      ])
  }
}
