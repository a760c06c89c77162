public import JSONTree

/// What the controllers read of a core/v1 Namespace.
public struct Namespace: KubernetesObject {
  public static let resource = ResourceType(
    group: "", version: "v1", kind: "Namespace", plural: "namespaces", isNamespaced: false)

  public var metadata: ObjectMeta
  /// `Active` or `Terminating`.
  public var phase: String
  /// `spec.finalizers`: what must let go before a terminating Namespace disappears.
  public var specFinalizers: [String]

  public init(metadata: ObjectMeta, phase: String = "Active", specFinalizers: [String] = []) {
    self.metadata = metadata
    self.phase = phase
    self.specFinalizers = specFinalizers
  }

  public init(json: JSON) {
    metadata = ObjectMeta(json: json["metadata"])
    phase = json[path: "status", "phase"]?.string ?? "Active"
    specFinalizers = json[path: "spec", "finalizers"]?.strings ?? []
  }

  public var json: JSON {
    envelope([
      ("spec", ["finalizers": JSON(strings: specFinalizers)]),
      ("status", ["phase": .string(phase)]),
    ])
  }
}
