import DNSMessage
import KubernetesAPI

@testable import ClusterDNS

/// The straightforward recomputation of the zone from its objects: dictionaries of text, built
/// anew each time, with no thought for speed. What the index answers is compared with it.
struct ZoneOracle {
  var services: [ObjectKey: Service] = [:]
  var slices: [ObjectKey: EndpointSlice] = [:]
  var namespaces: Set<String> = []
  var pods: [ObjectKey: PodRecord] = [:]

  mutating func apply(_ change: ZoneChange) {
    switch change {
    case .service(let service): services[service.key] = service
    case .deleteService(let key, _): services[key] = nil
    case .slice(let slice): slices[slice.key] = slice
    case .deleteSlice(let key, _): slices[key] = nil
    case .namespace(let name, _): namespaces.insert(name)
    case .deleteNamespace(let name, _): namespaces.remove(name)
    case .pod(let pod, _): pods[pod.key] = pod
    case .deletePod(let key, _): pods[key] = nil
    case .statefulSet, .deleteStatefulSet: break  // They give no records.
    }
  }

  /// Records as text, by name and type: `records["db.default.svc"]?["A"]`.
  struct Zone {
    var records: [String: [String: Set<String>]] = [:]

    mutating func add(_ name: String, _ type: String, _ data: String) {
      records[name, default: [:]][type, default: []].insert(data)
    }

    /// Whether the name or a name below it has records, or a namespace is known by it.
    func exists(_ name: String, namespaces: Set<String>) -> Bool {
      if isThere(name) { return true }
      let labels = name.split(separator: ".")
      guard labels.count == 2, labels[1] == "svc" || labels[1] == "pod" else { return false }
      // A namespace exists in both trees.
      return namespaces.contains(String(labels[0])) || isThere("\(labels[0]).svc")
        || isThere("\(labels[0]).pod")
    }

    private func isThere(_ name: String) -> Bool {
      records[name] != nil || records.keys.contains { $0.hasSuffix("." + name) }
    }
  }

  func zone() -> Zone {
    var zone = Zone()
    for (key, service) in services {
      let base = "\(key.name).\(key.namespace).svc"
      if service.type == .externalName {
        zone.add(base, "CNAME", service.externalName)
        continue
      }
      let addresses = service.clusterIPs.compactMap { IPAddress($0) }
      if !service.isHeadless, addresses.isEmpty { continue }
      for address in addresses { addAddress(address, base, &zone) }
      for port in service.ports where !port.name.isEmpty && !service.isHeadless {
        let name = "_\(port.name)._\(port.transport.rawValue.lowercased()).\(base)"
        zone.add(name, "SRV", "\(port.port) \(base)")
      }
      for slice in slices.values where slice.serviceKey == key && slice.addressType != .fqdn {
        addEndpoints(of: slice, service, base, &zone)
      }
    }
    for pod in pods.values {
      for address in pod.addresses {
        let dashed = "\(address)".map { ".:".contains($0) ? "-" : "\($0)" }.joined()
        let name = "\(dashed).\(pod.key.namespace).pod"
        zone.add(name, address.family == .v4 ? "A" : "AAAA", "\(address)")
      }
    }
    return zone
  }

  private func addEndpoints(
    of slice: EndpointSlice, _ service: Service, _ base: String, _ zone: inout Zone
  ) {
    for endpoint in slice.endpoints where endpoint.isReady || service.publishesNotReadyAddresses {
      for address in endpoint.addresses.compactMap({ IPAddress($0) }) {
        let dashed = "\(address)".map { ".:".contains($0) ? "-" : "\($0)" }.joined()
        let label = endpoint.hostname ?? (dashed.hasSuffix("-") ? dashed + "0" : dashed)
        let type = address.family == .v4 ? "A" : "AAAA"
        addAddress(address, "\(label).\(base)", &zone)
        guard service.isHeadless else { continue }
        zone.add(base, type, "\(address)")
        for port in slice.ports {
          guard let name = port.name, !name.isEmpty, let number = port.port else { continue }
          zone.add("_\(name)._tcp.\(base)", "SRV", "\(number) \(label).\(base)")
        }
      }
    }
  }

  private func addAddress(_ address: IPAddress, _ name: String, _ zone: inout Zone) {
    zone.add(name, address.family == .v4 ? "A" : "AAAA", "\(address)")
    zone.add(Self.reverse(address), "PTR", name)
  }

  static func reverse(_ address: IPAddress) -> String {
    switch address.family {
    case .v4: address.bytes.reversed().map { "\($0)." }.joined() + "in-addr.arpa"
    case .v6:
      address.bytes.reversed().map {
        String($0 & 0xF, radix: 16) + "." + String($0 >> 4, radix: 16) + "."
      }.joined() + "ip6.arpa"
    }
  }
}
