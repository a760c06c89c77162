import JSONTree
import KubernetesAPI
import ObjectStore

/// What became of a deletion.
enum Deletion: Sendable {
  /// The object has left; this is its last state.
  case left(CachedObject)
  /// The object stays for now, marked.
  case pending(CachedObject)

  var object: CachedObject {
    switch self {
    case .left(let object), .pending(let object): object
    }
  }
}

extension Resource {
  /// Deletes an object, or marks it and leaves it to its finalizers or its grace period.
  func delete(
    namespace: String, name: String, options: DeleteOptions
  ) async throws(APIStatus) -> Deletion {
    try requireMortal(name)
    let key = key(namespace: namespace, name: name)
    var current = try await current(key)
    for _ in 0..<ServerLimits.writeAttempts {
      guard let existing = current else { throw .notFound(kind.resource, name: name) }
      let old = existing.json
      try check(options, old: old, name: name)
      let outcome: Attempt
      switch plan(old, options) {
      case .nothing: return .pending(existing)
      case .mark(let marked):
        outcome = try await mark(marked, existing, old: old, options)
        if case .written(let object) = outcome { return .pending(object) }
      case .leave(let last):
        let prepared = try await prepare(
          PendingWrite(operation: .delete, object: last, old: old, isDryRun: options.isDryRun))
        outcome = try await remove(existing, prepared: prepared)
        if case .written(let object) = outcome { return .left(object) }
      }
      switch outcome {
      case .changed(let newer): current = newer
      case .written, .again: current = try await self.current(key)
      }
    }
    throw .modified(kind.resource, name: name)
  }

  /// What a deletion does to an object as it stands.
  private enum Plan {
    /// It is being deleted already.
    case nothing
    case mark(JSON)
    case leave(JSON)
  }

  private func plan(_ old: JSON, _ options: DeleteOptions) -> Plan {
    let policy = kind.deletionPolicy(old)
    var metadata = old["metadata"] ?? [:]
    let isMarked = metadata["deletionTimestamp"] != nil
    var grace: Int64 = 0
    if case .graceful(let seconds) = policy {
      let shortened = shortenedGrace(metadata, options)
      if isMarked, shortened == nil { return .nothing }
      grace = shortened ?? options.gracePeriodSeconds ?? seconds
    }
    let finalizers = finalizersForCollection(metadata["finalizers"]?.strings ?? [], options)
    let isWaiting =
      policy == .whenFinalized && !(old[path: "spec", "finalizers"]?.array?.isEmpty ?? true)
    if finalizers.isEmpty, !isWaiting, grace == 0 { return .leave(old) }
    metadata["finalizers"] = JSON(nonEmpty: finalizers)
    mark(&metadata, grace: policy.isGraceful ? grace : nil)
    var object = old
    object["metadata"] = metadata
    if policy == .whenFinalized {
      // Namespaces are marked by their own rules, which know no grace.
      object["metadata"]?["deletionGracePeriodSeconds"] = nil
      var status = object["status"] ?? [:]
      status["phase"] = "Terminating"
      object["status"] = status
    }
    return object == old ? .nothing : .mark(object)
  }

  /// The grace period a repeated deletion may still set: only a shorter one, and zero at last. Nil
  /// where a deletion under way goes on as it is.
  private func shortenedGrace(_ metadata: JSON, _ options: DeleteOptions) -> Int64? {
    guard metadata["deletionTimestamp"] != nil else { return nil }
    let running = metadata["deletionGracePeriodSeconds"]?.integer ?? 0
    if running == 0 { return 0 }
    guard let wanted = options.gracePeriodSeconds, wanted < running else { return nil }
    return wanted
  }

  /// Writes when the object is to leave.
  ///
  /// - Parameter grace: in seconds; nil for kinds without grace, which are due at once.
  private func mark(_ metadata: inout JSON, grace: Int64?) {
    let now = core.environment.now()
    let before = metadata["deletionTimestamp"]?.string.flatMap { Timestamp($0) }
    if before == nil, let generation = metadata["generation"]?.integer, generation > 0 {
      metadata["generation"] = .integer(generation + 1)
    }
    var due = Timestamp(seconds: now.seconds + (grace ?? 0))
    var period = grace ?? 0
    if let before, grace != nil {
      // A shorter period counts from when the deletion began.
      let running = metadata["deletionGracePeriodSeconds"]?.integer ?? 0
      due = Timestamp(seconds: before.seconds - running + period)
      if due < now {
        due = Timestamp(seconds: now.seconds)
        if period > 0 { period = 1 }
      }
    } else if let before, before <= due {
      due = before
    }
    metadata["deletionTimestamp"] = .string(due.description)
    metadata["deletionGracePeriodSeconds"] = .integer(period)
  }

  /// The finalizers by which the garbage collector learns what to do with the dependents.
  private func finalizersForCollection(
    _ finalizers: [String], _ options: DeleteOptions
  ) -> [String] {
    let orphan = "orphan"
    let foreground = "foregroundDeletion"
    var result = finalizers.filter { $0 != orphan && $0 != foreground }
    if let orphans = options.orphanDependents {
      if orphans { result.append(orphan) }
      return result
    }
    switch options.propagation {
    case .orphan: result.append(orphan)
    case .foreground: result.append(foreground)
    case .background: break
    case nil: return finalizers
    }
    return result
  }

  private func mark(
    _ object: JSON, _ existing: CachedObject, old: JSON, _ options: DeleteOptions
  ) async throws(APIStatus) -> Attempt {
    // Marking is the server's own doing: neither hooks nor validation take part.
    let write = PendingWrite(
      operation: .update, object: object, old: old, isDryRun: options.isDryRun)
    return try await put(
      object, key: existing.key,
      if: .unchanged(key: cache.prefix + existing.key, since: existing.revision),
      prepared: PreparedWrite(write))
  }

  private func check(
    _ options: DeleteOptions, old: JSON, name: String
  ) throws(APIStatus) {
    // A kube-apiserver names the kind here where it names the resource elsewhere.
    var resource = kind.resource
    resource.plural = resource.kind
    let uid = old[path: "metadata", "uid"]?.string ?? ""
    if let wanted = options.uid, wanted != uid {
      throw .conflict(
        resource, name: name,
        "the UID in the precondition (\(wanted)) does not match the UID in record (\(uid)). The "
          + "object might have been deleted and then recreated")
    }
    let version = old[path: "metadata", "resourceVersion"]?.string ?? ""
    if let wanted = options.resourceVersion, wanted != version {
      throw .conflict(
        resource, name: name,
        "the ResourceVersion in the precondition (\(wanted)) does not match the ResourceVersion in "
          + "record (\(version)). The object might have been modified")
    }
  }
}

extension DeletionPolicy {
  fileprivate var isGraceful: Bool {
    if case .graceful = self { true } else { false }
  }
}
