import JSONTree

extension ObjectSchema {
  static let daemonSet = kind(
    "io.k8s.api.apps.v1.DaemonSet", "One Pod on each Node that qualifies."
  ) {
    Field("spec", .object(.daemonSetSpec), "Desired state of the set.", default: [:])
    Field("status", .object(.daemonSetStatus), "Observed state of the set.", default: [:])
  }

  static let daemonSetSpec = ObjectSchema(
    "io.k8s.api.apps.v1.DaemonSetSpec", "Desired state of a DaemonSet."
  ) {
    Field(
      "minReadySeconds", .int32,
      "Seconds a Pod must have been ready without a break to count as available. Default is 0.",
      empty: .dropped)
    Field(
      "revisionHistoryLimit", .int32,
      "How many former revisions of the template are kept. Default is 10.", default: 10)
    Field(
      "selector", .object(.labelSelector),
      "Which Pods belong to the set. Must choose the template's labels; cannot be changed.",
      required: true)
    Field(
      "template", .object(.podTemplateSpec),
      "What the Pods are made from. Its node selector and affinity say which Nodes qualify.",
      required: true, default: [:])
    Field(
      "updateStrategy", .object(.daemonSetUpdateStrategy),
      "How Pods are brought to a new template.", default: [:])
  }

  static let daemonSetUpdateStrategy = ObjectSchema(
    "io.k8s.api.apps.v1.DaemonSetUpdateStrategy",
    "How the Pods of a DaemonSet are brought to a new template."
  ) {
    Field("rollingUpdate", .object(.rollingUpdateDaemonSet), "Details of a rolling update.")
    Field(
      "type", .string,
      "RollingUpdate (default) replaces Pods step by step; OnDelete waits until someone deletes "
        + "them.", enum: ["OnDelete", "RollingUpdate"], goType: "v1.DaemonSetUpdateStrategyType")
  }

  static let rollingUpdateDaemonSet = ObjectSchema(
    "io.k8s.api.apps.v1.RollingUpdateDaemonSet", "Details of a rolling update of a DaemonSet."
  ) {
    Field(
      "maxSurge", .intOrString,
      "On how many Nodes the new Pod may run beside the old one, or on how many hundredths of "
        + "them, rounded up. Default is 0.")
    Field(
      "maxUnavailable", .intOrString,
      "On how many Nodes the Pod may be unavailable, or on how many hundredths of them, rounded "
        + "up. Default is 1.")
  }

  static let daemonSetStatus = ObjectSchema(
    "io.k8s.api.apps.v1.DaemonSetStatus", "Observed state of a DaemonSet."
  ) {
    Field(
      "collisionCount", .int32, "How often the name of a ControllerRevision was taken already.")
    Field(
      "conditions", .list(.object(.daemonSetCondition), .map("type")), "Aspects of the state.")
    Field(
      "currentNumberScheduled", .int32, "Nodes that run a Pod and should.", required: true,
      default: 0)
    Field(
      "desiredNumberScheduled", .int32, "Nodes that should run a Pod.", required: true, default: 0
    )
    Field(
      "numberAvailable", .int32, "Nodes whose Pod has been ready for minReadySeconds.",
      empty: .dropped)
    Field(
      "numberMisscheduled", .int32, "Nodes that run a Pod and should not.", required: true,
      default: 0)
    Field("numberReady", .int32, "Nodes whose Pod is ready.", required: true, default: 0)
    Field(
      "numberUnavailable", .int32, "Nodes that should run a Pod and have none available.",
      empty: .dropped)
    Field(
      "observedGeneration", .int64, "Generation of the set this status is about.",
      empty: .dropped)
    Field(
      "updatedNumberScheduled", .int32, "Nodes whose Pod is of the present template.",
      empty: .dropped)
  }

  static let daemonSetCondition = workloadCondition(
    "io.k8s.api.apps.v1.DaemonSetCondition", "One aspect of a DaemonSet's state.")
}
