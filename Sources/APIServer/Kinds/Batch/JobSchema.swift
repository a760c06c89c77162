import JSONTree

extension ObjectSchema {
  static let job = kind("io.k8s.api.batch.v1.Job", "Pods that run until enough have succeeded.") {
    Field("spec", .object(.jobSpec), "Desired state of the Job.", default: [:])
    Field("status", .object(.jobStatus), "Observed state of the Job.", default: [:])
  }

  static let jobSpec = ObjectSchema("io.k8s.api.batch.v1.JobSpec", "Desired state of a Job.") {
    Field(
      "activeDeadlineSeconds", .int64,
      "Seconds from its start after which the Job is ended and counts as failed.")
    Field(
      "backoffLimit", .int32, "How many Pods may fail before the Job does. Default is 6.")
    Field(
      "backoffLimitPerIndex", .int32,
      "How often each number may fail before it counts as failed; for Indexed Jobs.")
    Field(
      "completionMode", .string,
      "NonIndexed (default): any Pods count; Indexed: each number from 0 to completions - 1 must "
        + "succeed once.", default: "NonIndexed", enum: ["Indexed", "NonIndexed"], empty: .kept,
      goType: "v1.CompletionMode")
    Field(
      "completions", .int32,
      "How many Pods must succeed. Left out, one success ends the Job.")
    Field(
      "managedBy", .string, "Controller that takes care of the Job, if it is not the built-in one.",
      empty: .kept)
    Field(
      "manualSelector", .boolean, "Whether the author takes care of the selector.",
      default: false)
    Field(
      "maxFailedIndexes", .int32, "How many numbers may fail before the Job does.")
    Field("parallelism", .int32, "How many Pods run at once at most. Default is 1.")
    Field(
      "podFailurePolicy", .object(.podFailurePolicy), "What failures of Pods mean for the Job.")
    Field(
      "podReplacementPolicy", .string,
      "When a Pod is replaced: TerminatingOrFailed as soon as it is being deleted, Failed once it "
        + "has failed.", enum: ["Failed", "TerminatingOrFailed"], empty: .kept,
      goType: "v1.PodReplacementPolicy")
    Field(
      "selector", .object(.labelSelector),
      "Which Pods belong to the Job. Made by the server; cannot be changed.")
    Field(
      "successPolicy", .object(.successPolicy),
      "When a Job counts as successful before all numbers have succeeded.")
    Field(
      "suspend", .boolean, "Whether no Pods are to run for now; those that do are ended.",
      default: false)
    Field(
      "template", .object(.podTemplateSpec),
      "What the Pods are made from. Its restart policy is Never or OnFailure.", required: true,
      default: [:])
    Field(
      "ttlSecondsAfterFinished", .int32,
      "Seconds after its end after which the Job is deleted.")
  }

  static let podFailurePolicy = ObjectSchema(
    "io.k8s.api.batch.v1.PodFailurePolicy", "What failures of Pods mean for their Job."
  ) {
    Field(
      "rules", .list(.object(.podFailurePolicyRule)), "Rules, of which the first that fits counts.",
      required: true)
  }

  static let podFailurePolicyRule = ObjectSchema(
    "io.k8s.api.batch.v1.PodFailurePolicyRule", "What some failures of Pods mean for their Job."
  ) {
    Field(
      "action", .string, "FailJob, FailIndex, Ignore or Count.", required: true, default: "",
      goType: "v1.PodFailurePolicyAction")
    Field(
      "onExitCodes", .object(.podFailureExitCodes), "Fits if a container ended with such a code.")
    Field(
      "onPodConditions", .list(.object(.podFailureCondition)),
      "Fits if the Pod has one of these conditions.")
  }

  static let podFailureExitCodes = ObjectSchema(
    "io.k8s.api.batch.v1.PodFailurePolicyOnExitCodesRequirement",
    "Exit codes of a container."
  ) {
    Field(
      "containerName", .string, "Container that is meant; any if left out.", empty: .kept)
    Field(
      "operator", .string, "In or NotIn.", required: true, default: "",
      goType: "v1.PodFailurePolicyOnExitCodesOperator")
    Field("values", .list(.int32, .set), "Exit codes.", required: true)
  }

  static let podFailureCondition = ObjectSchema(
    "io.k8s.api.batch.v1.PodFailurePolicyOnPodConditionsPattern", "A condition of a Pod."
  ) {
    Field(
      "status", .string, "True (default), False or Unknown.", required: true, default: "True",
      goType: "v1.ConditionStatus")
    Field(
      "type", .string, "Type of the condition.", required: true, default: "",
      goType: "v1.PodConditionType")
  }

  static let successPolicy = ObjectSchema(
    "io.k8s.api.batch.v1.SuccessPolicy",
    "When an Indexed Job counts as successful."
  ) {
    Field(
      "rules", .list(.object(.successPolicyRule)), "Rules, one of which must hold.",
      required: true)
  }

  static let successPolicyRule = ObjectSchema(
    "io.k8s.api.batch.v1.SuccessPolicyRule", "One way for an Indexed Job to be successful."
  ) {
    Field("succeededCount", .int32, "How many numbers must have succeeded.")
    Field(
      "succeededIndexes", .string, "Which numbers must have succeeded, such as 1,3-5.",
      empty: .kept)
  }

  static let jobStatus = ObjectSchema("io.k8s.api.batch.v1.JobStatus", "Observed state of a Job.") {
    Field("active", .int32, "Pods that are pending or running.", empty: .dropped)
    Field("completedIndexes", .string, "Numbers that have succeeded, such as 1,3-5.")
    Field("completionTime", .time, "When the Job was complete.")
    Field(
      "conditions",
      .list(.object(.jobCondition), ListSemantics(kind: .atomic, patchMergeKey: "type")),
      "Aspects of the state.")
    Field("failed", .int32, "Pods that failed.", empty: .dropped)
    Field("failedIndexes", .string, "Numbers that have failed, such as 1,3-5.", empty: .kept)
    Field("ready", .int32, "Active Pods that are ready.")
    Field("startTime", .time, "When the Job began; anew after it was suspended.")
    Field("succeeded", .int32, "Pods that succeeded.", empty: .dropped)
    Field("terminating", .int32, "Pods that are being deleted and have not ended.")
    Field(
      "uncountedTerminatedPods", .object(.uncountedTerminatedPods),
      "Pods that have ended and are not yet in the counters.")
  }

  static let uncountedTerminatedPods = ObjectSchema(
    "io.k8s.api.batch.v1.UncountedTerminatedPods",
    "Pods of a Job that have ended and are not yet in its counters."
  ) {
    Field("failed", .list(.string, .set), "Uids of Pods that failed.", goType: "[]types.UID")
    Field(
      "succeeded", .list(.string, .set), "Uids of Pods that succeeded.", goType: "[]types.UID")
  }

  static let jobCondition = workloadCondition(
    "io.k8s.api.batch.v1.JobCondition", "One aspect of a Job's state."
  ) {
    Field("lastProbeTime", .time, "When the condition was last looked at.")
  }
}
