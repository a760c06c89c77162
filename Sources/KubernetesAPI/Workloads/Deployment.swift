public import JSONTree

/// apps/v1 Deployment.
public struct Deployment: Workload {
  public static let resource = ResourceType(
    group: "apps", version: "v1", kind: "Deployment", plural: "deployments", isNamespaced: true)

  public var metadata: ObjectMeta
  public var spec: JSON
  public var status: JSON

  public init(metadata: ObjectMeta, spec: JSON, status: JSON = [:]) {
    self.metadata = metadata
    self.spec = spec
    self.status = status
  }

  public var isPaused: Bool { spec["paused"]?.bool ?? false }
  public var isRecreate: Bool { spec[path: "strategy", "type"]?.string == "Recreate" }

  /// Seconds without progress after which the Deployment counts as failed; nil for never.
  public var progressDeadlineSeconds: Int? {
    let seconds = count("progressDeadlineSeconds", default: 600)
    return seconds == Int(Int32.max) ? nil : seconds
  }

  /// How many Pods there may be beyond the desired number.
  public var maxSurge: Int {
    guard !isRecreate else { return 0 }
    return rolling("maxSurge").resolved(of: replicas, rounding: .up)
  }

  /// How many Pods may be unavailable. Where both bounds come to 0, one may, or nothing would move.
  public var maxUnavailable: Int {
    guard !isRecreate, replicas > 0 else { return 0 }
    let amount = rolling("maxUnavailable").resolved(of: replicas, rounding: .down)
    if amount == 0, maxSurge == 0 { return 1 }
    return min(amount, replicas)
  }

  private func rolling(_ name: String) -> PodAmount {
    PodAmount(json: spec[path: "strategy", "rollingUpdate", name], default: .string("25%"))
  }
}
