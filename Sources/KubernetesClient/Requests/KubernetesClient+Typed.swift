package import JSONTree
package import KubernetesAPI

extension KubernetesClient {
  package func get<Object: KubernetesObject>(
    _ type: Object.Type = Object.self, _ key: ObjectKey
  ) async throws -> Object {
    Object(json: try await get(Object.resource, key))
  }

  /// All objects of a type, in one namespace or (with nil) in the whole cluster.
  package func list<Object: KubernetesObject>(
    _ type: Object.Type = Object.self, namespace: String? = nil,
    options: ListOptions = ListOptions()
  ) async throws -> [Object] {
    let list = try await list(Object.resource, namespace: namespace, options: options)
    return list["items"]?.array?.map(Object.init(json:)) ?? []
  }

  package func create<Object: KubernetesObject>(_ object: Object) async throws -> Object {
    let namespace = Object.resource.isNamespaced ? object.metadata.namespace : nil
    return Object(
      json: try await create(Object.resource, namespace: namespace, object.json))
  }

  /// Replaces an object, so that fields its view does not know are lost: only for types whose view
  /// is whole.
  package func update<Object: KubernetesObject>(_ object: Object) async throws -> Object {
    Object(json: try await update(Object.resource, object.key, object.json))
  }

  /// Replaces an object's status; everything else in `object` is ignored by the server.
  package func updateStatus<Object: KubernetesObject>(_ object: Object) async throws -> Object {
    Object(
      json: try await update(Object.resource, object.key, object.json, subresource: "status"))
  }

  package func patch<Object: KubernetesObject>(
    _ type: Object.Type = Object.self, _ key: ObjectKey, _ patchType: PatchType, _ body: JSON
  ) async throws -> Object {
    Object(json: try await patch(Object.resource, key, patchType, body))
  }

  package func patchStatus<Object: KubernetesObject>(
    _ type: Object.Type = Object.self, _ key: ObjectKey, _ patchType: PatchType, _ body: JSON
  ) async throws -> Object {
    Object(
      json: try await patch(Object.resource, key, patchType, body, subresource: "status"))
  }

  package func delete<Object: KubernetesObject>(
    _ type: Object.Type, _ key: ObjectKey, options: DeleteOptions = DeleteOptions()
  ) async throws {
    try await delete(Object.resource, key, options: options)
  }
}
