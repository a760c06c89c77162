import JSONTree
import KubernetesAPI
import ObjectStore

extension APIServer {
  func dispatch(_ request: ResourceRequest) async throws(APIStatus) -> APIResponse {
    let info = request.info
    let path = ResourcePath(group: info.group, version: info.version, plural: info.resource)
    guard let resource = resources[path] else {
      let isKnown = catalogue.kinds.contains {
        $0.resource.group == info.group && $0.resource.version == info.version
      }
      if isKnown { throw .noSuchPath }
      return .pageNotFound
    }
    if let warning = resource.kind.deprecationWarning { request.warnings.add([warning]) }
    guard request.request.body.count <= ServerLimits.requestBody else { throw .bodyTooLarge }
    var request = request
    if !resource.kind.resource.isNamespaced {
      // A Namespace lies in itself only to the eyes of authorization.
      guard info.namespace.isEmpty || resource.kind.resource.plural == "namespaces" else {
        throw .noSuchPath
      }
      request.info.namespace = ""
    } else if info.namespace.isEmpty, !info.name.isEmpty {
      throw .noSuchPath
    }
    guard info.rest.isEmpty else { throw .noSuchPath }
    if !info.subresource.isEmpty { return try await dispatchSubresource(request, resource) }
    return try await dispatchVerb(request, resource)
  }

  private func dispatchVerb(
    _ request: ResourceRequest, _ resource: Resource
  ) async throws(APIStatus) -> APIResponse {
    guard resource.kind.verbs.contains(request.info.verb) else { throw .methodNotAllowed }
    let isItem = !request.info.name.isEmpty
    // The collection of all namespaces can only be read.
    let isWritable = !resource.kind.resource.isNamespaced || !request.info.namespace.isEmpty
    switch request.info.verb {
    case "get": return try await get(request, resource)
    case "list": return try await list(request, resource)
    case "watch": return try await watch(request, resource)
    case "create" where !isItem && isWritable:
      if let kind = resource.kind as? ReviewKind { return try answer(kind, request) }
      return try await create(request, resource)
    case "update" where isItem: return try await update(request, resource, subresource: nil)
    case "patch" where isItem: return try await patch(request, resource, subresource: nil)
    case "delete": return try await delete(request, resource)
    case "deletecollection" where isWritable: return try await deleteCollection(request, resource)
    default: throw .methodNotAllowed
    }
  }

  // MARK: Reading

  func get(
    _ request: ResourceRequest, _ resource: Resource
  ) async throws(APIStatus) -> APIResponse {
    let info = request.info
    let version = request.query.first("resourceVersion") ?? ""
    if version.isEmpty {
      try await core.catchUp()
    } else {
      guard let number = UInt64(version) else {
        throw APIStatus(code: 500, reason: .unknown, message: invalidVersionMessage(version))
      }
      try await core.reach(Revision(rawValue: number))
    }
    let key = resource.key(namespace: info.namespace, name: info.name)
    guard let object = resource.cache.object(key) else {
      throw .notFound(resource.kind.resource, name: info.name)
    }
    return try ObjectAnswer(resource, request).object(200, object, warnings: request.warnings)
  }

  private func list(
    _ request: ResourceRequest, _ resource: Resource
  ) async throws(APIStatus) -> APIResponse {
    let options = try ListOptions(request.query, isWatch: false)
    let selection = try Selection(options, request.info, of: resource.kind)
    let answer = try ObjectAnswer(resource, request)
    let list = try await resource.list(options, selection)
    return try answer.list(list, warnings: request.warnings)
  }

  private func watch(
    _ request: ResourceRequest, _ resource: Resource
  ) async throws(APIStatus) -> APIResponse {
    let options = try ListOptions(request.query, isWatch: true)
    let selection = try Selection(options, request.info, of: resource.kind)
    let answer = try ObjectAnswer(resource, request)
    let watcher: Watcher
    do throws(APIStatus) {
      watcher = try await resource.watch(options, selection, transform: answer.eventTransform)
    } catch  where error.code != 500 {
      return .watchFailure(error)
    }
    if isStopping { watcher.finish() }
    return .watch(WatchSession(watcher, of: resource.cache), warnings: request.warnings.all)
  }

  // MARK: Writing

