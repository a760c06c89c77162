import JSONTree
package import KubernetesAPI
package import Logging
package import ObjectStore
private import Synchronization

/// Gives Services their cluster IPs and node ports, in the transactions that write the Services.
///
/// An address or a port is taken by creating its key (`AllocationKey`) under the condition that it
/// is absent, so that no two writers get the same one, whatever they believed when they began, and
/// so that a crash between the two is impossible. What is kept in memory only says where to look:
/// it may be out of date where several servers share a store, and is put right by conflicts, by
/// commits, and from the store before a range is declared full.
package final class ServiceAllocator: TransactionHook {
  package let network: ServiceNetwork
  let store: any ObjectStore
  let log: Logger
  let now: @Sendable () -> Timestamp
  let makeUID: @Sendable () -> String
  private let random: @Sendable (_ below: UInt64) -> UInt64
  private let pools: Mutex<AllocationPools>

  /// - Parameters:
  ///   - now: the creation time of new IPAddress objects.
  ///   - makeUID: an identifier that was never given to any object.
  ///   - random: a number below the one given, by which dynamic allocations are spread.
  package init(
    network: ServiceNetwork, store: any ObjectStore, log: Logger,
    now: @escaping @Sendable () -> Timestamp, makeUID: @escaping @Sendable () -> String,
    random: @escaping @Sendable (_ below: UInt64) -> UInt64 = { UInt64.random(in: 0..<$0) }
  ) {
    self.network = network
    self.store = store
    self.log = log
    self.now = now
    self.makeUID = makeUID
    self.random = random
    pools = Mutex(AllocationPools(network))
  }

  // MARK: The hook

  package func prepare(_ write: inout PendingWrite) async throws(APIStatus) {
    switch write.operation {
    case .create:
      try await complete(&write) { (service, plan) async throws(APIStatus) in
        service.synchronizeAddresses(old: nil)
        try self.fillInFamilies(&service, old: nil)
        try await self.allocateAddresses(&service, in: &plan)
        try await self.allocateNodePorts(&service, in: &plan)
        if service.needsHealthCheckNodePort {
          try await self.allocateHealthCheckNodePort(&service, in: &plan)
        }
      }
    case .update:
      // The status of a Service neither needs nor frees anything.
      guard write.subresource == nil, let stored = write.old else { return }
      try await completeUpdate(&write, old: stored)
    case .delete:
      let stored = write.old ?? write.object
      if write.subresource == nil, write.object["spec"] != stored["spec"] {
        // An update that takes the last finalizer is still an update to its client.
        var update = write
        update.isDryRun = true
        try await completeUpdate(&update, old: stored)
        write.object = update.object
      }
      let service = ServiceFields(stored)
      for key in service.allocations { write.writes.append(.delete(key: key.storeKey)) }
      try await deleteEndpoints(of: service, in: &write)
    }
  }

  private func completeUpdate(
    _ write: inout PendingWrite, old stored: JSON
  ) async throws(APIStatus) {
    var old = ServiceFields(stored)
    old.fillInWhatOldServersLeftOut(network)
    try await complete(&write) { (service, plan) async throws(APIStatus) in
      service.keepAllocatedValues(of: old)
      service.synchronizeAddresses(old: old)
      try self.fillInFamilies(&service, old: old)
      try await self.updateAddresses(&service, old: old, in: &plan)
      try await self.updateNodePorts(&service, old: old, in: &plan)
    }
  }

  /// Works out an object and what it allocates; where that fails, what was set aside is given back.
  private func complete(
    _ write: inout PendingWrite,
    _ body: (inout ServiceFields, inout AllocationPlan) async throws(APIStatus) -> Void
  ) async throws(APIStatus) {
    var service = ServiceFields(write.object)
    var plan = AllocationPlan()
    do throws(APIStatus) {
      try await body(&service, &plan)
    } catch {
      giveBack(plan.taken)
      throw error
    }
    // What means nothing for an ExternalName must be right but is never shown. A kube-apiserver
    // stores it hidden all the same, and it counts again when the type changes; not so here.
    if service.isExternalName,
      ["Cluster", "Local"].contains(service.spec.text("internalTrafficPolicy"))
    {
      service.spec["internalTrafficPolicy"] = nil
    }
    write.object["spec"] = service.spec
    guard !write.isDryRun else { return giveBack(plan.taken) }
    let record = AllocationRecord(
      owner: ObjectKey(namespace: service.namespace, name: service.name))
    for key in plan.taken {
      write.conditions.append(.absent(key: key.storeKey))
      write.writes.append(
        .put(key: key.storeKey, value: record.value(of: key, uid: makeUID(), now: now())))
    }
    for key in plan.released { write.writes.append(.delete(key: key.storeKey)) }
  }

  /// A Service takes its Endpoints object along, so that a namesake does not begin with its
  /// predecessor's addresses; slices leave by their owner reference.
  private func deleteEndpoints(
    of service: ServiceFields, in write: inout PendingWrite
  ) async throws(APIStatus) {
    let key = "/registry/services/endpoints/\(service.namespace)/\(service.name)"
    guard let stored = try await read(key) else { return }
    let finalizers = (try? JSON(parsing: stored.value))?.member("metadata").items("finalizers")
    if finalizers == [] { write.writes.append(.delete(key: key)) }
  }

  package func settle(_ write: PendingWrite, _ outcome: PendingWrite.Outcome) async {
    var taken: [AllocationKey] = []
    var released: [AllocationKey] = []
    for write in write.writes {
      switch write {
      case .put(let key, _): AllocationKey(key).map { taken.append($0) }
      case .delete(let key): AllocationKey(key).map { released.append($0) }
      }
    }
    pools.withLock { pools in
      switch outcome {
      case .committed:
        for key in taken { pools.insert(key) }
        for key in released { pools.remove(key) }
      case .abandoned:
        for key in taken { pools.remove(key) }
      case .conflict(let condition, _):
        for key in taken { pools.remove(key) }
        // Somebody else has it: not to be tried again.
        if let key = AllocationKey(condition.key) { pools.insert(key) }
      }
    }
  }

  // MARK: What is believed to be taken

  func giveBack(_ keys: some Sequence<AllocationKey>) {
    pools.withLock { pools in for key in keys { pools.remove(key) } }
  }

  /// Begins anew with what the store holds.
  func note(_ keys: some Sequence<AllocationKey>) {
    pools.withLock { pools in
      pools = AllocationPools(network)
      for key in keys { pools.insert(key) }
    }
  }

  /// An address believed to be free, looking into the store once before giving up.
  func takeAddress(of family: IPAddress.Family) async throws(APIStatus) -> IPAddress? {
    if let address = tryAddress(of: family) { return address }
    try await refresh(AllocationKey.addressPrefix)
    return tryAddress(of: family)
  }

  /// A node port believed to be free, looking into the store once before giving up.
  func takeNodePort() async throws(APIStatus) -> UInt64? {
    if let port = pools.withLock({ $0.nodePorts.take(random: random) }) { return port }
    try await refresh(AllocationKey.nodePortPrefix)
    return pools.withLock { $0.nodePorts.take(random: random) }
  }

  private func tryAddress(of family: IPAddress.Family) -> IPAddress? {
    guard let range = network.range(of: family) else { return nil }
    let number = pools.withLock { pools in pools.addresses[family]?.take(random: random) }
    return number.map { range.address($0) }
  }

  /// Whether a key is in the store, whoever put it there.
  func isTaken(_ key: AllocationKey) async throws(APIStatus) -> Bool {
    try await read(key.storeKey) != nil
  }

  private func read(_ key: String) async throws(APIStatus) -> StoredObject? {
    do throws(StoreError) {
      return try await store.get(key)
    } catch {
      throw .internalError(error.message)
    }
  }

  private func refresh(_ prefix: String) async throws(APIStatus) {
    let page: StorePage
    do throws(StoreError) {
      page = try await store.list(prefix: prefix, startingAt: nil, limit: 0, at: nil)
    } catch {
      throw .internalError(error.message)
    }
    pools.withLock { pools in
      pools.forget(prefix: prefix)
      for object in page.objects { AllocationKey(object.key).map { pools.insert($0) } }
    }
  }
}

