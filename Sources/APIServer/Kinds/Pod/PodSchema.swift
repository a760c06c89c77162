import JSONTree

extension ObjectSchema {
  static let pod = kind(
    "io.k8s.api.core.v1.Pod",
    "Containers that run together on one node and share addresses and volumes."
  ) {
    Field("spec", .object(.podSpec), "Desired state of the Pod.", default: [:])
    Field("status", .object(.podStatus), "Observed state of the Pod.", default: [:])
  }

  static let podSpec = ObjectSchema(
    "io.k8s.api.core.v1.PodSpec",
    "Desired state of a Pod."
  ) {
    Field(
      "activeDeadlineSeconds", .int64,
      "Seconds from its start after which the Pod is ended and marked failed.")
    Field(
      "affinity", .object(.affinity),
      "Where the Pod may or should be placed, relative to nodes and other Pods.")
    Field(
      "automountServiceAccountToken", .boolean,
      "Whether a token of the service account is mounted; overrides the account's own "
        + "setting.")
    Field(
      "containers", .list(.object(.container), .map("name")),
      "The containers, at least one. Their number cannot change.", required: true)
    Field(
      "dnsConfig", .object(.podDNSConfig), "Resolver settings, merged into what dnsPolicy gives.")
    Field(
      "dnsPolicy", .string,
      "Where the resolver settings come from: ClusterFirst (default), "
        + "ClusterFirstWithHostNet, Default (the node's) or None (dnsConfig only).",
      default: "ClusterFirst",
      enum: ["ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"], goType: "v1.DNSPolicy")
    Field(
      "enableServiceLinks", .boolean,
      "Whether containers get environment variables for the Services of the namespace. "
        + "Default is true.")
    Field(
      "ephemeralContainers", .list(.object(.ephemeralContainer), .map("name")),
      "Containers added to the running Pod for debugging, through the "
        + "ephemeralcontainers subresource only.")
    Field(
      "hostAliases", .list(.object(.hostAlias), .map("ip")), "Lines added to the Pod's hosts file.")
    Field("hostIPC", .boolean, "Whether the Pod shares the node's IPC namespace.", empty: .dropped)
    Field(
      "hostNetwork", .boolean,
      "Whether the Pod shares the node's network; its ports must then be free on the node.",
      empty: .dropped)
    Field(
      "hostPID", .boolean, "Whether the Pod shares the node's process namespace.", empty: .dropped)
    Field(
      "hostUsers", .boolean,
      "Whether the Pod shares the node's user namespace. False gives it one of its own. "
        + "Default is true.")
    Field(
      "hostname", .string,
      "Host name of the Pod. Default is the Pod's name. With subdomain it becomes a DNS "
        + "name.")
    Field(
      "hostnameOverride", .string,
      "Host name the Pod sees, instead of hostname and subdomain; not a DNS name of the "
        + "cluster.", empty: .kept)
    Field(
      "imagePullSecrets", .list(.object(.localObjectReference), .map("name")),
      "Secrets with registry credentials for the Pod's images.")
    Field(
      "initContainers", .list(.object(.container), .map("name")),
      "Containers that run one after another, each to its end, before the others start. "
        + "One with restartPolicy Always keeps running as a sidecar.")
    Field(
      "nodeName", .string, "Node the Pod runs on. Left empty, a scheduler or a binding fills it in."
    )
    Field(
      "nodeSelector", .stringMap, "Labels a node must have for the Pod to be placed there.",
      atomicMap: true)
    Field("os", .object(.podOS), "Operating system of the containers.")
    Field(
      "overhead", .map(.quantity),
      "Resources that running the Pod itself costs, set from its RuntimeClass.",
      goType: "v1.ResourceList")
    Field(
      "preemptionPolicy", .string,
      "Whether the Pod may push out Pods of lower priority to be placed.",
      enum: ["PreemptLowerPriority", "Never"], empty: .kept, goType: "v1.PreemptionPolicy")
    Field("priority", .int32, "Priority of the Pod as a number, set from priorityClassName.")
    Field("priorityClassName", .string, "PriorityClass that gives the Pod its priority.")
    Field(
      "readinessGates", .list(.object(.podReadinessGate)),
      "Conditions that must be True, beside ready containers, for the Pod to be ready.")
    Field(
      "resourceClaims", .list(.object(.podResourceClaim), .map("name", retainsKeys: true)),
      "Device claims that must be allocated before the Pod starts.")
    Field(
      "resources", .object(.resourceRequirements),
      "Resources of the Pod as a whole, beside those of its containers.")
    Field(
      "restartPolicy", .string,
      "When ended containers are started again: Always (default), OnFailure or Never.",
      default: "Always", enum: ["Always", "OnFailure", "Never"], goType: "v1.RestartPolicy")
    Field(
      "runtimeClassName", .string, "RuntimeClass that chooses how the Pod is run.", empty: .kept)
    Field(
      "schedulerName", .string, "Scheduler that places the Pod. Default is default-scheduler.",
      default: "default-scheduler")
    Field(
      "schedulingGates", .list(.object(.podSchedulingGate), .map("name")),
      "Gates that keep the scheduler from placing the Pod; they can be removed, but not "
        + "added later.")
    Field(
      "schedulingGroup", .object(.podSchedulingGroup), "Group of Pods that are scheduled together.")
    Field(
      "securityContext", .object(.podSecurityContext),
      "Privileges and identities of all containers, where a container does not say "
        + "otherwise.", default: [:])
    Field("serviceAccount", .string, "Old name of serviceAccountName.", deprecated: true)
    Field("serviceAccountName", .string, "ServiceAccount the Pod runs as. Default is default.")
    Field("setHostnameAsFQDN", .boolean, "Whether the Pod's host name is its fully qualified name.")
    Field(
      "shareProcessNamespace", .boolean,
      "Whether the containers share one process namespace and see each other's processes.")
    Field(
      "subdomain", .string,
      "Domain of the Pod's host name below its namespace. A headless Service of this "
        + "name gives the Pod a DNS name.")
    Field(
      "terminationGracePeriodSeconds", .int64,
      "Seconds between asking the containers to stop and killing them. Default is 30.", default: 30)
    Field("tolerations", .list(.object(.toleration)), "Taints of nodes the Pod accepts.")
    Field(
      "topologySpreadConstraints",
      .list(.object(.topologySpreadConstraint), .map("topologyKey", "whenUnsatisfiable")),
      "How Pods like this one spread over zones, nodes and the like.")
    Field(
      "volumes", .list(.object(.volume), .map("name", retainsKeys: true)),
      "Volumes that containers can mount.")
  }

