import APIServer
import JSONTree
import KubernetesAPI
import ObjectStore

/// Puts objects of one kind through what the server does with them, over a store in memory: the
/// calls of `KindDefinition` and `TransactionHook` in their order, without HTTP around them.
struct KindPlane: Sendable {
  let kind: any KindDefinition
  let hook: (any TransactionHook)?
  let store: any ObjectStore
  var namespace = "default"

  func create(_ body: JSON, dryRun: Bool = false) async throws -> JSON {
    var object = try decoded(body)
    var metadata = object["metadata"] ?? [:]
    metadata["namespace"] = .string(namespace)
    metadata["uid"] = "00000000-0000-0000-0000-000000000001"
    metadata["creationTimestamp"] = "2026-01-01T00:00:00Z"
    object["metadata"] = metadata
    kind.setDefaults(&object)
    return try await write(.create, object, old: nil, dryRun: dryRun) { object, _ in
      kind.prepareForCreate(&object)
      return validateObjectMeta(
        object["metadata"] ?? [:], isNamespaced: true, problemsOfName: kind.problems(ofName:))
        + kind.validateCreate(object)
    }
  }

  /// A PUT of a whole object.
  func put(
    _ body: JSON, to name: String, subresource: Subresource? = nil, dryRun: Bool = false
  ) async throws -> JSON {
    let old = try await read(name)
    return try await update(body, old: old, subresource: subresource, dryRun: dryRun)
  }

  /// A JSON merge patch (RFC 7386).
  func merge(
    _ patch: JSON, into name: String, subresource: Subresource? = nil, dryRun: Bool = false
  ) async throws -> JSON {
    let old = try await read(name)
    return try await update(
      old.merged(with: patch), old: old, subresource: subresource, dryRun: dryRun)
  }

  func delete(_ name: String, dryRun: Bool = false) async throws {
    let old = try await read(name)
    _ = try await write(.delete, old, old: old, dryRun: dryRun) { _, _ in [] }
  }

  func read(_ name: String) async throws -> JSON {
    guard let stored = try await store.get(key(name)) else {
      throw APIStatus.notFound(kind.resource, name: name)
    }
    return try Self.object(stored)
  }

  func all() async throws -> [JSON] {
    try await store.list(
      prefix: kind.storagePrefix + "/", startingAt: nil, limit: 0, at: nil
    ).objects.map(Self.object)
  }

  private func update(
    _ body: JSON, old: JSON, subresource: Subresource?, dryRun: Bool
  ) async throws -> JSON {
    var object = try decoded(body)
    var metadata = object["metadata"] ?? [:]
    for member in ["name", "namespace", "uid", "creationTimestamp", "resourceVersion"] {
      metadata[member] = old[path: "metadata", member]
    }
    metadata["generation"] = old[path: "metadata", "generation"]
    object["metadata"] = metadata
    kind.setDefaults(&object)
    return try await write(.update, object, old: old, dryRun: dryRun, subresource) { object, old in
      kind.prepareForUpdate(&object, old: old, subresource: subresource)
      return validateObjectMetaUpdate(object["metadata"] ?? [:], old: old["metadata"] ?? [:])
        + kind.validateUpdate(object, old: old, subresource: subresource)
    }
  }

  private func write(
    _ operation: PendingWrite.Operation, _ wanted: JSON, old: JSON?, dryRun: Bool,
    _ subresource: Subresource? = nil, check: (inout JSON, JSON) -> [FieldError]
  ) async throws -> JSON {
    let name = wanted.member("metadata").text("name")
    while true {
      var write = PendingWrite(
        operation: operation, subresource: subresource, object: wanted, old: old,
        isDryRun: dryRun)
      try await hook?.prepare(&write)
      let errors = check(&write.object, old ?? .null)
      if !errors.isEmpty {
        await hook?.settle(write, .abandoned)
        throw APIStatus.invalid(kind.resource, name: name, errors)
      }
      if dryRun {
        await hook?.settle(write, .abandoned)
        return write.object
      }
      let own = condition(name, old)
      let change: StoreTransaction.Write =
        operation == .delete
        ? .delete(key: key(name)) : .put(key: key(name), value: Self.bytes(write.object))
      let result = try await store.commit(
        StoreTransaction(
          conditions: [own] + write.conditions, writes: [change] + write.writes))
      switch result {
      case .committed(let revision):
        await hook?.settle(write, .committed(revision))
        write.object.setRevision(revision)
        return write.object
      case .conflict(let condition, let current):
        await hook?.settle(write, .conflict(condition, current: current))
        if condition != own { continue }
        throw operation == .create
          ? APIStatus.alreadyExists(kind.resource, name: name)
          : APIStatus.conflict(kind.resource, name: name, "the object has been modified")
      }
    }
  }

  private func condition(_ name: String, _ old: JSON?) -> StoreTransaction.Condition {
    guard let old, let revision = UInt64(old.member("metadata").text("resourceVersion")) else {
      return .absent(key: key(name))
    }
    return .unchanged(key: key(name), since: Revision(rawValue: revision))
  }

  func key(_ name: String) -> String { "\(kind.storagePrefix)/\(namespace)/\(name)" }

  private func decoded(_ body: JSON) throws -> JSON {
    var object = try SchemaDecoder.decode(body, as: kind.schema).value
    kind.schema.applyDefaults(to: &object)
    return object
  }

  private static func object(_ stored: StoredObject) throws -> JSON {
    var object = try JSON(parsing: stored.value)
    object.setRevision(stored.modRevision)
    return object
  }

  private static func bytes(_ object: JSON) -> [UInt8] {
    var object = object
    var metadata = object["metadata"] ?? [:]
    metadata["resourceVersion"] = nil
    object["metadata"] = metadata
    return object.encoded()
  }
}

extension JSON {
  fileprivate mutating func setRevision(_ revision: Revision) {
    var metadata = self["metadata"] ?? [:]
    metadata["resourceVersion"] = .string(revision.description)
    self["metadata"] = metadata
  }

  fileprivate func merged(with patch: JSON) -> JSON {
    guard case .object(let changes) = patch else { return patch }
    var result = object ?? JSONObject()
    for change in changes {
      result[change.key] =
        change.value == .null
        ? nil : (result[change.key] ?? .null).merged(with: change.value)
    }
    return .object(result)
  }
}
