import KubernetesAPI

/// The objects of the cluster as names need them, and the index made of them.
///
/// A change marks the Service it concerns; `snapshot` rebuilds the answers of marked Services only
/// and gives all their changes to readers at once. Slices of one Service are merged before, so an
/// endpoint that is in two slices while it moves has its names throughout.
struct ZoneBuilder {
  struct Entry {
    var record: ServiceRecord?
    /// By the name of the slice.
    var slices: [String: SliceRecord] = [:]
    /// The names now in the index.
    var names: ServiceNames.Result?
  }

  struct NamespaceEntry {
    /// Services with names, and addresses of Pods with names.
    var members = 0
    /// The Namespace object is known.
    var exists = false
    var blob: AnswerBlob?
  }

  private let configuration: ZoneConfiguration
  private let serviceNames: ServiceNames
  private let namespaceNames: NamespaceNames
  private let systemNames: SystemNames
  private let hash: NameHash
  private(set) var entries: [ObjectKey: Entry] = [:]
  /// Which Service a slice was last counted to.
  private var servicesOfSlices: [ObjectKey: ObjectKey] = [:]
  private(set) var namespaces: [String: NamespaceEntry] = [:]
  private(set) var pods: PodAddresses
  private var askers: PodNamespaces
  private(set) var hosts = HostsIndex.empty
  private var hostsChanged = false
  private var expected = ExpectedNames()
  private var systemBlob: AnswerBlob?
  private var nameServers: [IPAddress] = []
  private var changedServices: Set<ObjectKey> = []
  private var changedNamespaces: Set<String> = []
  /// The highest resourceVersion at which names changed, or lists were taken: replicas that have
  /// seen the same changes have the same serial, and none that starts anew goes back.
  private(set) var revision: UInt64 = 0
  /// What was restored and has not been told again since.
  private var restored: Restored?
  private var names = IndexTable.empty
  private var addresses = IndexTable.empty
  private var askerTable = IndexTable.empty

  private let age: ViewAge

  init(_ configuration: ZoneConfiguration, hash: NameHash, age: ViewAge = ViewAge()) {
    self.configuration = configuration
    self.hash = hash
    self.age = age
    serviceNames = ServiceNames(configuration)
    namespaceNames = NamespaceNames(configuration)
    systemNames = SystemNames(configuration)
    pods = PodAddresses(isKept: configuration.pods == .verified)
    askers = PodNamespaces(isKept: configuration.knowsAskers)
  }

  /// Whether a snapshot would differ from the last.
  var hasChanges: Bool {
    !changedServices.isEmpty || !changedNamespaces.isEmpty || pods.hasChanges
      || askers.hasChanges || hostsChanged || systemBlob == nil || nameServers != currentNameServers
  }

  mutating func apply(_ change: ZoneChange) {
    switch change {
    case .service(let service):
      restored?.services.remove(service.key)
      setService(service.key, ServiceRecord(service), service.metadata.revision)
    case .deleteService(let key, let revision): setService(key, nil, revision)
    case .slice(let slice):
      restored?.slices.remove(slice.key)
      replaceSlice(slice.key, with: SliceRecord(slice), slice.metadata.revision)
    case .deleteSlice(let key, let revision): replaceSlice(key, with: nil, revision)
    case .namespace(let name, let revision):
      restored?.namespaces.remove(name)
      setNamespace(name, exists: true, revision)
    case .deleteNamespace(let name, let revision): setNamespace(name, exists: false, revision)
    case .pod(let pod, let revision):
      restored?.pods.remove(pod.key)
      if pods.set(pod.key, pod.addresses) { see(revision) }
      askers.set(pod.key, pod.addresses, usesHostNetwork: pod.usesHostNetwork)
      changedServices.formUnion(expected.set(.pod(pod.key), pod.claim))
    case .deletePod(let key, let revision):
      if pods.set(key, []) { see(revision) }
      askers.set(key, [], usesHostNetwork: false)
      changedServices.formUnion(expected.set(.pod(key), nil))
    case .statefulSet(let set):
      changedServices.formUnion(expected.set(.statefulSet(set.key), set.claim))
    case .deleteStatefulSet(let key):
      changedServices.formUnion(expected.set(.statefulSet(key), nil))
    }
  }

  /// Replaces the operator's own names.
  mutating func setHosts(_ configuration: HostsConfiguration, _ entries: [HostsEntry]) {
    hosts = HostsIndex(configuration, entries: entries, hash: hash)
    hostsChanged = true
  }

  /// Notes that everything up to a resourceVersion is in the zone.
  mutating func see(_ revision: UInt64) { self.revision = max(self.revision, revision) }

  mutating func setService(_ key: ObjectKey, _ record: ServiceRecord?, _ revision: UInt64) {
    guard entries[key]?.record != record else { return }
    entries[key, default: Entry()].record = record
    changedServices.insert(key)
    see(revision)
  }

  mutating func replaceSlice(_ key: ObjectKey, with record: SliceRecord?, _ revision: UInt64) {
    if let old = servicesOfSlices[key], old != record?.service {
      servicesOfSlices[key] = nil
      entries[old]?.slices[key.name] = nil
      changedServices.insert(old)
      see(revision)
    }
    guard let record, entries[record.service]?.slices[key.name] != record else { return }
    servicesOfSlices[key] = record.service
    entries[record.service, default: Entry()].slices[key.name] = record
    changedServices.insert(record.service)
    see(revision)
  }

