import JSONTree
import KubernetesAPI
import ObjectStore

extension Resource {
  /// Creates an object that has been decoded and defaulted.
  ///
  /// - Parameter namespace: of the request; empty for kinds without.
  func create(
    _ object: JSON, namespace: String, options: WriteOptions, warnings: RequestWarnings
  ) async throws(APIStatus) -> WriteResult {
    var template = object
    try alignNamespace(&template, with: namespace)
    let version = template[path: "metadata", "resourceVersion"]?.string ?? ""
    let dropped = dropSystemMetadata(&template)
    var generated = 0
    // A real creation is told by the store whether the name is free.
    if options.isDryRun { try await core.catchUp() }
    for _ in 0..<ServerLimits.writeAttempts {
      var object = template
      let isGenerated = identify(&object)
      let name = object[path: "metadata", "name"]?.string ?? ""
      let namespaceCondition = try await namespaceCondition(namespace, name: name)
      let prepared = try await prepare(
        PendingWrite(operation: .create, object: object, old: nil, isDryRun: options.isDryRun))
      let key = self.key(namespace: namespace, name: name)
      let complete = try await settlingFailure(of: prepared) { () throws(APIStatus) -> JSON in
        let complete = try validated(prepared.write.object, warnings: warnings)
        if let number = UInt64(version), number != 0 { throw .versionOnCreation }
        if options.isDryRun, let existing = cache.object(key) {
          throw alreadyExists(name, existing)
        }
        return complete
      }
      let attempt = try await put(
        complete, key: key, if: .absent(key: cache.prefix + key),
        and: namespaceCondition.map { [$0] } ?? [], prepared: prepared)
      switch attempt {
      case .written(let object): return WriteResult(object: object, wasCreated: true)
      case .again: continue
      case .changed(let existing):
        guard isGenerated else { throw alreadyExists(name, existing) }
        generated += 1
        if generated == ServerLimits.generatedNames {
          throw .noUniqueName(kind.resource, name: name)
        }
      }
    }
    throw .modified(kind.resource, name: dropped)
  }

  private func alreadyExists(_ name: String, _ existing: CachedObject?) -> APIStatus {
    var status = APIStatus.alreadyExists(kind.resource, name: name)
    if existing?.isBeingDeleted == true {
      status.message = "object is being deleted: " + status.message
    }
    return status
  }

  /// Drops what only the server may say.
  ///
  /// - Returns: the object's name, empty if it is to be generated.
  private func dropSystemMetadata(_ object: inout JSON) -> String {
    var metadata = object["metadata"] ?? [:]
    let system = [
      "uid", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds", "selfLink",
      "resourceVersion", "managedFields",
    ]
    for member in system { metadata[member] = nil }
    object["metadata"] = metadata
    object["kind"] = .string(kind.resource.kind)
    object["apiVersion"] = .string(kind.resource.apiVersion)
    return metadata["name"]?.string ?? ""
  }

  /// Gives the object its uid, its birthday and, where it has only a prefix, its name.
  ///
  /// - Returns: whether the name was made up.
  private func identify(_ object: inout JSON) -> Bool {
    var metadata = object["metadata"] ?? [:]
    metadata["uid"] = .string(core.environment.uuid())
    metadata["creationTimestamp"] = .string(core.environment.now().description)
    if kind.countsGenerations { metadata["generation"] = 1 }
    var isGenerated = false
    if (metadata["name"]?.string ?? "").isEmpty,
      let prefix = metadata["generateName"]?.string, !prefix.isEmpty
    {
      metadata["name"] = .string(core.environment.generatedName(prefix: prefix))
      isGenerated = true
    }
    object["metadata"] = metadata
    return isGenerated
  }

  private func validated(_ object: JSON, warnings: RequestWarnings) throws(APIStatus) -> JSON {
    var object = object
    kind.prepareForCreate(&object)
    let metadata = object["metadata"] ?? [:]
    let errors =
      validateObjectMeta(
        metadata, isNamespaced: kind.resource.isNamespaced, problemsOfName: kind.problems(ofName:))
      + kind.validateCreate(object)
    if !errors.isEmpty {
      throw .invalid(kind.resource, name: metadata["name"]?.string ?? "", errors.withoutRepeats)
    }
    warnings.add(kind.warnings(object, old: nil, subresource: nil))
    return object
  }
}

extension APIStatus {
  /// A kube-apiserver calls this an error of its own, without a reason.
  fileprivate static let versionOnCreation = APIStatus(
    code: 500, reason: .unknown,
    message: "resourceVersion should not be set on objects to be created")
}

extension [FieldError] {
  /// The generic rules and a kind's own may find the same problem.
  var withoutRepeats: [FieldError] {
    var seen: [FieldError] = []
    for error in self where !seen.contains(error) { seen.append(error) }
    return seen
  }
}
