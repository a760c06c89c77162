import JSONTree
import KubernetesAPI

extension APIServer {
  func dispatchSubresource(
    _ request: ResourceRequest, _ resource: Resource
  ) async throws(APIStatus) -> APIResponse {
    let info = request.info
    let found = resource.kind.subresources.first { $0.name == info.subresource }
    guard let subresource = found else { throw .noSuchPath }
    guard subresource.verbs.contains(info.verb) else { throw .methodNotAllowed }
    switch (info.verb, subresource) {
    case ("get", .log): return try await log(request, resource)
    case (_, _) where subresource.isStream: throw .badRequest("Upgrade request required")
    case ("get", .scale): return try await getScale(request, resource)
    case ("update", .scale): return try await putScale(request, resource)
    case ("patch", .scale): return try await patchScale(request, resource)
    case ("get", _): return try await get(request, resource)
    case ("update", _): return try await update(request, resource, subresource: subresource)
    case ("patch", _): return try await patch(request, resource, subresource: subresource)
    case ("create", .binding):
      let (body, options) = try decode(request, resource, subresource)
      try await resource.bind(
        body, namespace: info.namespace, name: info.name, isDryRun: options.isDryRun)
      return .created(request)
    case ("create", .eviction):
      try await evict(request, resource, subresource)
      return .created(request)
    case ("create", .token):
      let (body, _) = try decode(request, resource, subresource)
      let issued = try await issueToken(body, info, of: resource)
      return .encoded(201, issued.encoded(), request.form, warnings: request.warnings.all)
    default: throw .methodNotAllowed
    }
  }

  /// The body of a request to a subresource that has a kind of its own.
  private func decode(
    _ request: ResourceRequest, _ resource: Resource, _ subresource: Subresource
  ) throws(APIStatus) -> (JSON, WriteOptions) {
    let format = try request.bodyFormat
    let options = try WriteOptions(request.query, kind: "CreateOptions")
    let schema = resource.kind.schema(of: subresource)
    var decoded = try bodies.decode(
      request.request.body, as: subresource.kind ?? resource.kind.resource, schema: schema,
      format: format, validation: options.fieldValidation)
    schema.applyDefaults(to: &decoded.object)
    request.warnings.add(decoded.warnings)
    return (decoded.object, options)
  }

  /// Deletes a Pod on behalf of whoever empties a Node (policy/v1 Eviction). There are no
  /// disruption budgets, so that nothing holds it back.
  private func evict(
    _ request: ResourceRequest, _ resource: Resource, _ subresource: Subresource
  ) async throws(APIStatus) {
    let (body, options) = try decode(request, resource, subresource)
    guard body[path: "metadata", "name"]?.string == request.info.name else {
      throw .badRequest("name in URL does not match name in Eviction object")
    }
    var deletion = try DeleteOptions(body["deleteOptions"] ?? [:])
    deletion.isDryRun = deletion.isDryRun || options.isDryRun
    _ = try await resource.delete(
      namespace: request.info.namespace, name: request.info.name, options: deletion)
  }
}

extension APIResponse {
  /// 201 with a Status, where something was done and there is nothing to show.
  fileprivate static func created(_ request: ResourceRequest) -> APIResponse {
    let status: JSON = [
      "kind": "Status", "apiVersion": "v1", "metadata": [:], "status": "Success", "code": 201,
    ]
    return .encoded(201, status.encoded(), request.form, warnings: request.warnings.all)
  }
}
