import JSONTree
import KubernetesAPI
import ObjectStore

extension APIServer {
  func dispatchSubresource(
    _ request: ResourceRequest, _ resource: Resource
  ) async throws(APIStatus) -> APIResponse {
    let info = request.info
    guard
      let subresource = resource.kind.subresources.first(where: { $0.name == info.subresource })
    else { throw .noSuchPath }
    guard subresource.verbs.contains(info.verb) else { throw .methodNotAllowed }
    switch (info.verb, subresource.name) {
    case ("get", _): return try await get(request, resource)
    case ("update", _): return try await update(request, resource, subresource: subresource)
    case ("patch", _): return try await patch(request, resource, subresource: subresource)
    default: throw .methodNotAllowed
    }
  }
}
