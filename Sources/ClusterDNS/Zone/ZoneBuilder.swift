package import KubernetesAPI

/// One thing that happened to an object names depend on.
package enum ZoneChange: Sendable {
  case service(Service)
  case deleteService(ObjectKey)
  case slice(EndpointSlice)
  case deleteSlice(ObjectKey)
  /// A namespace exists, even if no Service in it has a name.
  case namespace(String)
  case deleteNamespace(String)
}

/// The objects of the cluster as names need them, and the index made of them.
///
/// A change marks the Service it concerns; `snapshot` rebuilds the answers of marked Services only
/// and gives all their changes to readers at once. Slices of one Service are merged before, so an
/// endpoint that is in two slices while it moves has its names throughout.
struct ZoneBuilder {
  private struct Entry {
    var record: ServiceRecord?
    /// By the name of the slice.
    var slices: [String: SliceRecord] = [:]
    /// The names now in the index.
    var blob: AnswerBlob?
  }

  private struct NamespaceEntry {
    /// Services with names.
    var services = 0
    /// The Namespace object is known.
    var exists = false
    var blob: AnswerBlob?
  }

  private let configuration: ZoneConfiguration
  private let serviceNames: ServiceNames
  private let systemNames: SystemNames
  private let hash: NameHash
  private var entries: [ObjectKey: Entry] = [:]
  /// Which Service a slice was last counted to.
  private var servicesOfSlices: [ObjectKey: ObjectKey] = [:]
  private var namespaces: [String: NamespaceEntry] = [:]
  private var systemBlob: AnswerBlob?
  private var nameServers: [IPAddress] = []
  private var changedServices: Set<ObjectKey> = []
  private var changedNamespaces: Set<String> = []
  /// The highest resourceVersion seen: replicas that have seen the same have the same serial.
  private var revision: UInt64 = 0
  private var names = IndexTable.empty
  private var addresses = IndexTable.empty

  init(_ configuration: ZoneConfiguration, hash: NameHash) {
    self.configuration = configuration
    self.hash = hash
    serviceNames = ServiceNames(configuration)
    systemNames = SystemNames(configuration)
  }

  /// Whether a snapshot would differ from the last.
  var hasChanges: Bool {
    !changedServices.isEmpty || !changedNamespaces.isEmpty || systemBlob == nil
      || nameServers != currentNameServers
  }

  mutating func apply(_ change: ZoneChange) {
    switch change {
    case .service(let service):
      see(service.metadata)
      let record = ServiceRecord(service)
      guard entries[service.key]?.record != record else { return }
      entries[service.key, default: Entry()].record = record
      changedServices.insert(service.key)
    case .deleteService(let key):
      guard entries[key]?.record != nil else { return }
      entries[key]?.record = nil
      changedServices.insert(key)
    case .slice(let slice):
      see(slice.metadata)
      replaceSlice(slice.key, with: SliceRecord(slice))
    case .deleteSlice(let key): replaceSlice(key, with: nil)
    case .namespace(let name): setNamespace(name, exists: true)
    case .deleteNamespace(let name): setNamespace(name, exists: false)
    }
  }

  private mutating func see(_ metadata: ObjectMeta) {
    if let number = UInt64(metadata.resourceVersion) { revision = max(revision, number) }
  }

  private mutating func replaceSlice(_ key: ObjectKey, with record: SliceRecord?) {
    if let old = servicesOfSlices[key], old != record?.service {
      servicesOfSlices[key] = nil
      entries[old]?.slices[key.name] = nil
      changedServices.insert(old)
    }
    guard let record, entries[record.service]?.slices[key.name] != record else { return }
    servicesOfSlices[key] = record.service
    entries[record.service, default: Entry()].slices[key.name] = record
    changedServices.insert(record.service)
  }

  private mutating func setNamespace(_ name: String, exists: Bool) {
    guard (namespaces[name]?.exists ?? false) != exists else { return }
    namespaces[name, default: NamespaceEntry()].exists = exists
    changedNamespaces.insert(name)
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
    return IndexSnapshot(
      names: names, addresses: addresses,
      authority: systemNames.authority(serial: UInt32(truncatingIfNeeded: revision)),
      hash: hash, isReady: isReady)
  }

  private mutating func rebuild(_ key: ObjectKey, _ edit: inout IndexEdit) {
    guard let entry = entries[key] else { return }
    let old = entry.blob
    let new = entry.record.flatMap {
      serviceNames.blob(key, $0, slices: entry.slices.sorted { $0.key < $1.key }.map(\.value))
    }
    if entry.record == nil, entry.slices.isEmpty {
      entries[key] = nil
    }
    if let old, let new, old.hasSameNodes(as: new) { return }
    entries[key]?.blob = new
    edit.replace(old, with: new)
    let difference = (new == nil ? 0 : 1) - (old == nil ? 0 : 1)
    if difference != 0 {
      namespaces[key.namespace, default: NamespaceEntry()].services += difference
      changedNamespaces.insert(key.namespace)
    }
  }

  private mutating func rebuild(namespace name: String, _ edit: inout IndexEdit) {
    guard var entry = namespaces[name] else { return }
    let isNeeded = entry.exists || entry.services > 0
    if isNeeded != (entry.blob != nil) {
      let new = isNeeded ? serviceNames.blob(namespace: name) : nil
      edit.replace(entry.blob, with: new)
      entry.blob = new
    }
    namespaces[name] = isNeeded ? entry : nil
  }
}
