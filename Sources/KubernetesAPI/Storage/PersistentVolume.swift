public import JSONTree

/// v1 PersistentVolume.
public struct PersistentVolume: KubernetesObject {
  public static let resource = ResourceType(
    group: "", version: "v1", kind: "PersistentVolume", plural: "persistentvolumes",
    isNamespaced: false)

  /// Who made the volume, where one was made for a claim.
  public static let provisionedBy = "pv.kubernetes.io/provisioned-by"
  /// Keeps a volume while a claim is bound to it.
  public static let protection = "kubernetes.io/pv-protection"

  public var metadata: ObjectMeta
  public var spec: JSON
  public var status: JSON

  public init(metadata: ObjectMeta, spec: JSON, status: JSON = [:]) {
    self.metadata = metadata
    self.spec = spec
    self.status = status
  }

  public init(json: JSON) {
    self.init(
      metadata: ObjectMeta(json: json["metadata"]), spec: json["spec"] ?? [:],
      status: json["status"] ?? [:])
  }

  public var json: JSON { envelope([("spec", spec), ("status", status)]) }

  public var storageClassName: String { spec["storageClassName"]?.string ?? "" }
  public var accessModes: [String] { spec["accessModes"]?.strings ?? [] }
  public var volumeMode: String { spec["volumeMode"]?.string ?? "Filesystem" }
  public var phase: String { status["phase"]?.string ?? "Pending" }
  public var reclaimPolicy: String {
    spec["persistentVolumeReclaimPolicy"]?.string ?? "Retain"
  }
  /// The directory, of a volume that is one.
  public var hostPath: String? { spec[path: "hostPath", "path"]?.string }
  /// The claim the volume is bound to, or meant for.
  public var claim: ObjectReference? { spec["claimRef"].map(ObjectReference.init(json:)) }

  public var capacity: Quantity {
    (try? Quantity(parsing: spec[path: "capacity", "storage"]?.string ?? "")) ?? Quantity(0)
  }

  /// Nodes from which the volume can be reached; nil for all.
  public var nodeTerms: [NodeSelectorTerm]? {
    spec[path: "nodeAffinity", "required", "nodeSelectorTerms"]?.array?
      .map(NodeSelectorTerm.init(json:))
  }

  public func isReachable(from node: Node) -> Bool {
    nodeTerms.map { $0.contains { $0.matches(node.metadata) } } ?? true
  }

  /// Whether the volume is bound to this claim, or meant for it (by name, before it has a uid).
  public func isFor(_ claim: PersistentVolumeClaim) -> Bool {
    guard let reference = self.claim else { return false }
    return reference.namespace == claim.metadata.namespace
      && reference.name == claim.metadata.name
      && (reference.uid.isEmpty || reference.uid == claim.metadata.uid)
  }
}
