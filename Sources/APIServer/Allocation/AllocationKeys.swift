import JSONTree
package import KubernetesAPI

/// Where allocations are kept, beside the Services they belong to.
///
/// A cluster IP is held by an IPAddress object of networking.k8s.io/v1, as a kube-apiserver keeps
/// it: one that opens the same etcd finds the addresses where it expects them.
///
/// A node port is held by a key of ours, one for each number whatever the protocol, because that
/// is what Kubernetes allocates: two Services never share a number, and ports of one Service share
/// one only among different protocols. Kubernetes itself keeps one bitmap of all ports under
/// `/registry/ranges/servicenodeports`; every allocation would rewrite that one key, and so run
/// into every other one at the same time. It is not needed for a kube-apiserver either: that
/// builds its bitmap from the Services when it starts.
package enum AllocationKey: Sendable, Hashable {
  case address(IPAddress)
  case nodePort(UInt64)

  package static let addressPrefix = "/registry/ipaddresses/"
  package static let nodePortPrefix = "/rollcall/nodeports/"

  /// The key in the store. Ports have five digits, so that keys are in their order.
  package var storeKey: String {
    switch self {
    case .address(let address): return Self.addressPrefix + address.description
    case .nodePort(let port):
      let digits = String(port)
      return Self.nodePortPrefix + String(repeating: "0", count: max(0, 5 - digits.count)) + digits
    }
  }

  /// Reads a key of the store, nil for keys of another kind.
  package init?(_ key: String) {
    if key.hasPrefix(Self.addressPrefix) {
      guard let address = IPAddress(String(key.dropFirst(Self.addressPrefix.count))) else {
        return nil
      }
      self = .address(address)
    } else if key.hasPrefix(Self.nodePortPrefix) {
      guard let port = UInt64(key.dropFirst(Self.nodePortPrefix.count)) else { return nil }
      self = .nodePort(port)
    } else {
      return nil
    }
  }
}

/// What an allocation's key holds: whose it is.
struct AllocationRecord: Sendable {
  /// Who made an IPAddress, by its label: those of others are left alone.
  static let managedBy = (
    label: "ipaddress.kubernetes.io/managed-by", value: "ipallocator.k8s.io"
  )
  static let family = "ipaddress.kubernetes.io/ip-family"

  let owner: ObjectKey

  init(owner: ObjectKey) { self.owner = owner }

  /// Reads a stored record.
  ///
  /// - Returns: nil where it is not ours to judge: not JSON, or made by someone else.
  init?(_ value: [UInt8], of key: AllocationKey) {
    guard let json = try? JSON(parsing: value) else { return nil }
    switch key {
    case .address:
      let labels = json.member("metadata").member("labels")
      guard labels.text(Self.managedBy.label) == Self.managedBy.value else { return nil }
      let parent = json.member("spec").member("parentRef")
      guard parent.text("group").isEmpty, parent.text("resource") == "services" else {
        return nil
      }
      owner = ObjectKey(namespace: parent.text("namespace"), name: parent.text("name"))
    case .nodePort:
      let service = json.member("service")
      owner = ObjectKey(namespace: service.text("namespace"), name: service.text("name"))
    }
  }

  /// - Parameters:
  ///   - uid: for an object that is one of the API's.
  ///   - now: when it is made.
  func value(of key: AllocationKey, uid: String, now: Timestamp) -> [UInt8] {
    let reference: JSONObject = [
      "namespace": .string(owner.namespace), "name": .string(owner.name),
    ]
    switch key {
    case .nodePort:
      return JSON.object(["service": .object(reference)]).encoded()
    case .address(let address):
      var parent = reference
      parent["resource"] = "services"
      return JSON.object([
        "apiVersion": "networking.k8s.io/v1", "kind": "IPAddress",
        "metadata": [
          "name": .string(address.description), "uid": .string(uid),
          "creationTimestamp": .string(now.description),
          "labels": [
            Self.family: .string(address.family.rawValue),
            Self.managedBy.label: .string(Self.managedBy.value),
          ],
        ],
        "spec": ["parentRef": .object(parent)],
      ]).encoded()
    }
  }
}
