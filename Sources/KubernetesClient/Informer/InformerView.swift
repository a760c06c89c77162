import KubernetesAPI

/// What an informer knows: the objects (or only their versions), found by key and by index.
///
/// A list is applied item by item, as changes against what is known; only what the list does not
/// name at its end goes.
struct InformerView<Object: KubernetesObject>: Sendable {
  private struct Entry {
    /// Nil where the informer keeps no objects.
    var object: Object?
    var resourceVersion: String
    /// The list that named the object last.
    var generation: UInt32
  }

  private let keepsObjects: Bool
  private let indexers: [String: @Sendable (Object) -> [String]]
  private var entries: [ObjectKey: Entry] = [:]
  private var indexes: [String: [String: Set<ObjectKey>]] = [:]
  private var generation: UInt32 = 0

  init(options: InformerOptions<Object>) {
    keepsObjects = options.keeping == .objects
    indexers = keepsObjects ? options.indexes : [:]
  }

  var count: Int { entries.count }

  func object(_ key: ObjectKey) -> Object? { entries[key]?.object }

  var objects: [Object] { entries.values.compactMap(\.object) }

  func objects(index: String, value: String) -> [Object] {
    (indexes[index]?[value] ?? []).compactMap { entries[$0]?.object }
  }

  /// Notes that an object is as given; nil if that was known.
  mutating func apply(_ object: Object) -> InformerEvent<Object>? {
    let key = object.key
    let version = object.metadata.resourceVersion
    let known = entries[key]
    if let known, known.resourceVersion == version, !version.isEmpty {
      entries[key]?.generation = generation
      return nil
    }
    if let old = known?.object { removeFromIndexes(old, key) }
    entries[key] = Entry(
      object: keepsObjects ? object : nil, resourceVersion: version, generation: generation)
    addToIndexes(object, key)
    return known == nil ? .added(object) : .updated(old: known?.object, new: object)
  }

  /// Notes that an object is gone; nil if it was not known.
  mutating func remove(_ key: ObjectKey, last: Object?) -> InformerEvent<Object>? {
    guard let entry = entries.removeValue(forKey: key) else { return nil }
    if let object = entry.object { removeFromIndexes(object, key) }
    return .deleted(key, last: last ?? entry.object)
  }

  /// Begins a list: every object must be named again before `endList`.
  mutating func beginList() { generation &+= 1 }

  /// Ends a list: what it did not name is gone.
  mutating func endList() -> [InformerEvent<Object>] {
    let gone = entries.filter { $0.value.generation != generation }.map(\.key)
    return gone.compactMap { remove($0, last: nil) }
  }

  private mutating func addToIndexes(_ object: Object, _ key: ObjectKey) {
    for (name, values) in indexers {
      for value in values(object) { indexes[name, default: [:]][value, default: []].insert(key) }
    }
  }

  private mutating func removeFromIndexes(_ object: Object, _ key: ObjectKey) {
    for (name, values) in indexers {
      for value in values(object) {
        indexes[name]?[value]?.remove(key)
        if indexes[name]?[value]?.isEmpty == true { indexes[name]?[value] = nil }
      }
    }
  }
}
