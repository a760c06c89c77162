public import JSONTree

/// `metadata` of every object (meta/v1 ObjectMeta), less the fields no role reads.
public struct ObjectMeta: Sendable, Equatable {
  public var name: String
  public var generateName: String
  public var namespace: String
  public var uid: String
  public var resourceVersion: String
  public var generation: Int64
  public var creationTimestamp: Timestamp?
  public var deletionTimestamp: Timestamp?
  public var labels: [String: String]
  public var annotations: [String: String]
  public var ownerReferences: [OwnerReference]
  public var finalizers: [String]

  public init(
    name: String = "", generateName: String = "", namespace: String = "",
    labels: [String: String] = [:], annotations: [String: String] = [:],
    ownerReferences: [OwnerReference] = []
  ) {
    self.name = name
    self.generateName = generateName
    self.namespace = namespace
    self.uid = ""
    self.resourceVersion = ""
    self.generation = 0
    self.labels = labels
    self.annotations = annotations
    self.ownerReferences = ownerReferences
    self.finalizers = []
  }

  public init(json: JSON?) {
    name = json?["name"]?.string ?? ""
    generateName = json?["generateName"]?.string ?? ""
    namespace = json?["namespace"]?.string ?? ""
    uid = json?["uid"]?.string ?? ""
    resourceVersion = json?["resourceVersion"]?.string ?? ""
    generation = json?["generation"]?.integer ?? 0
    creationTimestamp = json?["creationTimestamp"]?.string.flatMap(Timestamp.init)
    deletionTimestamp = json?["deletionTimestamp"]?.string.flatMap(Timestamp.init)
    labels = json?["labels"]?.stringMap ?? [:]
    annotations = json?["annotations"]?.stringMap ?? [:]
    ownerReferences = json?["ownerReferences"]?.array?.map(OwnerReference.init(json:)) ?? []
    finalizers = json?["finalizers"]?.strings ?? []
  }

  public var json: JSON {
    var object = JSONObject()
    object["name"] = JSON(nonEmpty: name)
    object["generateName"] = JSON(nonEmpty: generateName)
    object["namespace"] = JSON(nonEmpty: namespace)
    object["uid"] = JSON(nonEmpty: uid)
    object["resourceVersion"] = JSON(nonEmpty: resourceVersion)
    if generation != 0 { object["generation"] = .integer(generation) }
    object["creationTimestamp"] = creationTimestamp.map { .string($0.description) }
    object["deletionTimestamp"] = deletionTimestamp.map { .string($0.description) }
    object["labels"] = JSON(nonEmpty: labels)
    object["annotations"] = JSON(nonEmpty: annotations)
    if !ownerReferences.isEmpty {
      object["ownerReferences"] = .array(ownerReferences.map(\.json))
    }
    object["finalizers"] = JSON(nonEmpty: finalizers)
    return .object(object)
  }

  public var isBeingDeleted: Bool { deletionTimestamp != nil }

  /// The reference marked as controller, if one is.
  public var controller: OwnerReference? { ownerReferences.first(where: \.isController) }
}

/// An object this one depends on (meta/v1 OwnerReference).
public struct OwnerReference: Sendable, Hashable {
  public var apiVersion: String
  public var kind: String
  public var name: String
  public var uid: String
  public var isController: Bool
  public var blockOwnerDeletion: Bool

  public init(
    apiVersion: String, kind: String, name: String, uid: String, isController: Bool = false,
    blockOwnerDeletion: Bool = false
  ) {
    self.apiVersion = apiVersion
    self.kind = kind
    self.name = name
    self.uid = uid
    self.isController = isController
    self.blockOwnerDeletion = blockOwnerDeletion
  }

  /// The reference by which a controller owns what it makes for an object.
  public init(controller owner: some KubernetesObject) {
    let resource = type(of: owner).resource
    self.init(
      apiVersion: resource.apiVersion, kind: resource.kind, name: owner.metadata.name,
      uid: owner.metadata.uid, isController: true, blockOwnerDeletion: true)
  }

  public init(json: JSON) {
    apiVersion = json["apiVersion"]?.string ?? ""
    kind = json["kind"]?.string ?? ""
    name = json["name"]?.string ?? ""
    uid = json["uid"]?.string ?? ""
    isController = json["controller"]?.bool ?? false
    blockOwnerDeletion = json["blockOwnerDeletion"]?.bool ?? false
  }

  public var json: JSON {
    var object: JSONObject = [
      "apiVersion": .string(apiVersion), "kind": .string(kind), "name": .string(name),
      "uid": .string(uid),
    ]
    if isController { object["controller"] = true }
    if blockOwnerDeletion { object["blockOwnerDeletion"] = true }
    return .object(object)
  }
}

/// A reference to an object by its parts (core/v1 ObjectReference), as endpoints and events carry.
public struct ObjectReference: Sendable, Hashable {
  public var kind: String
  public var namespace: String
  public var name: String
  public var uid: String

  public init(kind: String, namespace: String, name: String, uid: String) {
    self.kind = kind
    self.namespace = namespace
    self.name = name
    self.uid = uid
  }

  public init(json: JSON) {
    kind = json["kind"]?.string ?? ""
    namespace = json["namespace"]?.string ?? ""
    name = json["name"]?.string ?? ""
    uid = json["uid"]?.string ?? ""
  }

  public var json: JSON {
    var object = JSONObject()
    object["kind"] = JSON(nonEmpty: kind)
    object["namespace"] = JSON(nonEmpty: namespace)
    object["name"] = JSON(nonEmpty: name)
    object["uid"] = JSON(nonEmpty: uid)
    return .object(object)
  }
}
