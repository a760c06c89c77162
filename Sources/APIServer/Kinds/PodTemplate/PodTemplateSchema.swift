import JSONTree

extension ObjectSchema {
  /// What Pods of a workload are made from: the Pod kind's own spec, and metadata.
  static let podTemplateSpec = ObjectSchema(
    "io.k8s.api.core.v1.PodTemplateSpec",
    "What the Pods of a workload are made from."
  ) {
    Field("metadata", .object(.objectMeta), "Labels and annotations of the Pods.")
    Field("spec", .object(.podSpec), "Desired state of the Pods.", default: [:])
  }

  /// A condition of a workload: all of them have these members, and each has a type of its own.
  static func workloadCondition(
    _ name: String, _ description: String, @FieldsBuilder _ more: () -> [Field] = { [] }
  ) -> ObjectSchema {
    ObjectSchema(name, description) {
      Field("lastTransitionTime", .time, "When the status last changed from one value to another.")
      Field("message", .string, "Details for people.")
      Field("reason", .string, "Why the status last changed, as one CamelCase word.")
      Field(
        "status", .string, "True, False or Unknown.", required: true, default: "",
        goType: "v1.ConditionStatus")
      Field("type", .string, "Which aspect it is.", required: true, default: "")
      more()
    }
  }
}
