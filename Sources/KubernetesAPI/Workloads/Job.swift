public import JSONTree

/// batch/v1 Job.
public struct Job: Workload {
  public static let resource = ResourceType(
    group: "batch", version: "v1", kind: "Job", plural: "jobs", isNamespaced: true)

  /// Keeps a Pod that ended until it is counted.
  public static let trackingFinalizer = "batch.kubernetes.io/job-tracking"
  public static let indexAnnotation = "batch.kubernetes.io/job-completion-index"

  public var metadata: ObjectMeta
  public var spec: JSON
  public var status: JSON

  public init(metadata: ObjectMeta, spec: JSON, status: JSON = [:]) {
    self.metadata = metadata
    self.spec = spec
    self.status = status
  }

  /// Pods that must succeed; nil where one success ends the Job.
  public var completions: Int? {
    spec["completions"] == nil ? nil : count("completions", default: 1)
  }
  public var parallelism: Int { count("parallelism", default: 1) }
  public var backoffLimit: Int { count("backoffLimit", default: 6) }
  public var isIndexed: Bool { spec["completionMode"]?.string == "Indexed" }
  public var isSuspended: Bool { spec["suspend"]?.bool ?? false }
  /// Seconds from the start after which the Job fails.
  public var activeDeadlineSeconds: Int64? { spec["activeDeadlineSeconds"]?.integer }
  /// Seconds after the end after which the Job is deleted.
  public var ttlSecondsAfterFinished: Int64? { spec["ttlSecondsAfterFinished"]?.integer }
  public var startTime: Timestamp? { status["startTime"]?.string.flatMap(Timestamp.init) }

  /// Whether a condition holds.
  public func holds(_ type: String) -> Bool { condition(type)?["status"]?.string == "True" }

  public var isFinished: Bool { holds("Complete") || holds("Failed") }

  /// When the condition that ended the Job came to hold.
  public var finishTime: Timestamp? {
    for type in ["Complete", "Failed"] where holds(type) {
      return condition(type)?["lastTransitionTime"]?.string.flatMap(Timestamp.init)
    }
    return nil
  }
}
