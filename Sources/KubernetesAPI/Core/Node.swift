public import JSONTree

/// What the endpoint controllers and the proxy read of a core/v1 Node.
public struct Node: KubernetesObject {
  public static let resource = ResourceType(
    group: "", version: "v1", kind: "Node", plural: "nodes", isNamespaced: false)

  public static let zoneLabel = "topology.kubernetes.io/zone"
  public static let hostnameLabel = "kubernetes.io/hostname"

  public var metadata: ObjectMeta
  public var isReady: Bool
  /// Addresses of `status.addresses` of type InternalIP.
  public var internalAddresses: [IPAddress] = []
  /// Addresses of the node's Pods, of `spec.podCIDRs`.
  public var podRanges: [CIDR] = []

  public init(metadata: ObjectMeta, isReady: Bool = true) {
    self.metadata = metadata
    self.isReady = isReady
  }

  public init(json: JSON) {
    metadata = ObjectMeta(json: json["metadata"])
    isReady = (json[path: "status", "conditions"]?.array ?? []).contains {
      $0["type"]?.string == "Ready" && $0["status"]?.string == "True"
    }
    internalAddresses = (json[path: "status", "addresses"]?.array ?? []).compactMap {
      $0["type"]?.string == "InternalIP" ? $0["address"]?.string.flatMap(IPAddress.init) : nil
    }
    podRanges = (json[path: "spec", "podCIDRs"]?.strings ?? []).compactMap { CIDR($0) }
  }

  public var json: JSON {
    envelope([
      ("status", ["conditions": [["type": "Ready", "status": isReady ? "True" : "False"]]])
    ])
  }

  /// Nil where the Node carries no zone.
  public var zone: String? { metadata.labels[Self.zoneLabel] }
}
