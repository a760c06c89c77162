import JSONTree
package import KubernetesAPI
import Logging
package import ObjectStore

extension ServiceAllocator {
  /// What a comparison of Services with allocations found and put right.
  package struct Repairs: Sendable, Equatable {
    /// Keys that were missing.
    package var added: [AllocationKey] = []
    /// Keys that belonged to no Service.
    package var removed: [AllocationKey] = []
    /// Keys that named another Service than the one that has the address or port.
    package var corrected: [AllocationKey] = []
    /// Addresses and ports that more than one Service has; the oldest Service keeps the key. A
    /// person must change the others.
    package var contested: [AllocationKey] = []
    /// Services that lacked members current servers store.
    package var completed: [ObjectKey] = []

    package init() {}

    package var isEmpty: Bool { self == Repairs() }
  }

  private static let servicePrefix = "/registry/services/specs/"

  /// Compares the Services with the keys that hold their addresses and ports, puts the keys right
  /// and learns what is taken. Called before the first Service is written; every repair is logged.
  ///
  /// There is nothing to repair in a store that only Rollcall has written. There is after one was
  /// restored from elsewhere: a kube-apiserver keeps its node ports differently, and can leave
  /// addresses behind when it dies between two writes.
  @discardableResult
  package func reconcile() async throws(StoreError) -> Repairs {
    var repairs = Repairs()
    var owners: [AllocationKey: ObjectKey] = [:]
    var knowsAll = true
    let services = try await store.list(
      prefix: Self.servicePrefix, startingAt: nil, limit: 0, at: nil)
    for stored in services.objects.sorted(by: { $0.createRevision < $1.createRevision }) {
      guard var object = try? JSON(parsing: stored.value) else {
        knowsAll = false
        log.error("Service cannot be read", metadata: ["key": "\(stored.key)"])
        continue
      }
      try await complete(&object, stored, &repairs)
      let service = ServiceFields(object)
      let owner = ObjectKey(namespace: service.namespace, name: service.name)
      for key in service.allocations {
        guard let other = owners[key] else {
          owners[key] = owner
          continue
        }
        repairs.contested.append(key)
        log.error(
          "two Services have the same allocation",
          metadata: [
            "key": "\(key.storeKey)", "service": "\(owner)", "keeper": "\(other)",
          ])
      }
    }
    var held: Set<AllocationKey> = []
    for prefix in [AllocationKey.addressPrefix, AllocationKey.nodePortPrefix] {
      let page = try await store.list(prefix: prefix, startingAt: nil, limit: 0, at: nil)
      for stored in page.objects {
        guard let key = AllocationKey(stored.key) else { continue }
        held.insert(key)
        let isGone = try await check(
          stored, key, owner: owners[key], mayRemove: knowsAll, &repairs)
        if isGone { held.remove(key) }
      }
    }
    for (key, owner) in owners.sorted(by: { $0.key.storeKey < $1.key.storeKey })
    where !held.contains(key) {
      if try await add(key, owner, &repairs) { held.insert(key) }
    }
    note(held)
    return repairs
  }

  /// Writes members that current servers store and this one expects to find.
  private func complete(
    _ object: inout JSON, _ stored: StoredObject, _ repairs: inout Repairs
  ) async throws(StoreError) {
    var service = ServiceFields(object)
    guard service.fillInWhatOldServersLeftOut(network) else { return }
    object["spec"] = service.spec
    let result = try await store.commit(
      StoreTransaction(
        conditions: [.unchanged(key: stored.key, since: stored.modRevision)],
        writes: [.put(key: stored.key, value: object.encoded())]))
    guard case .committed = result else { return }
    let owner = ObjectKey(namespace: service.namespace, name: service.name)
    repairs.completed.append(owner)
    log.notice("completed a Service of an older server", metadata: ["service": "\(owner)"])
  }

  /// Removes or corrects one key.
  ///
  /// - Returns: whether the key is gone.
  private func check(
    _ stored: StoredObject, _ key: AllocationKey, owner: ObjectKey?, mayRemove: Bool,
    _ repairs: inout Repairs
  ) async throws(StoreError) -> Bool {
    guard let record = AllocationRecord(stored.value, of: key), record.owner != owner else {
      return false
    }
    let condition = StoreTransaction.Condition.unchanged(
      key: stored.key, since: stored.modRevision)
    let metadata: Logger.Metadata = [
      "key": "\(stored.key)", "named": "\(record.owner)",
      "service": "\(owner?.description ?? "none")",
    ]
    guard let owner else {
      guard mayRemove else { return false }
      let result = try await store.commit(
        StoreTransaction(conditions: [condition], writes: [.delete(key: stored.key)]))
      guard case .committed = result else { return false }
      repairs.removed.append(key)
      log.notice("removed an allocation without a Service", metadata: metadata)
      return true
    }
    let value = AllocationRecord(owner: owner).value(of: key, uid: makeUID(), now: now())
    let result = try await store.commit(
      StoreTransaction(conditions: [condition], writes: [.put(key: stored.key, value: value)]))
    if case .committed = result {
      repairs.corrected.append(key)
      log.notice("corrected the owner of an allocation", metadata: metadata)
    }
    return false
  }

  private func add(
    _ key: AllocationKey, _ owner: ObjectKey, _ repairs: inout Repairs
  ) async throws(StoreError) -> Bool {
    let value = AllocationRecord(owner: owner).value(of: key, uid: makeUID(), now: now())
    let result = try await store.commit(
      StoreTransaction(
        conditions: [.absent(key: key.storeKey)],
        writes: [.put(key: key.storeKey, value: value)]))
    guard case .committed = result else { return true }
    repairs.added.append(key)
    log.notice(
      "added a missing allocation",
      metadata: ["key": "\(key.storeKey)", "service": "\(owner)"])
    return true
  }
}
