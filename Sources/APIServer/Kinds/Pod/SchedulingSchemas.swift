import JSONTree

extension ObjectSchema {
  static let toleration = ObjectSchema(
    "io.k8s.api.core.v1.Toleration",
    "Accepts taints of a node."
  ) {
    Field(
      "effect", .string, "Effect that is accepted; empty for all.",
      enum: ["NoSchedule", "PreferNoSchedule", "NoExecute"], goType: "v1.TaintEffect")
    Field("key", .string, "Key that is accepted; empty with Exists for all.")
    Field(
      "operator", .string, "How key and value compare: Equal (default), Exists, Lt or Gt.",
      enum: ["Exists", "Equal", "Lt", "Gt"], goType: "v1.TolerationOperator")
    Field(
      "tolerationSeconds", .int64,
      "With NoExecute, how long the Pod stays on a node that gets the taint; unset is "
        + "for ever.")
    Field("value", .string, "Value that is accepted; empty with Exists.")
  }

  static let topologySpreadConstraint = ObjectSchema(
    "io.k8s.api.core.v1.TopologySpreadConstraint",
    "How evenly Pods spread over the values of a node label."
  ) {
    Field("labelSelector", .object(.labelSelector), "Which Pods are counted.")
    Field(
      "matchLabelKeys", .strings,
      "Labels whose values, taken from the Pod itself, narrow down which Pods are counted.")
    Field(
      "maxSkew", .int32, "How much the fullest and the emptiest domain may differ; at least 1.",
      required: true, default: 0)
    Field(
      "minDomains", .int32,
      "How many domains there must be before the emptiest one counts. Default is 1.")
    Field(
      "nodeAffinityPolicy", .string,
      "Whether nodes the Pod's affinity excludes are left out of account: Honor "
        + "(default) or Ignore.", enum: ["Ignore", "Honor"], empty: .kept,
      goType: "v1.NodeInclusionPolicy")
    Field(
      "nodeTaintsPolicy", .string,
      "Whether nodes with taints the Pod does not tolerate are left out of account: "
        + "Honor or Ignore (default).", enum: ["Ignore", "Honor"], empty: .kept,
      goType: "v1.NodeInclusionPolicy")
    Field(
      "topologyKey", .string, "Node label whose values are the domains.", required: true,
      default: "")
    Field(
      "whenUnsatisfiable", .string, "DoNotSchedule, or ScheduleAnyway, which only prefers.",
      required: true, default: "", enum: ["DoNotSchedule", "ScheduleAnyway"],
      goType: "v1.UnsatisfiableConstraintAction")
  }

  static let affinity = ObjectSchema(
    "io.k8s.api.core.v1.Affinity",
    "Where a Pod may or should be placed."
  ) {
    Field("nodeAffinity", .object(.nodeAffinity), "Relative to labels of nodes.")
    Field("podAffinity", .object(.podAffinity), "Near other Pods.")
    Field("podAntiAffinity", .object(.podAntiAffinity), "Away from other Pods.")
  }

  static let nodeAffinity = ObjectSchema(
    "io.k8s.api.core.v1.NodeAffinity",
    "Rules about the node a Pod is placed on."
  ) {
    Field(
      "preferredDuringSchedulingIgnoredDuringExecution", .list(.object(.preferredSchedulingTerm)),
      "Preferences, each with a weight.")
    Field(
      "requiredDuringSchedulingIgnoredDuringExecution", .object(.nodeSelector),
      "What the node must be like when the Pod is placed.")
  }

  static let nodeSelector = ObjectSchema(
    "io.k8s.api.core.v1.NodeSelector",
    "Chooses nodes; one of the terms must match.", isAtomic: true
  ) {
    Field("nodeSelectorTerms", .list(.object(.nodeSelectorTerm)), "The terms.", required: true)
  }

  static let nodeSelectorTerm = ObjectSchema(
    "io.k8s.api.core.v1.NodeSelectorTerm",
    "Chooses nodes; all conditions must hold. An empty term matches nothing.", isAtomic: true
  ) {
    Field(
      "matchExpressions", .list(.object(.nodeSelectorRequirement)),
      "Conditions on labels of the node.")
    Field(
      "matchFields", .list(.object(.nodeSelectorRequirement)),
      "Conditions on fields of the node; only metadata.name.")
  }

  static let nodeSelectorRequirement = ObjectSchema(
    "io.k8s.api.core.v1.NodeSelectorRequirement",
    "One condition on a node."
  ) {
    Field("key", .string, "Label key or field.", required: true, default: "")
    Field(
      "operator", .string, "In, NotIn, Exists, DoesNotExist, Gt or Lt.", required: true,
      default: "", enum: ["In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt"],
      goType: "v1.NodeSelectorOperator")
    Field(
      "values", .strings,
      "Values to compare with; none for Exists and DoesNotExist, one number for Gt and Lt.")
  }

  static let preferredSchedulingTerm = ObjectSchema(
    "io.k8s.api.core.v1.PreferredSchedulingTerm",
    "A preference for nodes."
  ) {
    Field(
      "preference", .object(.nodeSelectorTerm), "Which nodes are preferred.", required: true,
      default: [:])
    Field("weight", .int32, "Weight of the preference, 1 to 100.", required: true, default: 0)
  }

  static let podAffinity = ObjectSchema(
    "io.k8s.api.core.v1.PodAffinity",
    "Rules that place a Pod near others."
  ) {
    Field(
      "preferredDuringSchedulingIgnoredDuringExecution", .list(.object(.weightedPodAffinityTerm)),
      "Preferences, each with a weight.")
    Field(
      "requiredDuringSchedulingIgnoredDuringExecution", .list(.object(.podAffinityTerm)),
      "Pods that must be near when the Pod is placed.")
  }

  static let podAntiAffinity = ObjectSchema(
    "io.k8s.api.core.v1.PodAntiAffinity",
    "Rules that place a Pod away from others."
  ) {
    Field(
      "preferredDuringSchedulingIgnoredDuringExecution", .list(.object(.weightedPodAffinityTerm)),
      "Preferences, each with a weight.")
    Field(
      "requiredDuringSchedulingIgnoredDuringExecution", .list(.object(.podAffinityTerm)),
      "Pods that must not be near when the Pod is placed.")
  }

  static let weightedPodAffinityTerm = ObjectSchema(
    "io.k8s.api.core.v1.WeightedPodAffinityTerm",
    "A preference relative to other Pods."
  ) {
    Field(
      "podAffinityTerm", .object(.podAffinityTerm), "Which Pods, and what counts as near.",
      required: true, default: [:])
    Field("weight", .int32, "Weight of the preference, 1 to 100.", required: true, default: 0)
  }

  static let podAffinityTerm = ObjectSchema(
    "io.k8s.api.core.v1.PodAffinityTerm",
    "A set of Pods, and what counts as near to them."
  ) {
    Field("labelSelector", .object(.labelSelector), "Labels of the Pods.")
    Field("matchLabelKeys", .strings, "Labels whose values must be those of the Pod to be placed.")
    Field(
      "mismatchLabelKeys", .strings,
      "Labels whose values must differ from those of the Pod to be placed.")
    Field(
      "namespaceSelector", .object(.labelSelector),
      "Labels of the Pods' namespaces; an empty selector takes all.")
    Field(
      "namespaces", .strings,
      "Names of the Pods' namespaces. Without this and namespaceSelector, the Pod's own.")
    Field(
      "topologyKey", .string, "Node label; nodes with the same value are near each other.",
      required: true, default: "")
  }
}
