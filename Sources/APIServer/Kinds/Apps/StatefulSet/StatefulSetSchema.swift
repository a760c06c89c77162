import JSONTree

extension ObjectSchema {
  static let statefulSet = kind(
    "io.k8s.api.apps.v1.StatefulSet",
    "Pods with names that stay, in an order, each with volume claims of its own."
  ) {
    Field("spec", .object(.statefulSetSpec), "Desired state of the set.", default: [:])
    Field("status", .object(.statefulSetStatus), "Observed state of the set.", default: [:])
  }

  static let statefulSetSpec = ObjectSchema(
    "io.k8s.api.apps.v1.StatefulSetSpec", "Desired state of a StatefulSet."
  ) {
    Field(
      "minReadySeconds", .int32,
      "Seconds a Pod must have been ready without a break to count as available. Default is 0.",
      empty: .dropped)
    Field(
      "ordinals", .object(.statefulSetOrdinals), "How Pods are numbered; from 0 if not stated.")
    Field(
      "persistentVolumeClaimRetentionPolicy",
      .object(.statefulSetClaimRetention),
      "What becomes of the volume claims of Pods that are gone for good.")
    Field(
      "podManagementPolicy", .string,
      "OrderedReady (default) makes and removes Pods one by one, each once those before it are "
        + "ready; Parallel all at once.", default: "OrderedReady",
      enum: ["OrderedReady", "Parallel"], goType: "v1.PodManagementPolicyType")
    Field("replicas", .int32, "Number of Pods. Default is 1.", default: 1)
    Field(
      "revisionHistoryLimit", .int32,
      "How many former revisions of the template are kept. Default is 10.", default: 10)
    Field(
      "selector", .object(.labelSelector),
      "Which Pods belong to the set. Must choose the template's labels; cannot be changed.",
      required: true)
    Field(
      "serviceName", .string,
      "The headless Service below which the Pods have their names. Must exist before the set.",
      empty: .kept)
    Field(
      "template", .object(.podTemplateSpec),
      "What the Pods are made from; each is named after the set and its number.", required: true,
      default: [:])
    Field(
      "updateStrategy", .object(.statefulSetUpdateStrategy),
      "How Pods are brought to a new template.", default: [:])
    Field(
      "volumeClaimTemplates", .list(.object(.persistentVolumeClaim)),
      "Claims made for each Pod, named after the template, the set and the number; each becomes "
        + "a volume of the Pod under the template's name.")
  }

  static let statefulSetOrdinals = ObjectSchema(
    "io.k8s.api.apps.v1.StatefulSetOrdinals", "How the Pods of a StatefulSet are numbered."
  ) {
    Field("start", .int32, "Number of the first Pod.", required: true, default: 0)
  }

  static let statefulSetClaimRetention = ObjectSchema(
    "io.k8s.api.apps.v1.StatefulSetPersistentVolumeClaimRetentionPolicy",
    "What becomes of the volume claims of a StatefulSet."
  ) {
    let type = "v1.PersistentVolumeClaimRetentionPolicyType"
    Field(
      "whenDeleted", .string, "Retain (default) or Delete: the set is deleted.", goType: type)
    Field(
      "whenScaled", .string, "Retain (default) or Delete: a Pod goes as the set shrinks.",
      goType: type)
  }

  static let statefulSetUpdateStrategy = ObjectSchema(
    "io.k8s.api.apps.v1.StatefulSetUpdateStrategy",
    "How the Pods of a StatefulSet are brought to a new template."
  ) {
    Field(
      "rollingUpdate", .object(.rollingUpdateStatefulSet), "Details of a rolling update.")
    Field(
      "type", .string,
      "RollingUpdate (default) replaces Pods from the last to the first; OnDelete waits until "
        + "someone deletes them.", enum: ["OnDelete", "RollingUpdate"],
      goType: "v1.StatefulSetUpdateStrategyType")
  }

  static let rollingUpdateStatefulSet = ObjectSchema(
    "io.k8s.api.apps.v1.RollingUpdateStatefulSetStrategy",
    "Details of a rolling update of a StatefulSet."
  ) {
    Field(
      "maxUnavailable", .intOrString,
      "How many Pods may be unavailable at once. Belongs to a feature that is off.")
    Field("partition", .int32, "Pods below this number stay as they are. Default is 0.")
  }

  static let statefulSetStatus = ObjectSchema(
    "io.k8s.api.apps.v1.StatefulSetStatus", "Observed state of a StatefulSet."
  ) {
    Field(
      "availableReplicas", .int32, "Pods that have been ready for minReadySeconds.",
      required: true, default: 0)
    Field(
      "collisionCount", .int32, "How often the name of a ControllerRevision was taken already.")
    Field(
      "conditions", .list(.object(.statefulSetCondition), .map("type")),
      "Aspects of the state.")
    Field(
      "currentReplicas", .int32, "Pods of the current revision.", empty: .dropped)
    Field("currentRevision", .string, "Revision of the Pods that are not updated.")
    Field(
      "observedGeneration", .int64, "Generation of the set this status is about.",
      empty: .dropped)
    Field("readyReplicas", .int32, "Pods that are ready.", empty: .dropped)
    Field("replicas", .int32, "Pods that exist.", required: true, default: 0)
    Field("updateRevision", .string, "Revision of the Pods that are updated.")
    Field("updatedReplicas", .int32, "Pods of the update revision.", empty: .dropped)
  }

  static let statefulSetCondition = workloadCondition(
    "io.k8s.api.apps.v1.StatefulSetCondition", "One aspect of a StatefulSet's state.")
}
