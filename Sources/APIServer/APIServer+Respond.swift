import JSONTree
package import KubernetesAPI

extension APIServer {
  /// Answers a request, whatever carried it.
  ///
  /// - Parameter user: who makes the request, where the carrier knows: by a client certificate, or
  ///   because it comes from within the process. Nil to go by the `authorization` header.
  package func respond(to request: APIRequest, as user: UserInfo?) async -> APIResponse {
    let target = RequestTarget(request.target)
    let info = RequestInfo(method: request.method, target: target)
    guard info.isResourceRequest else {
      do throws(APIStatus) {
        return try await document(request, info, target, user)
      } catch {
        return .failure(error)
      }
    }
    let start = core.environment.uptime()
    let response = await answer(request, info, target, user)
    let path = ResourcePath(group: info.group, version: info.version, plural: info.resource)
    if resources[path] != nil {
      let isWatch = info.verb == "watch" && response.status == 200
      metrics.record(
        RequestMetrics.Labels(info, query: target.query), code: response.status,
        duration: isWatch ? nil : core.environment.uptime() - start)
    }
    return response
  }

  private func answer(
    _ request: APIRequest, _ info: RequestInfo, _ target: RequestTarget, _ user: UserInfo?
  ) async -> APIResponse {
    let warnings = RequestWarnings()
    var form = AnswerForm(format: .json)
    do throws(APIStatus) {
      let user = try authenticated(request, user)
      try await authorize(info, user)
      form = try AcceptHeader(request.headers["accept"] ?? "").negotiate()
      if target.query.prefersPretty(userAgent: request.headers["user-agent"]) {
        form.isPretty = true
      }
      let request = ResourceRequest(
        request: request, info: info, query: target.query, user: user, form: form,
        warnings: warnings)
      guard info.verb != "watch" else { return try await dispatch(request) }
      return try await limited(request)
    } catch {
      return .failure(error, form, warnings: warnings.all)
    }
  }

  /// Answers unless too many requests of the sort are under way.
  private func limited(_ request: ResourceRequest) async throws(APIStatus) -> APIResponse {
    let isReading = request.info.verb == "get" || request.info.verb == "list"
    let concern = isReading ? RequestMetrics.Concern.reading : .changing
    let limit = isReading ? ServerLimits.readsAtOnce : ServerLimits.writesAtOnce
    guard metrics.begin(concern, limit: limit) else { throw .tooManyRequests }
    defer { metrics.end(concern) }
    return try await dispatch(request)
  }

  // MARK: Who and whether

  func authenticated(
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

  /// Goes by every role and binding whose writing was acknowledged before.
  func authorize(_ info: RequestInfo, _ user: UserInfo) async throws(APIStatus) {
    if !user.groups.contains(UserInfo.mastersGroup) { try await core.catchUp() }
    let access = AccessAttributes(
      user: user, verb: info.verbToAuthorize, isResourceRequest: info.isResourceRequest,
      group: info.group,
      resource: info.resource, subresource: info.subresource, namespace: info.namespace,
      name: info.name, path: info.path)
    guard authorizer.allows(access) else { throw .accessDenied(access) }
  }

  // MARK: Paths without a resource

  /// What the server says of itself: health and version to everybody, the rest to those it knows.
  private func document(
    _ request: APIRequest, _ info: RequestInfo, _ target: RequestTarget, _ user: UserInfo?
  ) async throws(APIStatus) -> APIResponse {
    let isReading = request.method == "GET" || request.method == "HEAD"
    if isReading {
      if let page = await health(target.segments, target.query) { return page }
      if target.segments == ["version"] { return try described(request, target) }
    }
    try await authorize(info, try authenticated(request, user))
    guard isReading else { return .pageNotFound }
    if target.segments == ["metrics"] { return metricsPage() }
    if target.segments.isEmpty { return .json(200, ["paths": JSON(strings: paths)]) }
    return try described(request, target)
  }

  /// Version, discovery and OpenAPI.
  private func described(
    _ request: APIRequest, _ target: RequestTarget
  ) throws(APIStatus) -> APIResponse {
    let document = try selfDescription.response(
      to: target.rawPath, hash: target.query.first("hash"), headers: request.headers)
    return document ?? .pageNotFound
  }

  /// What can be asked for without naming a resource.
  private var paths: [String] {
    var groups: Set<String> = []
    for resource in catalogue.kinds.map(\.resource) where !resource.group.isEmpty {
      groups.insert("/apis/" + resource.group)
      groups.insert("/apis/" + resource.apiVersion)
    }
    return ["/api", "/api/v1", "/apis"] + groups.sorted()
      + ["/healthz", "/livez", "/metrics", "/openapi/v2", "/openapi/v3", "/readyz", "/version"]
  }
}

extension Query {
  /// Whether JSON is to be laid out for people: where they ask for it, and for the clients people
  /// type at, as a kube-apiserver has it.
  fileprivate func prefersPretty(userAgent: String?) -> Bool {
    if let pretty = flag("pretty") { return pretty }
    guard let userAgent else { return false }
    return ["curl", "Wget", "Mozilla/5.0"].contains { userAgent.hasPrefix($0) }
  }
}

extension APIResponse {
  /// Where the server has nothing at all.
  static let pageNotFound = APIResponse.text(404, "404 page not found\n")
}

extension APIStatus {
  static let tooManyRequests = APIStatus(
    code: 429, reason: .tooManyRequests,
    message: "Too many requests, please try again later.", details: Details(retryAfterSeconds: 1))
}