/// What one write takes and releases.
struct AllocationPlan: Sendable {
  private(set) var taken: [AllocationKey] = []
  private(set) var released: [AllocationKey] = []

  func takes(_ key: AllocationKey) -> Bool { taken.contains(key) }

  mutating func take(_ key: AllocationKey) { taken.append(key) }

  mutating func release(_ key: AllocationKey) {
    if !released.contains(key) { released.append(key) }
  }
}

/// The pools of every range.
private struct AllocationPools: Sendable {
  let network: ServiceNetwork
  var addresses: [IPAddress.Family: NumberPool] = [:]
  var nodePorts: NumberPool

  init(_ network: ServiceNetwork) {
    self.network = network
    for range in network.ranges { addresses[range.family] = NumberPool(range.bands) }
    nodePorts = NumberPool(network.nodePorts.bands)
  }

  mutating func insert(_ key: AllocationKey) {
    switch key {
    case .nodePort(let port): nodePorts.insert(port)
    case .address(let address):
      if let number = network.range(of: address.family)?.number(of: address) {
        addresses[address.family]?.insert(number)
      }
    }
  }

  mutating func remove(_ key: AllocationKey) {
    switch key {
    case .nodePort(let port): nodePorts.remove(port)
    case .address(let address):
      if let number = network.range(of: address.family)?.number(of: address) {
        addresses[address.family]?.remove(number)
      }
    }
  }

  mutating func forget(prefix: String) {
    if prefix == AllocationKey.nodePortPrefix {
      nodePorts.removeAll()
    } else {
      for family in addresses.keys { addresses[family]?.removeAll() }
    }
  }
}
