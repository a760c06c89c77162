public import JSONTree

/// What controllers read of a coordination.k8s.io/v1 Lease.
public struct Lease: KubernetesObject {
  public static let resource = ResourceType(
    group: "coordination.k8s.io", version: "v1", kind: "Lease", plural: "leases",
    isNamespaced: true)

  /// The namespace of the Leases by which Nodes show that they are alive.
  public static let nodeNamespace = "kube-node-lease"

  public var metadata: ObjectMeta
  public var holder: String
  /// When it was last renewed, as the holder wrote it.
  public var renewTime: String

  public init(metadata: ObjectMeta, holder: String = "", renewTime: String = "") {
    self.metadata = metadata
    self.holder = holder
    self.renewTime = renewTime
  }

  public init(json: JSON) {
    metadata = ObjectMeta(json: json["metadata"])
    holder = json[path: "spec", "holderIdentity"]?.string ?? ""
    renewTime = json[path: "spec", "renewTime"]?.string ?? ""
  }

  public var json: JSON {
    var spec = JSONObject()
    spec["holderIdentity"] = JSON(nonEmpty: holder)
    spec["renewTime"] = JSON(nonEmpty: renewTime)
    return envelope([("spec", .object(spec))])
  }
}
