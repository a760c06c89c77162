package import JSONTree
package import KubernetesAPI

/// Speaks the Kubernetes API over a transport.
///
/// Every method throws `APIStatus` when the server refuses, `TransportError` when there is no
/// usable response, and `CancellationError` when the task is cancelled.
package struct KubernetesClient: Sendable {
  package let transport: any KubernetesTransport
  package let time: TimeSource
  /// Numbers in 0..<1, for jitter.
  package let random: @Sendable () -> Double
  package let userAgent: String

  /// How often a request is sent again because the server asked for that with `Retry-After`.
  static let maximumRetries = 10

  package init(
    transport: any KubernetesTransport, userAgent: String = "rollcall", time: TimeSource = .system,
    random: @escaping @Sendable () -> Double = { Double.random(in: 0..<1) }
  ) {
    self.transport = transport
    self.userAgent = userAgent
    self.time = time
    self.random = random
  }

  /// Sends a request whose answer is one JSON value.
  ///
  /// - Parameter target: path and query, percent-encoded.
  package func request(
    _ method: String, _ target: String, body: JSON? = nil,
    contentType: String = "application/json", accept: String = "application/json"
  ) async throws -> JSON {
    var request = APIRequest(method: method, target: target)
    request.headers["accept"] = accept
    if let body {
      request.body = body.encoded()
      request.headers["content-type"] = contentType
    }
    let bytes = try await open(request).collect()
    do throws(JSONParseError) {
      return try JSON(parsing: bytes)
    } catch {
      throw TransportError(.malformedResponse, "\(method) \(target): \(error)")
    }
  }

  /// Sends a request and gives the body of a successful response as it comes.
  func open(_ request: APIRequest) async throws -> APIResponse.Body {
    var request = request
    request.headers["user-agent"] = userAgent
    var retries = 0
    while true {
      let response = try await transport.send(request)
      if (200..<300).contains(response.status) { return response.body }
      let body = try await response.body.collect()
      if retries < Self.maximumRetries, response.status == 429 || response.status >= 500,
        let seconds = response.headers["retry-after"].flatMap({ Int64($0) })
      {
        retries += 1
        try await time.sleep(.seconds(max(0, seconds)))
        continue
      }
      throw APIStatus(response: response, body: body, request: request)
    }
  }
}

// MARK: - Objects as JSON

extension KubernetesClient {
  /// - Parameter metadataOnly: asks for the metadata alone; a server that cannot leave out the rest
  ///   answers with the whole object.
  package func get(
    _ resource: ResourceType, _ key: ObjectKey, subresource: String? = nil,
    metadataOnly: Bool = false
  ) async throws -> JSON {
    try await request(
      "GET", path(resource, key, subresource),
      accept: metadataOnly
        ? "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json"
        : "application/json")
  }

  /// The whole list object. For large collections prefer `Informer`.
  package func list(
    _ resource: ResourceType, namespace: String? = nil, options: ListOptions = ListOptions()
  ) async throws -> JSON {
    var target = RequestTarget(resource, namespace: namespace)
    options.write(to: &target)
    return try await request("GET", target.text)
  }

  /// - Parameter namespace: where to create it; nil for cluster-scoped resources.
  package func create(
    _ resource: ResourceType, namespace: String?, _ object: JSON
  ) async throws -> JSON {
    try await request("POST", RequestTarget(resource, namespace: namespace).text, body: object)
  }

  /// Replaces an object. Fails with 409 if the object carries a resourceVersion that is no longer
  /// current.
  package func update(
    _ resource: ResourceType, _ key: ObjectKey, _ object: JSON, subresource: String? = nil
  ) async throws -> JSON {
    try await request("PUT", path(resource, key, subresource), body: object)
  }

  package func patch(
    _ resource: ResourceType, _ key: ObjectKey, _ type: PatchType, _ patch: JSON,
    subresource: String? = nil
  ) async throws -> JSON {
    try await request(
      "PATCH", path(resource, key, subresource), body: patch, contentType: type.rawValue)
  }

  /// Returns the object as it is afterwards if something still holds it, or a Status.
  @discardableResult
  package func delete(
    _ resource: ResourceType, _ key: ObjectKey, options: DeleteOptions = DeleteOptions()
  ) async throws -> JSON {
    try await request("DELETE", path(resource, key), body: options.json)
  }

  /// Deletes all objects a selection matches.
  package func deleteCollection(
    _ resource: ResourceType, namespace: String?, selection: ListOptions = ListOptions(),
    options: DeleteOptions = DeleteOptions()
  ) async throws {
    var target = RequestTarget(resource, namespace: namespace)
    selection.write(to: &target)
    _ = try await request("DELETE", target.text, body: options.json)
  }

  private func path(
    _ resource: ResourceType, _ key: ObjectKey, _ subresource: String? = nil
  ) -> String {
    RequestTarget(
      resource, namespace: key.namespace, name: key.name, subresource: subresource
    ).text
  }
}
