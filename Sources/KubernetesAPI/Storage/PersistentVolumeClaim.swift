public import JSONTree

/// v1 PersistentVolumeClaim.
public struct PersistentVolumeClaim: KubernetesObject {
  public static let resource = ResourceType(
    group: "", version: "v1", kind: "PersistentVolumeClaim", plural: "persistentvolumeclaims",
    isNamespaced: true)

  /// Set by the scheduler: the Node whose Pod waits for the claim.
  public static let selectedNode = "volume.kubernetes.io/selected-node"
  /// Set once claim and volume name each other.
  public static let bindCompleted = "pv.kubernetes.io/bind-completed"
  public static let boundByController = "pv.kubernetes.io/bound-by-controller"
  /// Keeps a claim until no Pod uses it.
  public static let protection = "kubernetes.io/pvc-protection"

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

  public var volumeName: String { spec["volumeName"]?.string ?? "" }
  /// Nil where the claim leaves the choice to the default class; empty for no class at all.
  public var storageClassName: String? { spec["storageClassName"]?.string }
  public var accessModes: [String] { spec["accessModes"]?.strings ?? [] }
  public var volumeMode: String { spec["volumeMode"]?.string ?? "Filesystem" }
  public var phase: String { status["phase"]?.string ?? "Pending" }
  public var selector: LabelSelector? { spec["selector"].map(LabelSelector.init(json:)) }

  /// The size asked for.
  public var request: Quantity {
    let text = spec[path: "resources", "requests", "storage"]?.string ?? ""
    return (try? Quantity(parsing: text)) ?? Quantity(0)
  }

  /// Whether claim and volume name each other.
  public var isBound: Bool {
    !volumeName.isEmpty && metadata.annotations[Self.bindCompleted] != nil
  }

  public var reference: ObjectReference {
    ObjectReference(
      kind: "PersistentVolumeClaim", namespace: metadata.namespace, name: metadata.name,
      uid: metadata.uid)
  }
}
