import JSONTree

extension ObjectSchema {
  static let deployment = kind(
    "io.k8s.api.apps.v1.Deployment",
    "A number of Pods that are all alike, brought to a new template step by step."
  ) {
    Field("spec", .object(.deploymentSpec), "Desired state of the Deployment.", default: [:])
    Field("status", .object(.deploymentStatus), "Observed state of the Deployment.", default: [:])
  }

  static let deploymentSpec = ObjectSchema(
    "io.k8s.api.apps.v1.DeploymentSpec", "Desired state of a Deployment."
  ) {
    Field(
      "minReadySeconds", .int32,
      "Seconds a Pod must have been ready without a break to count as available. Default is 0.",
      empty: .dropped)
    Field("paused", .boolean, "Whether changes of the template wait.", empty: .dropped)
    Field(
      "progressDeadlineSeconds", .int32,
      "Seconds without progress after which the Deployment counts as failed. Default is 600.",
      default: 600)
    Field("replicas", .int32, "Number of Pods. Default is 1.", default: 1)
    Field(
      "revisionHistoryLimit", .int32,
      "How many former ReplicaSets are kept for a rollback. Default is 10.", default: 10)
    Field(
      "selector", .object(.labelSelector),
      "Which Pods belong to the Deployment. Must choose the template's labels; cannot be "
        + "changed.", required: true)
    Field(
      "strategy", .object(.deploymentStrategy), "How Pods are brought to a new template.",
      default: [:], retainsKeys: true)
    Field(
      "template", .object(.podTemplateSpec), "What the Pods are made from.", required: true,
      default: [:])
  }

  static let deploymentStrategy = ObjectSchema(
    "io.k8s.api.apps.v1.DeploymentStrategy",
    "How the Pods of a Deployment are brought to a new template."
  ) {
    Field("rollingUpdate", .object(.rollingUpdateDeployment), "Details of a rolling update.")
    Field(
      "type", .string,
      "RollingUpdate (default) replaces Pods step by step; Recreate ends all old ones first.",
      enum: ["Recreate", "RollingUpdate"], goType: "v1.DeploymentStrategyType")
  }

  static let rollingUpdateDeployment = ObjectSchema(
    "io.k8s.api.apps.v1.RollingUpdateDeployment", "Details of a rolling update of a Deployment."
  ) {
    Field(
      "maxSurge", .intOrString,
      "How many Pods there may be beyond the desired number, or how many hundredths of it, "
        + "rounded up. Default is 25%.")
    Field(
      "maxUnavailable", .intOrString,
      "How many Pods may be unavailable, or how many hundredths of the desired number, rounded "
        + "down. Default is 25%.")
  }

  static let deploymentStatus = ObjectSchema(
    "io.k8s.api.apps.v1.DeploymentStatus", "Observed state of a Deployment."
  ) {
    Field(
      "availableReplicas", .int32, "Pods that have been ready for minReadySeconds.",
      empty: .dropped)
    Field("collisionCount", .int32, "How often the name of a ReplicaSet was taken already.")
    Field(
      "conditions", .list(.object(.deploymentCondition), .map("type")), "Aspects of the state.")
    Field(
      "observedGeneration", .int64, "Generation of the Deployment this status is about.",
      empty: .dropped)
    Field("readyReplicas", .int32, "Pods that are ready.", empty: .dropped)
    Field("replicas", .int32, "Pods that exist.", empty: .dropped)
    Field("terminatingReplicas", .int32, "Pods that are being deleted.")
    Field(
      "unavailableReplicas", .int32, "Pods still missing for the desired number to be available.",
      empty: .dropped)
    Field("updatedReplicas", .int32, "Pods of the present template.", empty: .dropped)
  }

  static let deploymentCondition = workloadCondition(
    "io.k8s.api.apps.v1.DeploymentCondition", "One aspect of a Deployment's state."
  ) {
    Field("lastUpdateTime", .time, "When the condition was last written.")
  }
}
