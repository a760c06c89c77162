package import KubernetesAPI

extension APIServer {
  /// Answers a request, whatever carried it.
  ///
  /// - Parameter user: who makes the request, where the carrier knows: by a client certificate, or
  ///   because it comes from within the process. Nil to go by the `authorization` header.
  package func respond(to request: APIRequest, as user: UserInfo?) async -> APIResponse {
    let target = RequestTarget(request.target)
    let info = RequestInfo(method: request.method, target: target)
    let warnings = RequestWarnings()
    do throws(APIStatus) {
      if let response = publicResponse(to: request, info, target) { return response }
      let user = try authenticated(request, user)
      try authorize(info, user)
      guard info.isResourceRequest else {
        return try await selfDescription(request, info, target)
      }
      let form = try AcceptHeader(request.headers["accept"] ?? "").negotiate()
      return try await dispatch(
        ResourceRequest(
          request: request, info: info, query: target.query, user: user, form: form,
          warnings: warnings))
    } catch {
      return .failure(error, warnings: warnings.all)
    }
  }

  private func authenticated(
    _ request: APIRequest, _ user: UserInfo?
  ) throws(APIStatus) -> UserInfo {
    var known = user
    if known == nil, let header = request.headers["authorization"] {
      let parts = header.split(separator: " ", maxSplits: 1)
      if parts.count == 2, parts[0].lowercased() == "bearer" {
        known = tokens?.user(forToken: String(parts[1]))
      }
    }
    guard var known else { throw .unauthorized }
    if !known.groups.contains(UserInfo.authenticatedGroup) {
      known.groups.append(UserInfo.authenticatedGroup)
    }
    return known
  }

  private func authorize(_ info: RequestInfo, _ user: UserInfo) throws(APIStatus) {
    let access = AccessAttributes(
      user: user, verb: info.verb, isResourceRequest: info.isResourceRequest, group: info.group,
      resource: info.resource, subresource: info.subresource, namespace: info.namespace,
      name: info.name, path: info.path)
    guard authorizer.allows(access) else { throw .accessDenied(access) }
  }

  // MARK: Paths without a resource

  /// What everybody may see without saying who they are; nil for everything else.
  private func publicResponse(
    to request: APIRequest, _ info: RequestInfo, _ target: RequestTarget
  ) -> APIResponse? {
    guard request.method == "GET", let root = target.segments.first else { return nil }
    switch root {
    case "healthz", "livez", "readyz":
      let ready = isReady && !isStopping
      return ready ? .text(200, "ok") : .text(500, "not ready")
    default: return nil
    }
  }

  /// Discovery, OpenAPI and metrics.
  private func selfDescription(
    _ request: APIRequest, _ info: RequestInfo, _ target: RequestTarget
  ) async throws(APIStatus) -> APIResponse {
    .pageNotFound
  }
}

extension APIResponse {
  /// Where the server has nothing at all.
  static let pageNotFound = APIResponse.text(404, "404 page not found\n")
}
