import JSONTree
import KubernetesAPI
import ObjectStore

extension Resource {
  /// What an attempt to write came to.
  enum Attempt: Sendable {
    case written(CachedObject)
    /// The object itself is not as it was: what there is instead.
    case changed(CachedObject?)
    /// Something the write depends on changed; begin again.
    case again
  }

  /// A write its hooks have completed.
  struct PreparedWrite: Sendable {
    var write: PendingWrite
    /// As each hook left it, for `settle`.
    fileprivate var stages: [PendingWrite] = []

    /// Before any hook has seen it.
    init(_ write: PendingWrite) { self.write = write }
  }

  /// Lets the kind's hooks complete a write.
  func prepare(_ write: PendingWrite) async throws(APIStatus) -> PreparedWrite {
    var prepared = PreparedWrite(write)
    for hook in hooks {
      do throws(APIStatus) {
        try await hook.prepare(&prepared.write)
        prepared.stages.append(prepared.write)
      } catch {
        await settle(prepared, .abandoned)
        throw error
      }
    }
    return prepared
  }

  /// Tells the hooks what became of a write they prepared.
  func settle(_ prepared: PreparedWrite, _ outcome: PendingWrite.Outcome) async {
    for (hook, write) in zip(hooks, prepared.stages) { await hook.settle(write, outcome) }
  }

  /// Runs what happens between the hooks' `prepare` and the commit, and settles if it fails.
  func settlingFailure<Result: Sendable>(
    of prepared: PreparedWrite, _ body: () throws(APIStatus) -> Result
  ) async throws(APIStatus) -> Result {
    do throws(APIStatus) {
      return try body()
    } catch {
      await settle(prepared, .abandoned)
      throw error
    }
  }

  /// Commits an object together with what its hooks added. Settles.
  ///
  /// - Parameters:
  ///   - condition: what must hold of the object's own key.
  ///   - others: further conditions, of the server's own.
  func put(
    _ object: JSON, key: String, if condition: StoreTransaction.Condition,
    and others: [StoreTransaction.Condition] = [], prepared: PreparedWrite
  ) async throws(APIStatus) -> Attempt {
    let stored = cache.encoding.encoded(object)
    let extract = ObjectExtract(object, kind: kind)
    if prepared.write.isDryRun {
      await settle(prepared, .abandoned)
      let version = object[path: "metadata", "resourceVersion"]?.string ?? ""
      let revision = Revision(rawValue: UInt64(version) ?? 0)
      return .written(
        cache.object(key: key, stored: stored, revision: revision, extract: extract))
    }
    let value = cache.storedValue(of: object, served: stored)
    cache.announce(key: key, value: value, extract: extract)
    let transaction = StoreTransaction(
      conditions: [condition] + others + prepared.write.conditions,
      writes: [.put(key: cache.prefix + key, value: value)] + prepared.write.writes)
    switch try await commit(transaction, prepared) {
    case .committed(let revision):
      return .written(
        cache.object(key: key, stored: stored, revision: revision, extract: extract))
    case .conflict(let failed, let current):
      cache.withdraw(key: key)
      return failed == condition ? .changed(current.flatMap(self.object(_:))) : .again
    }
  }

  /// Removes an object together with what its hooks added. Settles.
  ///
  /// - Returns: where written, the object's last state as the deletion's event shows it.
  func remove(
    _ object: CachedObject, prepared: PreparedWrite
  ) async throws(APIStatus) -> Attempt {
    if prepared.write.isDryRun {
      await settle(prepared, .abandoned)
      return .written(object)
    }
    let key = cache.prefix + object.key
    let condition = StoreTransaction.Condition.unchanged(key: key, since: object.revision)
    let transaction = StoreTransaction(
      conditions: [condition] + prepared.write.conditions,
      writes: [.delete(key: key)] + prepared.write.writes)
    switch try await commit(transaction, prepared) {
    case .committed(let revision):
      return .written(object.reissued(at: revision, encoding: cache.encoding))
    case .conflict(let failed, let current):
      return failed == condition ? .changed(current.flatMap(self.object(_:))) : .again
    }
  }

  private func commit(
    _ transaction: StoreTransaction, _ prepared: PreparedWrite
  ) async throws(APIStatus) -> CommitResult {
    let result: CommitResult
    do throws(APIStatus) {
      result = try await core.commit(transaction)
    } catch {
      await settle(prepared, .abandoned)
      throw error
    }
    switch result {
    case .committed(let revision): await settle(prepared, .committed(revision))
    case .conflict(let condition, let current):
      await settle(prepared, .conflict(condition, current: current))
    }
    return result
  }
}

extension APIStatus {
  /// 409 for a write based on a state that is no longer current.
  static func modified(_ resource: ResourceType, name: String) -> APIStatus {
    conflict(
      resource, name: name,
      "the object has been modified; please apply your changes to the latest version and try again"
    )
  }
}
