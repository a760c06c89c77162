import JSONTree
package import KubernetesAPI
import KubernetesClient
import Synchronization

extension FakeAPIServer {
  package func send(_ request: APIRequest) async throws -> APIResponse {
    try Task.checkCancellation()
    let interceptor = state.withLock { state in
      state.requests.append(request)
      return state.intercept
    }
    if let response = try interceptor?(request) { return response }
    do {
      return try respond(to: request)
    } catch let status as APIStatus {
      return APIResponse(
        status: status.code, headers: ["content-type": "application/json"],
        body: .bytes(status.json.encoded()))
    }
  }

  private func respond(to request: APIRequest) throws -> APIResponse {
    let path = String(request.target.prefix { $0 != "?" })
    if request.method == "GET", let discovery = discovery(path) { return Self.ok(discovery) }
    guard let selection = Selection(target: request.target, resources: resources) else {
      throw APIStatus(
        code: 404, reason: .notFound, message: "the server could not find the requested resource")
    }
    let body = request.body.isEmpty ? nil : try JSON(parsing: request.body)
    switch (request.method, selection.name) {
    case ("GET", nil):
      return selection.query["watch"] == "true" ? try watch(selection) : list(selection)
    case ("GET", _): return Self.ok(try state.withLock { try existing(selection, in: $0) })
    case ("POST", nil): return Self.ok(try create(selection, body ?? [:]), 201)
    case ("PUT", _): return Self.ok(try update(selection, body ?? [:]))
    case ("PATCH", _):
      return Self.ok(
        try patch(selection, body ?? [:], request.headers["content-type"] ?? ""))
    case ("DELETE", nil): return Self.ok(try deleteCollection(selection, body ?? [:]))
    case ("DELETE", _): return Self.ok(try delete(selection, body ?? [:]))
    default:
      throw APIStatus(code: 405, reason: .methodNotAllowed, message: "method not allowed")
    }
  }

  private static func ok(_ json: JSON, _ status: Int = 200) -> APIResponse {
    APIResponse(
      status: status, headers: ["content-type": "application/json"],
      body: .bytes(json.encoded()))
  }

  // MARK: Reading

  private func existing(_ selection: Selection, in state: State) throws -> JSON {
    guard let object = state.objects[selection.resource]?[selection.key] else {
      throw APIStatus.notFound(selection.resource, name: selection.key.name)
    }
    return object
  }

  private func list(_ selection: Selection) -> APIResponse {
    state.withLock { state in
      let items = (state.objects[selection.resource] ?? [:]).values.filter(selection.matches)
      let list: JSON = [
        "kind": .string(selection.resource.kind + "List"),
        "apiVersion": .string(selection.resource.apiVersion),
        "metadata": ["resourceVersion": .string(String(state.revision))],
        "items": .array(Array(items)),
      ]
      let bytes = list.encoded()
      guard state.chunkSize != nil else {
        return APIResponse(status: 200, body: .bytes(bytes))
      }
      let (stream, continuation) = AsyncThrowingStream<[UInt8], any Error>.makeStream()
      for chunk in Self.chunks(bytes, state.chunkSize) { continuation.yield(chunk) }
      continuation.finish()
      return APIResponse(status: 200, body: .stream(stream))
    }
  }

  private func watch(_ selection: Selection) throws -> APIResponse {
    let (stream, continuation) = AsyncThrowingStream<[UInt8], any Error>.makeStream()
    try state.withLock { state in
      let from = UInt64(selection.query["resourceVersion"] ?? "") ?? 0
      guard from >= state.oldestRevision || from == 0 else {
        throw APIStatus(
          code: 410, reason: .expired,
          message: "too old resource version: \(from) (\(state.oldestRevision))")
      }
      let watcher = Watcher(selection: selection, continuation: continuation)
      // What watchers are to wait for is no news to a new one either.
      let owed = Set(state.owed.map(\.revision))
      for change in state.history
      where change.revision > from && !owed.contains(change.revision) && selection.matches(change) {
        send(Self.line(change), to: watcher, state.chunkSize)
      }
      state.nextWatcher += 1
      let id = state.nextWatcher
      state.watchers[id] = watcher
      continuation.onTermination = { [weak self] _ in
        _ = self?.state.withLock { $0.watchers.removeValue(forKey: id) }
      }
    }
    return APIResponse(status: 200, body: .stream(stream))
  }

