public import JSONTree

/// What the endpoint controllers and the proxy read of a core/v1 Node.
public struct Node: KubernetesObject {
  public static let resource = ResourceType(
    group: "", version: "v1", kind: "Node", plural: "nodes", isNamespaced: false)

  public static let zoneLabel = "topology.kubernetes.io/zone"
  public static let hostnameLabel = "kubernetes.io/hostname"

  public var metadata: ObjectMeta
  /// Addresses of `status.addresses` of type InternalIP.
  public var internalAddresses: [IPAddress] = []
  /// Addresses of the node's Pods, of `spec.podCIDRs`.
  public var podRanges: [CIDR] = []
  /// `True`, `False` or `Unknown`; nil for a Node that has never said.
  public var readyStatus: String?
  /// When the Node last reported its state, as it wrote it; empty if it never did.
  public var heartbeat = ""
  public var taints: [Taint] = []
  /// Whether new Pods stay away, as after `kubectl cordon`.
  public var isUnschedulable = false
  /// What Pods may use; empty where the Node does not say.
  public var allocatable = ResourceAmounts()

  public init(metadata: ObjectMeta, isReady: Bool = true) {
    self.metadata = metadata
    readyStatus = isReady ? "True" : "False"
  }

  public var isReady: Bool { readyStatus == "True" }

  public init(json: JSON) {
    metadata = ObjectMeta(json: json["metadata"])
    let ready = json[path: "status", "conditions"]?.array?.last { $0["type"]?.string == "Ready" }
    readyStatus = ready?["status"]?.string
    heartbeat = ready?["lastHeartbeatTime"]?.string ?? ""
    taints = (json[path: "spec", "taints"]?.array ?? []).map(Taint.init(json:))
    isUnschedulable = json[path: "spec", "unschedulable"]?.bool ?? false
    allocatable = ResourceAmounts(json: json[path: "status", "allocatable"])
    internalAddresses = (json[path: "status", "addresses"]?.array ?? []).compactMap {
      $0["type"]?.string == "InternalIP" ? $0["address"]?.string.flatMap(IPAddress.init) : nil
    }
    podRanges = (json[path: "spec", "podCIDRs"]?.strings ?? []).compactMap { CIDR($0) }
  }

  public var json: JSON {
    var spec = JSONObject()
    if !taints.isEmpty { spec["taints"] = .array(taints.map(\.json)) }
    if isUnschedulable { spec["unschedulable"] = true }
    var conditions: [JSON] = []
    if let readyStatus {
      var ready: JSONObject = ["type": "Ready", "status": .string(readyStatus)]
      ready["lastHeartbeatTime"] = JSON(nonEmpty: heartbeat)
      conditions.append(.object(ready))
    }
    var status: JSONObject = ["conditions": .array(conditions)]
    if !allocatable.names.isEmpty { status["allocatable"] = allocatable.json }
    return envelope([("spec", .object(spec)), ("status", .object(status))])
  }

  /// Nil where the Node carries no zone.
  public var zone: String? { metadata.labels[Self.zoneLabel] }
}
