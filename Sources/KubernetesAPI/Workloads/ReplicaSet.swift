public import JSONTree

/// apps/v1 ReplicaSet.
public struct ReplicaSet: Workload {
  public static let resource = ResourceType(
    group: "apps", version: "v1", kind: "ReplicaSet", plural: "replicasets", isNamespaced: true)

  public var metadata: ObjectMeta
  public var spec: JSON
  public var status: JSON

  public init(metadata: ObjectMeta, spec: JSON, status: JSON = [:]) {
    self.metadata = metadata
    self.spec = spec
    self.status = status
  }
}