  // MARK: Writing

  private func create(_ selection: Selection, _ body: JSON) throws -> JSON {
    try state.withLock { state in
      var object = body
      var metadata = object["metadata"] ?? [:]
      if selection.resource.isNamespaced {
        metadata["namespace"] = .string(selection.namespace ?? "")
      }
      if metadata["name"] == nil {
        guard let prefix = metadata["generateName"]?.string else {
          throw APIStatus(code: 422, reason: .invalid, message: "name or generateName is required")
        }
        state.nextUID += 1
        metadata["name"] = .string(prefix + "x\(state.nextUID)")
      }
      metadata["uid"] = nil
      metadata["creationTimestamp"] = nil
      object["metadata"] = metadata
      if state.objects[selection.resource]?[Self.key(object)] != nil {
        throw APIStatus.alreadyExists(selection.resource, name: Self.key(object).name)
      }
      return store(selection.resource, object, replacing: nil, in: &state)
    }
  }

  private func update(_ selection: Selection, _ body: JSON) throws -> JSON {
    try state.withLock { state in
      let known = try existing(selection, in: state)
      return try replace(selection, known, by: body, in: &state)
    }
  }

  private func replace(
    _ selection: Selection, _ known: JSON, by body: JSON, in state: inout State
  ) throws -> JSON {
    if let version = body["metadata"]?["resourceVersion"]?.string,
      version != known["metadata"]?["resourceVersion"]?.string
    {
      throw APIStatus.conflict(
        selection.resource, name: selection.key.name,
        "the object has been modified; please apply your changes to the latest version and try "
          + "again")
    }
    if let uid = body["metadata"]?["uid"]?.string, uid != known["metadata"]?["uid"]?.string {
      throw APIStatus.conflict(
        selection.resource, name: selection.key.name,
        "Precondition failed: UID in precondition: \(uid)")
    }
    var object = body
    switch selection.subresource {
    case "status":
      object = known
      object["status"] = body["status"]
    case "finalize":
      object = known
      object["spec"] = body["spec"]
    default: break
    }
    var metadata = object["metadata"] ?? [:]
    metadata["name"] = known["metadata"]?["name"]
    metadata["namespace"] = known["metadata"]?["namespace"]
    metadata["deletionTimestamp"] = known["metadata"]?["deletionTimestamp"]
    object["metadata"] = metadata
    let isDeleting = metadata["deletionTimestamp"] != nil
    let holders =
      (metadata["finalizers"]?.array ?? []) + (object["spec"]?["finalizers"]?.array ?? [])
    if isDeleting, holders.isEmpty {
      state.objects[selection.resource]?[selection.key] = object
      remove(selection.resource, selection.key, in: &state)
      return object
    }
    var unversioned = metadata
    unversioned["resourceVersion"] = known["metadata"]?["resourceVersion"]
    var same = object
    same["metadata"] = unversioned
    if same == known { return known }
    return store(selection.resource, object, replacing: known, in: &state)
  }

  private func patch(_ selection: Selection, _ body: JSON, _ type: String) throws -> JSON {
    guard type.hasPrefix(PatchForm.merge) || type.hasPrefix(PatchForm.strategic) else {
      throw APIStatus(
        code: 415, reason: .unsupportedMediaType, message: "the fake takes merge patches only")
    }
    return try state.withLock { state in
      let known = try existing(selection, in: state)
      return try replace(selection, known, by: Self.merge(body, into: known), in: &state)
    }
  }

  private enum PatchForm {
    static let merge = "application/merge-patch+json"
    static let strategic = "application/strategic-merge-patch+json"
  }

  /// RFC 7386.
  static func merge(_ patch: JSON, into target: JSON) -> JSON {
    guard let members = patch.object else { return patch }
    var result = target.object ?? JSONObject()
    for member in members {
      if member.value.isNull {
        result[member.key] = nil
      } else {
        result[member.key] = merge(member.value, into: result[member.key] ?? .null)
      }
    }
    return .object(result)
  }

