public import JSONTree

/// apps/v1 ControllerRevision: a state of a workload's template.
public struct ControllerRevision: KubernetesObject {
  public static let resource = ResourceType(
    group: "apps", version: "v1", kind: "ControllerRevision", plural: "controllerrevisions",
    isNamespaced: true)

  /// The label by which Pods and revisions are told apart by their template.
  public static let hashLabel = "controller-revision-hash"

  public var metadata: ObjectMeta
  public var revision: Int64
  /// A strategic merge patch of the workload.
  public var data: JSON

  public init(metadata: ObjectMeta, revision: Int64, data: JSON) {
    self.metadata = metadata
    self.revision = revision
    self.data = data
  }

  public init(json: JSON) {
    metadata = ObjectMeta(json: json["metadata"])
    revision = json["revision"]?.integer ?? 0
    data = json["data"] ?? .null
  }

  public var json: JSON { envelope([("revision", .integer(revision)), ("data", data)]) }

  /// The template of the state.
  public var template: JSON {
    var template = data[path: "spec", "template"] ?? [:]
    template["$patch"] = nil
    return template
  }
}