  private func create(
    _ request: ResourceRequest, _ resource: Resource
  ) async throws(APIStatus) -> APIResponse {
    _ = try request.bodyFormat
    let options = try WriteOptions(request.query, kind: "CreateOptions")
    let object = try request.decode(resource.kind, options, bodies)
    try escalationCheck(request).check(object, old: nil, of: resource.kind.resource)
    let result = try await resource.create(
      object, namespace: request.info.namespace, options: options, warnings: request.warnings)
    return try ObjectAnswer(resource, request)
      .object(201, result.object, warnings: request.warnings)
  }

  func update(
    _ request: ResourceRequest, _ resource: Resource, subresource: Subresource?
  ) async throws(APIStatus) -> APIResponse {
    let info = request.info
    let options = try WriteOptions(request.query, kind: "UpdateOptions")
    var object = try request.decode(resource.kind, options, bodies)
    try requireName(info.name, in: object)
    try alignNamespace(&object, with: info.namespace)
    let new = object
    let check = escalationCheck(request)
    let result = try await resource.update(
      Resource.UpdateRequest(
        namespace: info.namespace, name: info.name, subresource: subresource, options: options,
        uid: new[path: "metadata", "uid"]?.string ?? "", createIfMissing: new, check: check,
        change: { _ in new }),
      warnings: request.warnings)
    return try ObjectAnswer(resource, request)
      .object(result.wasCreated ? 201 : 200, result.object, warnings: request.warnings)
  }

  func patch(
    _ request: ResourceRequest, _ resource: Resource, subresource: Subresource?
  ) async throws(APIStatus) -> APIResponse {
    let info = request.info
    let type = try PatchType(contentType: request.request.headers["content-type"] ?? "")
    let options = try WriteOptions(request.query, kind: "PatchOptions")
    let patch = try PatchRequest(
      type: type, body: request.request.body, validation: options.fieldValidation)
    let (kind, bodies, warnings) = (resource.kind, bodies, request.warnings)
    let result = try await resource.update(
      Resource.UpdateRequest(
        namespace: info.namespace, name: info.name, subresource: subresource, options: options,
        check: escalationCheck(request)
      ) { old throws(APIStatus) in
        let decoded = try patch.apply(to: old, as: kind, decoder: bodies)
        warnings.add(decoded.warnings)
        var object = decoded.object
        try alignNamespace(&object, with: info.namespace)
        try requireName(info.name, in: object)
        return object
      }, warnings: warnings)
    return try ObjectAnswer(resource, request).object(200, result.object, warnings: warnings)
  }

  private func escalationCheck(_ request: ResourceRequest) -> EscalationCheck {
    EscalationCheck(
      user: request.user, namespace: request.info.namespace, authorizer: roles)
  }

  // MARK: Deleting

  private func delete(
    _ request: ResourceRequest, _ resource: Resource
  ) async throws(APIStatus) -> APIResponse {
    let options = try request.deleteOptions
    let deletion = try await resource.delete(
      namespace: request.info.namespace, name: request.info.name, options: options)
    let answer = try ObjectAnswer(resource, request)
    switch deletion {
    case .left(let object) where !resource.kind.returnsDeletedObject:
      let uid = object.json[path: "metadata", "uid"]?.string ?? ""
      let status = successStatus(resource.kind.resource, name: object.name, uid: uid)
      return .encoded(200, status.encoded(), request.form, warnings: request.warnings.all)
    case .left(let object):
      return try answer.object(200, object, warnings: request.warnings)
    case .pending(let object):
      // Only the oldest way of asking for dependents to go first is told to wait.
      let code = options.orphanDependents == false ? 202 : 200
      return try answer.object(code, object, warnings: request.warnings)
    }
  }

  private func deleteCollection(
    _ request: ResourceRequest, _ resource: Resource
  ) async throws(APIStatus) -> APIResponse {
    let listOptions = try ListOptions(request.query, isWatch: false)
    let selection = try Selection(listOptions, request.info, of: resource.kind)
    let options = try request.deleteOptions
    let answer = try ObjectAnswer(resource, request)
    let list = try await resource.deleteCollection(listOptions, selection, options: options)
    return try answer.list(list, warnings: request.warnings)
  }
}
