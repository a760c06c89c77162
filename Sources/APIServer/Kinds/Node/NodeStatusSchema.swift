import JSONTree

extension ObjectSchema {
  static let nodeStatus = ObjectSchema(
    "io.k8s.api.core.v1.NodeStatus",
    "Observed state of a Node."
  ) {
    Field(
      "addresses", .list(.object(.nodeAddress), .map("type")),
      "Addresses and names by which the node is reached.")
    Field(
      "allocatable", .map(.quantity), "Resources that Pods may use. Defaults to the capacity.",
      goType: "v1.ResourceList")
    Field("capacity", .map(.quantity), "All resources of the node.", goType: "v1.ResourceList")
    Field(
      "conditions", .list(.object(.nodeCondition), .map("type")),
      "What works and what does not, Ready first of all.")
    Field(
      "config", .object(.nodeConfigStatus),
      "Which dynamic configuration the kubelet uses. No longer used.")
    Field(
      "daemonEndpoints", .object(.nodeDaemonEndpoints), "Ports of the node's own daemons.",
      default: [:])
    Field(
      "declaredFeatures", .strings, "Features the node offers that the scheduler should know of.")
    Field(
      "features", .object(.nodeFeatures),
      "Features of the container runtime that concern the whole node.")
    Field(
      "images", .list(.object(.containerImage)),
      "Container images present on the node, largest first.")
    Field(
      "nodeInfo", .object(.nodeSystemInfo),
      "Identity and versions of the machine and its software.", default: [:])
    Field(
      "phase", .string, "No longer used.", enum: ["Pending", "Running", "Terminated"],
      goType: "v1.NodePhase")
    Field(
      "runtimeHandlers", .list(.object(.nodeRuntimeHandler)),
      "Container runtime handlers the node offers.")
    Field("volumesAttached", .list(.object(.attachedVolume)), "Volumes attached to the node.")
    Field(
      "volumesInUse", .strings, "Attachable volumes in use by the node.",
      goType: "[]v1.UniqueVolumeName")
  }

  static let nodeAddress = ObjectSchema(
    "io.k8s.api.core.v1.NodeAddress",
    "One address of a Node."
  ) {
    Field("address", .string, "The address or name itself.", required: true, default: "")
    Field(
      "type", .string, "Hostname, InternalIP, ExternalIP, InternalDNS or ExternalDNS.",
      required: true, default: "", goType: "v1.NodeAddressType")
  }

  static let nodeCondition = ObjectSchema(
    "io.k8s.api.core.v1.NodeCondition",
    "One aspect of a Node's state."
  ) {
    Field("lastHeartbeatTime", .time, "When the condition was last reported.")
    Field("lastTransitionTime", .time, "When the status last changed.")
    Field("message", .string, "Details for people.")
    Field("reason", .string, "Why the status last changed, as one CamelCase word.")
    Field(
      "status", .string, "True, False or Unknown.", required: true, default: "",
      goType: "v1.ConditionStatus")
    Field(
      "type", .string, "Which aspect it is, such as Ready or DiskPressure.", required: true,
      default: "", goType: "v1.NodeConditionType")
  }

  static let nodeConfigStatus = ObjectSchema(
    "io.k8s.api.core.v1.NodeConfigStatus",
    "State of a kubelet's dynamic configuration. No longer used."
  ) {
    Field("active", .object(.nodeConfigSource), "The configuration in use.")
    Field("assigned", .object(.nodeConfigSource), "The configuration the node is to use next.")
    Field("error", .string, "What is wrong with the assigned configuration.")
    Field("lastKnownGood", .object(.nodeConfigSource), "The configuration the node falls back to.")
  }

  static let nodeDaemonEndpoints = ObjectSchema(
    "io.k8s.api.core.v1.NodeDaemonEndpoints",
    "Ports of the daemons on a Node."
  ) {
    Field("kubeletEndpoint", .object(.daemonEndpoint), "Port of the kubelet.", default: [:])
  }

  static let daemonEndpoint = ObjectSchema(
    "io.k8s.api.core.v1.DaemonEndpoint",
    "The port of one daemon."
  ) {
    Field("Port", .int32, "Number of the port.", required: true, default: 0)
  }

  static let nodeFeatures = ObjectSchema(
    "io.k8s.api.core.v1.NodeFeatures",
    "Features of a Node's container runtime."
  ) {
    Field(
      "supplementalGroupsPolicy", .boolean, "Whether supplementalGroupsPolicy of Pods is honoured.")
  }

  static let containerImage = ObjectSchema(
    "io.k8s.api.core.v1.ContainerImage",
    "A container image present on a Node."
  ) {
    Field("names", .strings, "All names of the image.", empty: .kept)
    Field("sizeBytes", .int64, "Size of the image in bytes.", empty: .dropped)
  }

  static let nodeSystemInfo = ObjectSchema(
    "io.k8s.api.core.v1.NodeSystemInfo",
    "Identity and versions of a Node."
  ) {
    Field(
      "architecture", .string, "Processor architecture, such as amd64.", required: true, default: ""
    )
    Field("bootID", .string, "Changes with every boot.", required: true, default: "")
    Field(
      "containerRuntimeVersion", .string,
      "Container runtime and its version, such as containerd://2.1.0.", required: true, default: "")
    Field("kernelVersion", .string, "Version of the kernel.", required: true, default: "")
    Field(
      "kubeProxyVersion", .string, "No longer filled in.", required: true, default: "",
      deprecated: true)
    Field(
      "kubeletVersion", .string, "Version of the kubelet or whatever stands in for it.",
      required: true, default: "")
    Field("machineID", .string, "Content of /etc/machine-id.", required: true, default: "")
    Field("operatingSystem", .string, "linux or windows.", required: true, default: "")
    Field(
      "osImage", .string, "Name and version of the operating system.", required: true, default: "")
    Field("swap", .object(.nodeSwapStatus), "Swap space of the machine.")
    Field("systemUUID", .string, "Identifier the firmware gives.", required: true, default: "")
  }

  static let nodeSwapStatus = ObjectSchema(
    "io.k8s.api.core.v1.NodeSwapStatus",
    "Swap space of a Node."
  ) {
    Field("capacity", .int64, "Bytes of swap space.")
  }

  static let nodeRuntimeHandler = ObjectSchema(
    "io.k8s.api.core.v1.NodeRuntimeHandler",
    "A container runtime handler of a Node."
  ) {
    Field("features", .object(.nodeRuntimeHandlerFeatures), "What the handler supports.")
    Field(
      "name", .string, "Name of the handler; empty for the default one.", default: "", empty: .kept)
  }

  static let nodeRuntimeHandlerFeatures = ObjectSchema(
    "io.k8s.api.core.v1.NodeRuntimeHandlerFeatures",
    "What a container runtime handler supports."
  ) {
    Field("recursiveReadOnlyMounts", .boolean, "Whether mounts can be read-only all the way down.")
    Field("userNamespaces", .boolean, "Whether Pods can have a user namespace of their own.")
  }

  static let attachedVolume = ObjectSchema(
    "io.k8s.api.core.v1.AttachedVolume",
    "A volume attached to a Node."
  ) {
    Field(
      "devicePath", .string, "Device under which the volume appears.", required: true, default: "")
    Field(
      "name", .string, "Name of the volume.", required: true, default: "",
      goType: "v1.UniqueVolumeName")
  }
}
