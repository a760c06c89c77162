import JSONTree
import KubernetesAPI
import ObjectStore

extension Resource {
  /// What an update does to the object as it stands (with its resourceVersion). Called again with
  /// the newer state when somebody else was faster.
  typealias Change = @Sendable (_ old: JSON) throws(APIStatus) -> JSON

  /// One update, whichever verb it came by.
  struct UpdateRequest: Sendable {
    var namespace: String
    var name: String
    /// The part that is written, nil for the main resource.
    var subresource: Subresource?
    var options: WriteOptions
    /// The uid the object must have; empty for any.
    var uid = ""
    /// What to create where there is none, for kinds that allow it.
    var createIfMissing: JSON?
    /// For kinds by which rights are given away.
    var check: EscalationCheck?
    var change: Change
  }

  /// Changes an object that exists.
  func update(
    _ request: UpdateRequest, warnings: RequestWarnings
  ) async throws(APIStatus) -> WriteResult {
    let key = key(namespace: request.namespace, name: request.name)
    var current = try await current(key)
    for _ in 0..<ServerLimits.writeAttempts {
      guard let existing = current else {
        return try await createMissing(request, warnings: warnings)
      }
      switch try await attempt(request, on: existing, warnings: warnings) {
      case .written(let object): return WriteResult(object: object)
      case .changed(let newer): current = newer
      case .again: current = try await self.current(key)
      }
    }
    throw .modified(kind.resource, name: request.name)
  }

  private func attempt(
    _ request: UpdateRequest, on existing: CachedObject, warnings: RequestWarnings
  ) async throws(APIStatus) -> Attempt {
    let old = existing.json
    try requireUID(request.uid, old: old, key: existing.key)
    var new = try request.change(old)
    try request.check?.check(new, old: old, of: kind.resource)
    try requireCurrent(&new, existing)
    let leaves = leavesOnUpdate(new, old: old, subresource: request.subresource)
    let prepared = try await prepare(
      PendingWrite(
        operation: leaves ? .delete : .update, subresource: request.subresource, object: new,
        old: old, isDryRun: request.options.isDryRun))
    let complete = try await settlingFailure(of: prepared) { () throws(APIStatus) -> JSON in
      try validated(
        prepared.write.object, old: old, subresource: request.subresource, warnings: warnings)
    }
    if leaves {
      let attempt = try await remove(existing, prepared: prepared)
      guard case .written = attempt else { return attempt }
      // The client that took the last finalizer sees what it wrote.
      return .written(
        cache.object(
          key: existing.key, stored: cache.encoding.encoded(complete),
          revision: existing.revision, extract: ObjectExtract(complete, kind: kind)))
    }
    let unchanged = cache.encoding.unspliced(existing.bytes, revision: existing.revision)
    if cache.encoding.encoded(complete) == unchanged {
      await settle(prepared, .abandoned)
      return .written(existing)
    }
    return try await put(
      complete, key: existing.key,
      if: .unchanged(key: cache.prefix + existing.key, since: existing.revision),
      prepared: prepared)
  }

  private func createMissing(
    _ request: UpdateRequest, warnings: RequestWarnings
  ) async throws(APIStatus) -> WriteResult {
    guard var object = request.createIfMissing, kind.allowsCreateOnUpdate,
      request.subresource == nil
    else { throw .notFound(kind.resource, name: request.name) }
    var metadata = object["metadata"] ?? [:]
    metadata["resourceVersion"] = nil
    object["metadata"] = metadata
    try request.check?.check(object, old: nil, of: kind.resource)
    return try await create(
      object, namespace: request.namespace, options: request.options, warnings: warnings)
  }

  // MARK: Preconditions

  private func requireUID(_ wanted: String, old: JSON, key: String) throws(APIStatus) {
    let uid = old[path: "metadata", "uid"]?.string ?? ""
    guard !wanted.isEmpty, wanted != uid else { return }
    throw .conflict(
      kind.resource, name: split(key).name,
      "StorageError: invalid object, Code: 4, Key: \(cache.prefix)\(key), ResourceVersion: 0, "
        + "AdditionalErrorMsg: Precondition failed: UID in precondition: \(wanted), "
        + "UID in object meta: \(uid)")
  }

