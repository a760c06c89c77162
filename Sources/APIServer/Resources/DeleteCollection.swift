import KubernetesAPI

extension Resource {
  /// Deletes every selected object, one by one: not a transaction, as in Kubernetes.
  ///
  /// - Returns: the objects as they were listed.
  func deleteCollection(
    _ listOptions: ListOptions, _ selection: Selection, options: DeleteOptions
  ) async throws(APIStatus) -> ObjectList {
    let list = try await list(listOptions, selection)
    for object in list.objects {
      do throws(APIStatus) {
        _ = try await delete(namespace: object.namespace, name: object.name, options: options)
      } catch  where error.reason == .notFound {
        continue  // Somebody else deleted it.
      }
    }
    return list
  }
}
