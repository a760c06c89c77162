import JSONTree

extension ObjectSchema {
  static let node = kind(
    "io.k8s.api.core.v1.Node",
    "A machine that runs Pods."
  ) {
    Field("spec", .object(.nodeSpec), "Desired state of the node.", default: [:])
    Field("status", .object(.nodeStatus), "Observed state of the node.", default: [:])
  }

  static let nodeSpec = ObjectSchema(
    "io.k8s.api.core.v1.NodeSpec",
    "Desired state of a Node."
  ) {
    Field(
      "configSource", .object(.nodeConfigSource),
      "No longer used; where the kubelet once took its configuration from.", deprecated: true)
    Field(
      "externalID", .string, "No longer used; kept so that old clients decode.", deprecated: true)
    Field(
      "podCIDR", .string, "Range the node takes Pod addresses from. Cannot be changed once set.")
    Field(
      "podCIDRs", .list(.string, .mergedSet),
      "Ranges the node takes Pod addresses from, at most one of each family; the first "
        + "equals podCIDR.")
    Field(
      "providerID", .string, "How the cloud provider names the machine. Cannot be changed once set."
    )
    Field("taints", .list(.object(.taint)), "Marks that keep away Pods that do not tolerate them.")
    Field(
      "unschedulable", .boolean, "Whether new Pods stay away, as after kubectl cordon.",
      empty: .dropped)
  }

  static let taint = ObjectSchema(
    "io.k8s.api.core.v1.Taint",
    "A mark on a Node that keeps Pods away unless they tolerate it."
  ) {
    Field(
      "effect", .string,
      "NoSchedule keeps new Pods away, PreferNoSchedule tries to, NoExecute also evicts "
        + "running ones.", required: true, default: "",
      enum: ["NoSchedule", "PreferNoSchedule", "NoExecute"], goType: "v1.TaintEffect")
    Field("key", .string, "Key of the mark.", required: true, default: "")
    Field("timeAdded", .time, "When the taint was added.")
    Field("value", .string, "Value of the mark.")
  }

  static let nodeConfigSource = ObjectSchema(
    "io.k8s.api.core.v1.NodeConfigSource",
    "Where a kubelet's configuration comes from. No longer used."
  ) {
    Field(
      "configMap", .object(.configMapNodeConfigSource), "A ConfigMap that holds the configuration.")
  }

  static let configMapNodeConfigSource = ObjectSchema(
    "io.k8s.api.core.v1.ConfigMapNodeConfigSource",
    "A ConfigMap that holds a kubelet's configuration. No longer used."
  ) {
    Field(
      "kubeletConfigKey", .string, "Key of the ConfigMap that holds it.", required: true,
      default: "")
    Field("name", .string, "Name of the ConfigMap.", required: true, default: "")
    Field("namespace", .string, "Namespace of the ConfigMap.", required: true, default: "")
    Field("resourceVersion", .string, "Version of the ConfigMap; only in status.")
    Field("uid", .string, "uid of the ConfigMap; only in status.", goType: "types.UID")
  }
}