  // MARK: Deleting

  private func delete(_ selection: Selection, _ options: JSON) throws -> JSON {
    try state.withLock { state in
      let known = try existing(selection, in: state)
      let preconditions = options["preconditions"]
      for field in ["uid", "resourceVersion"] {
        if let wanted = preconditions?[field]?.string, wanted != known["metadata"]?[field]?.string {
          throw APIStatus.conflict(
            selection.resource, name: selection.key.name,
            "the \(field) in the precondition (\(wanted)) does not match the object")
        }
      }
      return delete(selection, known, options["propagationPolicy"]?.string, in: &state)
    }
  }

  private func delete(
    _ selection: Selection, _ known: JSON, _ propagation: String?, in state: inout State
  ) -> JSON {
    var metadata = known["metadata"] ?? [:]
    var finalizers = (metadata["finalizers"]?.array ?? []).compactMap(\.string)
    let wasDeleting = metadata["deletionTimestamp"] != nil
    if let propagation {
      finalizers.removeAll { $0 == "orphan" || $0 == "foregroundDeletion" }
      if propagation == "Orphan" { finalizers.append("orphan") }
      if propagation == "Foreground" { finalizers.append("foregroundDeletion") }
    }
    let holders = finalizers.map { JSON.string($0) } + (known["spec"]?["finalizers"]?.array ?? [])
    if holders.isEmpty {
      remove(selection.resource, selection.key, in: &state)
      return ["kind": "Status", "apiVersion": "v1", "status": "Success"]
    }
    var object = known
    if !wasDeleting { metadata["deletionTimestamp"] = .string(time.now().description) }
    metadata["finalizers"] = finalizers.isEmpty ? nil : .array(finalizers.map { .string($0) })
    object["metadata"] = metadata
    if selection.resource.kind == "Namespace" {
      var status = object["status"] ?? [:]
      status["phase"] = "Terminating"
      object["status"] = status
    }
    if object == known { return known }
    return store(selection.resource, object, replacing: known, in: &state)
  }

  private func deleteCollection(_ selection: Selection, _ options: JSON) throws -> JSON {
    state.withLock { state in
      for (key, object) in state.objects[selection.resource] ?? [:]
      where selection.matches(object) {
        var one = selection
        one.namespace = key.namespace
        one.name = key.name
        _ = delete(one, object, options["propagationPolicy"]?.string, in: &state)
      }
    }
    return ["kind": "Status", "apiVersion": "v1", "status": "Success"]
  }

  // MARK: Discovery

  private func discovery(_ path: String) -> JSON? {
    let versions = Set(resources.filter { !$0.group.isEmpty }.map(\.apiVersion)).sorted()
    switch path {
    case "/api": return ["kind": "APIVersions", "versions": ["v1"]]
    case "/apis":
      return [
        "kind": "APIGroupList", "apiVersion": "v1",
        "groups": .array(
          versions.map { version in
            let parts = version.split(separator: "/")
            let entry: JSON = [
              "groupVersion": .string(version), "version": .string(String(parts[1])),
            ]
            return [
              "name": .string(String(parts[0])), "versions": [entry], "preferredVersion": entry,
            ]
          }),
      ]
    default:
      let version =
        path.hasPrefix("/apis/")
        ? String(path.dropFirst(6)) : path.hasPrefix("/api/") ? String(path.dropFirst(5)) : ""
      guard version == "v1" || versions.contains(version) else { return nil }
      let found = resources.filter { $0.apiVersion == version }
      return [
        "kind": "APIResourceList", "apiVersion": "v1", "groupVersion": .string(version),
        "resources": .array(
          found.map {
            [
              "name": .string($0.plural), "singularName": "", "namespaced": .bool($0.isNamespaced),
              "kind": .string($0.kind),
              "verbs": [
                "create", "delete", "deletecollection", "get", "list", "patch", "update", "watch",
              ],
            ]
          }),
      ]
    }
  }
}