  mutating func setNamespace(_ name: String, exists: Bool, _ revision: UInt64) {
    guard (namespaces[name]?.exists ?? false) != exists else { return }
    namespaces[name, default: NamespaceEntry()].exists = exists
    changedNamespaces.insert(name)
    see(revision)
  }

  private var currentNameServers: [IPAddress] {
    if case .cluster(let addresses) = entries[configuration.nameServerService]?.record?.kind {
      return addresses
    }
    return configuration.nameServers
  }

  /// The index with all changes so far.
  mutating func snapshot(isReady: Bool) -> IndexSnapshot {
    var edit = IndexEdit(hash: hash)
    for key in changedServices { rebuild(key, &edit) }
    for (name, difference) in pods.applyChanges(namespaceNames, &edit) where difference != 0 {
      namespaces[name, default: NamespaceEntry()].members += difference
      changedNamespaces.insert(name)
    }
    for name in changedNamespaces { rebuild(namespace: name, &edit) }
    changedServices = []
    changedNamespaces = []
    if systemBlob == nil || nameServers != currentNameServers {
      nameServers = currentNameServers
      let blob = systemNames.blob(nameServers: nameServers)
      edit.replace(systemBlob, with: blob)
      systemBlob = blob
    }
    names = names.applying(edit.names)
    addresses = addresses.applying(edit.addresses)
    askerTable = askerTable.applying(askers.takeChanges(hash))
    hostsChanged = false
    return IndexSnapshot(
      names: names, addresses: addresses, askers: askerTable, hosts: hosts,
      authority: systemNames.authority(serial: UInt32(truncatingIfNeeded: revision)),
      hash: hash, isReady: isReady, age: age)
  }

  private mutating func rebuild(_ key: ObjectKey, _ edit: inout IndexEdit) {
    guard let entry = entries[key] else { return }
    let old = entry.names
    let new = entry.record.flatMap {
      serviceNames.names(
        of: key, $0, slices: entry.slices.sorted { $0.key < $1.key }.map(\.value),
        expected: expected.hostnames(of: key))
    }
    if entry.record == nil, entry.slices.isEmpty {
      entries[key] = nil
    }
    if let old, let new, old.blob.hasSameNodes(as: new.blob) { return }
    entries[key]?.names = new
    edit.replace(old?.blob, with: new?.blob)
    let difference = (new?.exists == true ? 1 : 0) - (old?.exists == true ? 1 : 0)
    if difference != 0 {
      namespaces[key.namespace, default: NamespaceEntry()].members += difference
      changedNamespaces.insert(key.namespace)
    }
  }

  private mutating func rebuild(namespace name: String, _ edit: inout IndexEdit) {
    guard var entry = namespaces[name] else { return }
    let isNeeded = entry.exists || entry.members > 0
    if isNeeded != (entry.blob != nil) {
      let new = isNeeded ? namespaceNames.blob(namespace: name) : nil
      edit.replace(entry.blob, with: new)
      entry.blob = new
    }
    namespaces[name] = isNeeded ? entry : nil
  }
}

// What was known before, until it is told anew.
extension ZoneBuilder {
  /// The keys of restored objects that have not been told again.
  struct Restored {
    var services: Set<ObjectKey> = []
    var slices: Set<ObjectKey> = []
    var namespaces: Set<String> = []
    var pods: Set<ObjectKey> = []
  }

  /// Puts in what an earlier process knew.
  mutating func restore(_ saved: SavedZone) {
    var restored = Restored()
    for (key, record) in saved.services {
      setService(key, record, saved.revision)
      restored.services.insert(key)
    }
    for (key, record) in saved.slices {
      replaceSlice(key, with: record, saved.revision)
      restored.slices.insert(key)
    }
    for name in saved.namespaces {
      setNamespace(name, exists: true, saved.revision)
      restored.namespaces.insert(name)
    }
    for (key, addresses) in saved.pods where pods.set(key, addresses) {
      restored.pods.insert(key)
    }
    see(saved.revision)
    self.restored = restored
  }

  /// Takes out what was restored and has not been told again: everything that exists has been.
  ///
  /// - Parameter revision: of the lists that told it.
  mutating func dropStale(namespacesAreKnown areKnown: Bool, revision: UInt64) {
    guard let stale = restored else { return }
    for key in stale.services { setService(key, nil, revision) }
    for key in stale.slices { replaceSlice(key, with: nil, revision) }
    for key in stale.pods where pods.set(key, []) { see(revision) }
    if areKnown {
      for name in stale.namespaces { setNamespace(name, exists: false, revision) }
      restored = nil
    } else {
      restored = Restored(namespaces: stale.namespaces)
    }
  }

  /// Everything that is known, to be restored by a later process.
  var saved: SavedZone {
    var saved = SavedZone(revision: revision)
    for (key, entry) in entries {
      if let record = entry.record { saved.services.append((key, record)) }
      for (name, record) in entry.slices {
        saved.slices.append((ObjectKey(namespace: key.namespace, name: name), record))
      }
    }
    saved.pods = pods.all
    saved.namespaces = namespaces.filter(\.value.exists).map(\.key)
    return saved
  }
}

extension ObjectMeta {
  /// The resourceVersion as the number it is on every server known; 0 if it is none.
  var revision: UInt64 { UInt64(resourceVersion) ?? 0 }
}