  /// Compares the resourceVersion a client wrote with the object's, and puts the object's in where
  /// the client left it out and may.
  private func requireCurrent(_ new: inout JSON, _ existing: CachedObject) throws(APIStatus) {
    let text = new[path: "metadata", "resourceVersion"]?.string ?? ""
    guard let given = UInt64(text.isEmpty ? "0" : text) else {
      throw APIStatus(
        code: 500, reason: .unknown,
        message: "strconv.ParseUint: parsing \(quoted(text)): invalid syntax")
    }
    if given == 0 {
      guard kind.allowsUnconditionalUpdate else {
        var resource = kind.resource
        resource.kind = resource.plural
        throw .invalid(
          resource, name: existing.name,
          [.invalid(FieldPath("metadata.resourceVersion"), 0, "must be specified for an update")])
      }
      var metadata = new["metadata"] ?? [:]
      metadata["resourceVersion"] = .string(existing.revision.description)
      new["metadata"] = metadata
    } else if given != existing.revision.rawValue {
      throw .modified(kind.resource, name: existing.name)
    }
  }

  // MARK: Validation

  /// The last steps before the commit: what an update may not change is put back, and the rest is
  /// checked.
  private func validated(
    _ new: JSON, old: JSON, subresource: Subresource?, warnings: RequestWarnings
  ) throws(APIStatus) -> JSON {
    var new = new
    try alignNamespace(&new, with: old[path: "metadata", "namespace"]?.string ?? "")
    let oldMetadata = old["metadata"] ?? [:]
    var metadata = new["metadata"] ?? [:]
    metadata["generation"] = oldMetadata["generation"]
    metadata["managedFields"] = oldMetadata["managedFields"]
    metadata["selfLink"] = nil
    new["metadata"] = metadata
    new["kind"] = .string(kind.resource.kind)
    new["apiVersion"] = .string(kind.resource.apiVersion)
    kind.prepareForUpdate(&new, old: old, subresource: subresource)
    metadata = new["metadata"] ?? [:]
    keepSystemMetadata(&metadata, old: oldMetadata)
    countGeneration(&metadata, new: new, old: old)
    new["metadata"] = metadata
    let errors =
      validateObjectMeta(
        metadata, isNamespaced: kind.resource.isNamespaced, problemsOfName: { _ in [] })
      + validateObjectMetaUpdate(metadata, old: oldMetadata)
      + kind.validateUpdate(new, old: old, subresource: subresource)
    if !errors.isEmpty {
      throw .invalid(kind.resource, name: metadata["name"]?.string ?? "", errors.withoutRepeats)
    }
    warnings.add(kind.warnings(new, old: old, subresource: subresource))
    return new
  }

  private func keepSystemMetadata(_ metadata: inout JSON, old: JSON) {
    metadata["resourceVersion"] = old["resourceVersion"]
    metadata["creationTimestamp"] = old["creationTimestamp"]
    if (metadata["uid"]?.string ?? "").isEmpty { metadata["uid"] = old["uid"] }
    if let deletion = old["deletionTimestamp"] { metadata["deletionTimestamp"] = deletion }
    if let grace = old["deletionGracePeriodSeconds"],
      metadata["deletionGracePeriodSeconds"] == nil
    {
      metadata["deletionGracePeriodSeconds"] = grace
    }
  }

  /// A generation is a version of the desired state: all of an object but metadata and status.
  private func countGeneration(_ metadata: inout JSON, new: JSON, old: JSON) {
    let generation = old[path: "metadata", "generation"]?.integer ?? 0
    guard kind.countsGenerations, metadata["generation"]?.integer ?? 0 == generation else { return }
    if desiredState(new) != desiredState(old) { metadata["generation"] = .integer(generation + 1) }
  }

  private func desiredState(_ object: JSON) -> JSONObject {
    var members = object.object ?? [:]
    for member in ["metadata", "status", "kind", "apiVersion"] { members[member] = nil }
    return members
  }

  // MARK: Leaving

  /// Whether an update takes away the last thing a deleted object waited for.
  private func leavesOnUpdate(_ new: JSON, old: JSON, subresource: Subresource?) -> Bool {
    guard subresource == nil || subresource?.name == "finalize" else { return false }
    let metadata = old["metadata"]
    guard metadata?["deletionTimestamp"] != nil,
      metadata?["deletionGracePeriodSeconds"]?.integer ?? 0 == 0
    else { return false }
    let isFinalize = subresource != nil
    let finalizers = isFinalize ? metadata?["finalizers"] : new[path: "metadata", "finalizers"]
    guard finalizers?.array?.isEmpty ?? true else { return false }
    guard kind.deletionPolicy(old) == .whenFinalized else { return true }
    // Only the subresource writes spec.finalizers.
    let own = isFinalize ? new : old
    return own[path: "spec", "finalizers"]?.array?.isEmpty ?? true
  }
}
