public import JSONTree

/// What controllers read of a storage.k8s.io/v1 StorageClass.
public struct StorageClass: KubernetesObject {
  public static let resource = ResourceType(
    group: "storage.k8s.io", version: "v1", kind: "StorageClass", plural: "storageclasses",
    isNamespaced: false)

  public static let defaultAnnotation = "storageclass.kubernetes.io/is-default-class"

  public var metadata: ObjectMeta
  public var provisioner: String
  public var reclaimPolicy: String
  /// Whether claims are bound only once a Pod uses them.
  public var waitsForConsumer: Bool

  public init(
    metadata: ObjectMeta, provisioner: String, reclaimPolicy: String = "Delete",
    waitsForConsumer: Bool = false
  ) {
    self.metadata = metadata
    self.provisioner = provisioner
    self.reclaimPolicy = reclaimPolicy
    self.waitsForConsumer = waitsForConsumer
  }

  public init(json: JSON) {
    metadata = ObjectMeta(json: json["metadata"])
    provisioner = json["provisioner"]?.string ?? ""
    reclaimPolicy = json["reclaimPolicy"]?.string ?? "Delete"
    waitsForConsumer = json["volumeBindingMode"]?.string == "WaitForFirstConsumer"
  }

  public var json: JSON {
    envelope([
      ("provisioner", .string(provisioner)), ("reclaimPolicy", .string(reclaimPolicy)),
      ("volumeBindingMode", waitsForConsumer ? "WaitForFirstConsumer" : "Immediate"),
    ])
  }

  public var isDefault: Bool { metadata.annotations[Self.defaultAnnotation] == "true" }
}
