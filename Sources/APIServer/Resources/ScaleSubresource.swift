import JSONTree
import KubernetesAPI

extension APIServer {
  func getScale(
    _ request: ResourceRequest, _ resource: Resource
  ) async throws(APIStatus) -> APIResponse {
    let key = resource.key(namespace: request.info.namespace, name: request.info.name)
    guard let object = try await resource.current(key) else {
      throw .notFound(resource.kind.resource, name: request.info.name)
    }
    return try answer(request, resource, scaleOf: object)
  }

  /// PUT of a Scale.
  func putScale(
    _ request: ResourceRequest, _ resource: Resource
  ) async throws(APIStatus) -> APIResponse {
    let options = try WriteOptions(request.query, kind: "UpdateOptions")
    let kind = ScaleKind()
    let decoded = try bodies.decode(
      request.request.body, as: kind, format: try request.bodyFormat,
      validation: options.fieldValidation)
    request.warnings.add(decoded.warnings)
    let scale = decoded.object
    try requireName(request.info.name, in: scale)
    let result = try await resource.update(
      Resource.UpdateRequest(
        namespace: request.info.namespace, name: request.info.name, subresource: .scale,
        options: options, uid: scale.member("metadata").text("uid")
      ) { old throws(APIStatus) in try Self.scaled(old, by: scale) },
      warnings: request.warnings)
    return try answer(request, resource, scaleOf: result.object)
  }

  /// PATCH of a Scale.
  func patchScale(
    _ request: ResourceRequest, _ resource: Resource
  ) async throws(APIStatus) -> APIResponse {
    let type = try PatchType(contentType: request.request.headers["content-type"] ?? "")
    let options = try WriteOptions(request.query, kind: "PatchOptions")
    let patch = try PatchRequest(
      type: type, body: request.request.body, validation: options.fieldValidation)
    let (bodies, warnings) = (bodies, request.warnings)
    let result = try await resource.update(
      Resource.UpdateRequest(
        namespace: request.info.namespace, name: request.info.name, subresource: .scale,
        options: options
      ) { old throws(APIStatus) in
        let decoded = try patch.apply(
          to: ScaleKind.scale(of: old), as: ScaleKind(), decoder: bodies)
        warnings.add(decoded.warnings)
        return try Self.scaled(old, by: decoded.object)
      }, warnings: warnings)
    return try answer(request, resource, scaleOf: result.object)
  }

  /// The workload with the number of Pods a Scale states.
  ///
  /// - Throws: 422 for a number that cannot be.
  private static func scaled(_ workload: JSON, by scale: JSON) throws(APIStatus) -> JSON {
    let kind = ScaleKind()
    let errors = kind.validateCreate(scale)
    if !errors.isEmpty {
      throw .invalid(kind.resource, name: workload.member("metadata").text("name"), errors)
    }
    var workload = workload
    workload.updateSpec { $0["replicas"] = .integer(scale.member("spec").number("replicas")) }
    let version = scale.member("metadata").text("resourceVersion")
    if !version.isEmpty {
      var metadata = workload.member("metadata")
      metadata["resourceVersion"] = .string(version)
      workload["metadata"] = metadata
    }
    return workload
  }

  private func answer(
    _ request: ResourceRequest, _ resource: Resource, scaleOf object: CachedObject
  ) throws(APIStatus) -> APIResponse {
    let scale = ScaleKind.scale(of: object.json)
    let warnings = request.warnings.all
    guard let transform = request.form.transform else {
      return .encoded(200, scale.encoded(), request.form, warnings: warnings)
    }
    let value: JSON
    switch transform.kind {
    case .table:
      let renderer = TableRenderer(
        ScaleKind(), transform,
        including: try TableRenderer.IncludedObject(query: request.query.first("includeObject")))
      value = renderer.table(of: scale, now: resource.core.environment.now())
    case .partialObject:
      value = PartialObject.metadata(of: scale, apiVersion: transform.apiVersion)
    case .partialList: throw PartialObject.isNoList(resource.kind.resource)
    }
    return .encoded(200, value.encoded(), request.form, warnings: warnings)
  }
}
