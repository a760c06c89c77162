import DNSMessage
import KubernetesAPI

/// Whose address an address is, as far as that is certain: a search path may only be completed for
/// the Pod that has it.
///
/// A Pod on its node's network asks from the node's address, as do the node's own programs and
/// other such Pods, of any namespace: that is nobody's address. So is one that Pods of two
/// namespaces claim, as they do for a moment when an address is given to another Pod.
struct PodNamespaces {
  private struct Claim: Equatable {
    var addresses: [IPAddress]
    var usesHostNetwork: Bool
  }

  private struct Entry {
    /// Pods with the address, by namespace.
    var pods: [String: Int] = [:]
    var nodePods = 0
    var blob: AnswerBlob?
    /// The namespace in the blob.
    var told: String?

    /// The namespace of the address, if it is certain.
    var namespace: String? {
      guard nodePods == 0, pods.count == 1 else { return nil }
      return pods.keys.first
    }
  }

  private let isKept: Bool
  private var claims: [ObjectKey: Claim] = [:]
  private var entries: [IPAddress: Entry] = [:]
  private var changed: Set<IPAddress> = []

  init(isKept: Bool) { self.isKept = isKept }

  var hasChanges: Bool { !changed.isEmpty }

  /// Sets the addresses of a Pod, none if it is gone.
  mutating func set(_ key: ObjectKey, _ addresses: [IPAddress], usesHostNetwork: Bool) {
    guard isKept else { return }
    let new = Claim(addresses: addresses, usesHostNetwork: usesHostNetwork)
    let old = claims[key]
    guard old != new else { return }
    if let old { count(old, key.namespace, -1) }
    claims[key] = addresses.isEmpty ? nil : new
    count(new, key.namespace, 1)
  }

  private mutating func count(_ claim: Claim, _ namespace: String, _ difference: Int) {
    for address in Set(claim.addresses) {
      var entry = entries[address] ?? Entry()
      if claim.usesHostNetwork {
        entry.nodePods += difference
      } else {
        let pods = (entry.pods[namespace] ?? 0) + difference
        entry.pods[namespace] = pods > 0 ? pods : nil
      }
      entries[address] = entry
      changed.insert(address)
    }
  }

  /// The changes since the last time, for a table of addresses.
  mutating func takeChanges(_ hash: NameHash) -> IndexTableEdit {
    var edit = IndexTableEdit()
    for address in changed {
      guard var entry = entries[address] else { continue }
      let namespace = entry.namespace
      if namespace != entry.told {
        let key = Self.hash(address, hash)
        if let blob = entry.blob { edit.remove(blob, hash: key) }
        entry.blob = namespace.flatMap { Self.blob(address, $0) }
        if let blob = entry.blob {
          edit.add(blob, nodeOffset: blob.firstNodeOffset, hash: key)
        }
        entry.told = namespace
      }
      entries[address] = entry.pods.isEmpty && entry.nodePods <= 0 ? nil : entry
    }
    changed = []
    return edit
  }

  private static func hash(_ address: IPAddress, _ hash: NameHash) -> UInt64 {
    switch address {
    case .v4(let value): hash.hash(ofAddress: value)
    case .v6(let high, let low): hash.hash(ofAddressHigh: high, low: low)
    }
  }

  /// A node with the namespace for a name, and the address as its record.
  private static func blob(_ address: IPAddress, _ namespace: String) -> AnswerBlob? {
    guard let name = DomainName(labels: [namespace.utf8]) else { return nil }
    var builder = AnswerBlobBuilder(ttl: 0)
    builder.add(name.lowercasedWire, ServiceNames.recordSets([address]))
    return builder.makeBlob()
  }
}
