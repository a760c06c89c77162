public import JSONTree

/// apps/v1 DaemonSet.
public struct DaemonSet: Workload {
  public static let resource = ResourceType(
    group: "apps", version: "v1", kind: "DaemonSet", plural: "daemonsets", isNamespaced: true)

  public var metadata: ObjectMeta
  public var spec: JSON
  public var status: JSON

  public init(metadata: ObjectMeta, spec: JSON, status: JSON = [:]) {
    self.metadata = metadata
    self.spec = spec
    self.status = status
  }

  public var isOnDelete: Bool { spec[path: "updateStrategy", "type"]?.string == "OnDelete" }

  /// On how many Nodes of so many the Pod may be unavailable during an update.
  public func maxUnavailable(of nodes: Int) -> Int {
    PodAmount(
      json: spec[path: "updateStrategy", "rollingUpdate", "maxUnavailable"], default: .integer(1)
    ).resolved(of: nodes, rounding: .up)
  }

  /// On how many Nodes of so many the new Pod may run beside the old one.
  public func maxSurge(of nodes: Int) -> Int {
    PodAmount(
      json: spec[path: "updateStrategy", "rollingUpdate", "maxSurge"], default: .integer(0)
    ).resolved(of: nodes, rounding: .up)
  }
}
