package import JSONTree
package import KubernetesAPI

extension KubernetesClient {
  /// Assigns a Pod to a Node through `pods/binding`.
  ///
  /// - Parameter binding: a core/v1 Binding.
  package func bind(_ pod: ObjectKey, _ binding: JSON) async throws {
    let target = RequestTarget(
      Pod.resource, namespace: pod.namespace, name: pod.name, subresource: "binding")
    _ = try await request("POST", target.text, body: binding)
  }
}
