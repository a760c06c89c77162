import KubernetesAPI

extension OpenAPIPath {
  /// The paths of a kind: its collection, one of its objects, and subresources.
  static func all(of kind: any KindDefinition) -> [OpenAPIPath] {
    let builder = KindPaths(kind)
    return builder.collections + [builder.object] + kind.objectSubresources.map(builder.subresource)
  }
}

private struct KindPaths {
  private let kind: any KindDefinition
  private let resource: ResourceType
  private let definition: String

  init(_ kind: any KindDefinition) {
    self.kind = kind
    resource = kind.resource
    definition = kind.schema.name
  }

  private var root: String {
    resource.group.isEmpty
      ? "/api/\(resource.version)" : "/apis/\(resource.group)/\(resource.version)"
  }

  private var collectionPath: String {
    root + (resource.isNamespaced ? "/namespaces/{namespace}/" : "/") + resource.plural
  }

  /// `CoreV1NamespacedService`, as it stands in identifiers of operations.
  private func identifier(_ verb: String, isCollection: Bool = false, suffix: String = "") -> String
  {
    let group = resource.group.split(separator: ".").first.map(String.init) ?? "core"
    return verb + group.capitalizingFirst + resource.version.capitalizingFirst
      + (isCollection ? "Collection" : "") + (resource.isNamespaced ? "Namespaced" : "")
      + resource.kind + suffix
  }

  private var placeParameters: [OpenAPIParameter] {
    resource.isNamespaced ? [.namespace, .pretty] : [.pretty]
  }

  // MARK: Collections

  var collections: [OpenAPIPath] {
    var paths = [collection]
    if resource.isNamespaced, kind.verbs.contains("list") {
      var everywhere = list
      everywhere.id = list.id.replacingPart("Namespaced", "") + "ForAllNamespaces"
      paths.append(
        OpenAPIPath(
          path: "\(root)/\(resource.plural)", parameters: [.pretty], operations: [everywhere]))
    }
    return paths
  }

  private var list: OpenAPIOperation {
    OpenAPIOperation(
      method: "get", action: "list", id: identifier("list"),
      description: "List or watch objects of kind \(resource.kind).", type: resource,
      parameters: OpenAPIParameter.selecting + OpenAPIParameter.watching,
      answer: definition + "List", codes: [200], isWatchable: true)
  }

  private var collection: OpenAPIPath {
    var path = OpenAPIPath(path: collectionPath, parameters: placeParameters)
    if kind.verbs.contains("list") { path.operations.append(list) }
    if kind.verbs.contains("create") {
      path.operations.append(
        OpenAPIOperation(
          method: "post", action: "post", id: identifier("create"),
          description: "Create an object of kind \(resource.kind).", type: resource,
          parameters: OpenAPIParameter.writing, body: definition, answer: definition,
          codes: [200, 201, 202]))
    }
    if kind.verbs.contains("deletecollection") {
      path.operations.append(
        OpenAPIOperation(
          method: "delete", action: "deletecollection",
          id: identifier("delete", isCollection: true),
          description: "Delete objects of kind \(resource.kind).", type: resource,
          parameters: OpenAPIParameter.selecting + OpenAPIParameter.deleting,
          body: ObjectSchema.deleteOptions.name, isBodyRequired: false,
          answer: ObjectSchema.status.name, codes: [200]))
    }
    return path
  }

  // MARK: Objects

  private var objectParameters: [OpenAPIParameter] {
    [.objectName(resource.kind)] + placeParameters
  }

  var object: OpenAPIPath {
    var path = OpenAPIPath(path: collectionPath + "/{name}", parameters: objectParameters)
    path.operations = kind.verbs.compactMap {
      operation($0, type: resource, definition: definition)
    }
    if kind.verbs.contains("delete") {
      path.operations.append(
        OpenAPIOperation(
          method: "delete", action: "delete", id: identifier("delete"),
          description: "Delete an object of kind \(resource.kind).", type: resource,
          parameters: OpenAPIParameter.deleting, body: ObjectSchema.deleteOptions.name,
          isBodyRequired: false,
          answer: kind.returnsDeletedObject ? definition : ObjectSchema.status.name,
          codes: [200, 202]))
    }
    return path
  }

  func subresource(_ subresource: Subresource) -> OpenAPIPath {
    let type = subresource.kind ?? resource
    var path = OpenAPIPath(
      path: collectionPath + "/{name}/" + subresource.name, parameters: objectParameters)
    for verb in subresource.verbs {
      let operation = operation(
        verb, type: type, definition: kind.schema(of: subresource).name,
        of: subresource.name)
      if let operation { path.operations.append(operation) }
    }
    return path
  }

  /// What a verb does with one object, or a part of it.
  private func operation(
    _ verb: String, type: ResourceType, definition: String, of part: String = ""
  ) -> OpenAPIOperation? {
    let suffix = part.capitalizingFirst
    let object =
      part.isEmpty ? "an object of kind \(resource.kind)" : "\(part) of a \(resource.kind)"
    switch verb {
    case "get":
      return OpenAPIOperation(
        method: "get", action: "get", id: identifier("read", suffix: suffix),
        description: "Read \(object).", type: type, parameters: [], answer: definition,
        codes: [200])
    case "update":
      return OpenAPIOperation(
        method: "put", action: "put", id: identifier("replace", suffix: suffix),
        description: "Replace \(object).", type: type, parameters: OpenAPIParameter.writing,
        body: definition, answer: definition, codes: [200, 201])
    case "patch":
      return OpenAPIOperation(
        method: "patch", action: "patch", id: identifier("patch", suffix: suffix),
        description: "Change \(object).", type: type,
        parameters: OpenAPIParameter.writing + [.force], body: ObjectSchema.patch.name,
        answer: definition, codes: [200, 201])
    case "create" where !part.isEmpty:
      return OpenAPIOperation(
        method: "post", action: "post", id: identifier("create", suffix: suffix),
        description: "Create \(object).", type: type, parameters: OpenAPIParameter.writing,
        body: definition, answer: definition, codes: [200, 201, 202])
    default: return nil
    }
  }
}

extension String {
  fileprivate var capitalizingFirst: String { prefix(1).uppercased() + dropFirst() }

  fileprivate func replacingPart(_ part: String, _ replacement: String) -> String {
    guard let range = firstRange(of: part) else { return self }
    return self[..<range.lowerBound] + replacement + self[range.upperBound...]
  }

  private func firstRange(of part: String) -> Range<Index>? {
    for start in indices where self[start...].hasPrefix(part) {
      return start..<index(start, offsetBy: part.count)
    }
    return nil
  }
}
