import KubernetesAPI

/// The addresses of Pods, for the names that spell them. Pods on one node's network share its
/// addresses, so that each is counted.
struct PodAddresses {
  /// An address within a namespace: what one name is for.
  private struct Place: Hashable {
    var namespace: String
    var address: IPAddress
  }

  private struct Entry {
    var pods = 0
    var blob: AnswerBlob?
  }

  /// Whether names are wanted at all.
  private let isKept: Bool
  private var addresses: [ObjectKey: [IPAddress]] = [:]
  private var entries: [Place: Entry] = [:]
  private var changed: Set<Place> = []

  init(isKept: Bool) { self.isKept = isKept }

  var hasChanges: Bool { !changed.isEmpty }

  var all: [(key: ObjectKey, addresses: [IPAddress])] {
    addresses.map { (key: $0.key, addresses: $0.value) }
  }

  /// Sets the addresses of a Pod, none if it is gone. Returns whether that changed anything.
  mutating func set(_ key: ObjectKey, _ new: [IPAddress]) -> Bool {
    guard isKept else { return false }
    let old = addresses[key] ?? []
    guard old != new else { return false }
    addresses[key] = new.isEmpty ? nil : new
    for address in Set(old) { count(Place(namespace: key.namespace, address: address), -1) }
    for address in Set(new) { count(Place(namespace: key.namespace, address: address), 1) }
    return true
  }

  private mutating func count(_ place: Place, _ difference: Int) {
    entries[place, default: Entry()].pods += difference
    changed.insert(place)
  }

  /// Puts the changes into the index; returns by how many names each namespace differs.
  mutating func applyChanges(_ names: NamespaceNames, _ edit: inout IndexEdit) -> [String: Int] {
    var differences: [String: Int] = [:]
    for place in changed {
      guard var entry = entries[place] else { continue }
      let isNeeded = entry.pods > 0
      if isNeeded != (entry.blob != nil) {
        let new =
          isNeeded ? names.blob(address: place.address, namespace: place.namespace) : nil
        edit.replace(entry.blob, with: new)
        differences[place.namespace, default: 0] +=
          (new == nil ? 0 : 1) - (entry.blob == nil ? 0 : 1)
        entry.blob = new
      }
      entries[place] = isNeeded ? entry : nil
    }
    changed = []
    return differences
  }
}
