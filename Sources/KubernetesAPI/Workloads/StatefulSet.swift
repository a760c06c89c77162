public import JSONTree

/// apps/v1 StatefulSet.
public struct StatefulSet: Workload {
  public static let resource = ResourceType(
    group: "apps", version: "v1", kind: "StatefulSet", plural: "statefulsets", isNamespaced: true)

  public static let podNameLabel = "statefulset.kubernetes.io/pod-name"
  public static let podIndexLabel = "apps.kubernetes.io/pod-index"

  public var metadata: ObjectMeta
  public var spec: JSON
  public var status: JSON

  public init(metadata: ObjectMeta, spec: JSON, status: JSON = [:]) {
    self.metadata = metadata
    self.spec = spec
    self.status = status
  }

  /// The headless Service below which the Pods have their names.
  public var serviceName: String { spec["serviceName"]?.string ?? "" }
  /// Whether Pods are made and removed one by one.
  public var isOrdered: Bool { spec["podManagementPolicy"]?.string != "Parallel" }
  public var isOnDelete: Bool { spec[path: "updateStrategy", "type"]?.string == "OnDelete" }
  /// Number of the first Pod.
  public var firstOrdinal: Int {
    spec[path: "ordinals", "start"]?.integer.map { Int(Int32(clamping: $0)) } ?? 0
  }
  /// Numbers of the Pods that should be.
  public var ordinals: Range<Int> { firstOrdinal..<(firstOrdinal + max(0, replicas)) }

  /// Pods below this number keep the current revision.
  public var partition: Int {
    spec[path: "updateStrategy", "rollingUpdate", "partition"]?.integer
      .map { Int(Int32(clamping: $0)) } ?? 0
  }

  public var claimTemplates: [JSON] { spec["volumeClaimTemplates"]?.array ?? [] }

  /// Whether claims go with the set, and with Pods the set shrinks by.
  public var deletesClaimsWithSet: Bool { retention("whenDeleted") == "Delete" }
  public var deletesClaimsWhenScaled: Bool { retention("whenScaled") == "Delete" }

  private func retention(_ occasion: String) -> String? {
    spec[path: "persistentVolumeClaimRetentionPolicy", occasion]?.string
  }

  public var currentRevision: String { status["currentRevision"]?.string ?? "" }
  public var updateRevision: String { status["updateRevision"]?.string ?? "" }

  public func podName(_ ordinal: Int) -> String { "\(metadata.name)-\(ordinal)" }

  /// The number in a Pod's name, nil for a name that is not of this set.
  public func ordinal(of podName: String) -> Int? {
    let prefix = metadata.name + "-"
    guard podName.hasPrefix(prefix) else { return nil }
    let digits = podName.dropFirst(prefix.count)
    guard !digits.isEmpty, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
      return nil
    }
    return Int32(digits).map { Int($0) }
  }

  /// The claim of a Pod for a template of claims.
  public func claimName(template: String, ordinal: Int) -> String {
    "\(template)-\(podName(ordinal))"
  }
}