  static let podOS = ObjectSchema(
    "io.k8s.api.core.v1.PodOS",
    "The operating system of a Pod's containers."
  ) {
    Field("name", .string, "linux or windows.", required: true, default: "", goType: "v1.OSName")
  }

  static let hostAlias = ObjectSchema(
    "io.k8s.api.core.v1.HostAlias",
    "A line of the Pod's hosts file."
  ) {
    Field("hostnames", .strings, "Names for the address.")
    Field("ip", .string, "The address.", required: true, default: "")
  }

  static let podReadinessGate = ObjectSchema(
    "io.k8s.api.core.v1.PodReadinessGate",
    "A condition that must be True for a Pod to be ready."
  ) {
    Field(
      "conditionType", .string, "Type of the condition.", required: true, default: "",
      goType: "v1.PodConditionType")
  }

  static let podSchedulingGate = ObjectSchema(
    "io.k8s.api.core.v1.PodSchedulingGate",
    "A gate that keeps a Pod from being placed."
  ) {
    Field("name", .string, "Name of the gate.", required: true, default: "")
  }

  static let podSchedulingGroup = ObjectSchema(
    "io.k8s.api.core.v1.PodSchedulingGroup",
    "The group a Pod is scheduled with."
  ) {
    Field("podGroupName", .string, "Name of the PodGroup in the same namespace.", empty: .kept)
  }

  static let podResourceClaim = ObjectSchema(
    "io.k8s.api.core.v1.PodResourceClaim",
    "A claim for devices a Pod needs; one of the two references is set."
  ) {
    Field(
      "name", .string, "Name by which containers refer to the claim.", required: true, default: "")
    Field("resourceClaimName", .string, "A ResourceClaim in the same namespace.", empty: .kept)
    Field(
      "resourceClaimTemplateName", .string,
      "A ResourceClaimTemplate from which a claim is made for this Pod.", empty: .kept)
  }

  static let podDNSConfig = ObjectSchema(
    "io.k8s.api.core.v1.PodDNSConfig",
    "Resolver settings of a Pod."
  ) {
    Field(
      "nameservers", .strings,
      "Addresses of name servers, added to those of dnsPolicy; at most three.")
    Field(
      "options", .list(.object(.podDNSConfigOption)),
      "Options of the resolver, added to those of dnsPolicy.")
    Field("searches", .strings, "Search domains, added to those of dnsPolicy; at most 32.")
  }

  static let podDNSConfigOption = ObjectSchema(
    "io.k8s.api.core.v1.PodDNSConfigOption",
    "An option of the resolver."
  ) {
    Field("name", .string, "Name of the option, such as ndots.")
    Field("value", .string, "Value of the option, if it has one.", empty: .kept)
  }
}
