import JSONTree

extension ObjectSchema {
  static let container = ObjectSchema("io.k8s.api.core.v1.Container", "One container of a Pod.") {
    containerFields
  }

  /// What ordinary and ephemeral containers have in common.
  @FieldsBuilder private static var containerFields: [Field] {
    Field(
      "args", .strings,
      "Arguments of the command. $(NAME) stands for a variable, $$(NAME) for that text "
        + "itself.")
    Field(
      "command", .strings,
      "Program and first arguments, instead of the image's entry point. $(NAME) stands "
        + "for a variable.")
    Field("env", .list(.object(.envVar), .map("name")), "Environment variables.")
    Field(
      "envFrom", .list(.object(.envFromSource)),
      "Sources all of whose keys become environment variables; env wins over them.")
    Field("image", .string, "Container image.")
    Field(
      "imagePullPolicy", .string,
      "When the image is pulled: Always, IfNotPresent or Never. Default is Always for "
        + "tag latest, else IfNotPresent.", enum: ["Always", "Never", "IfNotPresent"],
      goType: "v1.PullPolicy")
    Field("lifecycle", .object(.lifecycle), "What to run after the start and before the stop.")
    Field("livenessProbe", .object(.probe), "Probe whose failure restarts the container.")
    Field("name", .string, "Name of the container, unique in the Pod.", required: true, default: "")
    Field(
      "ports", .list(.object(.containerPort), .map("containerPort", "protocol")),
      "Ports the container listens on. A port not listed can be reached all the same.")
    Field(
      "readinessProbe", .object(.probe), "Probe whose failure takes the Pod out of its Services.")
    Field(
      "resizePolicy", .list(.object(.containerResizePolicy)),
      "What happens to the container when its resources change.")
    Field(
      "resources", .object(.resourceRequirements), "Resources the container asks for and may use.",
      default: [:])
    Field(
      "restartPolicy", .string,
      "Restart policy of this container, instead of the Pod's. On an init container, "
        + "Always makes a sidecar.", empty: .kept, goType: "v1.ContainerRestartPolicy")
    Field(
      "restartPolicyRules", .list(.object(.containerRestartRule)),
      "Rules by exit code, looked at before restartPolicy.")
    Field(
      "securityContext", .object(.securityContext),
      "Privileges and identity of the container; wins over the Pod's.")
    Field(
      "startupProbe", .object(.probe), "Probe that must succeed once before the other probes begin."
    )
    Field(
      "stdin", .boolean, "Whether the container has an input that can be attached to.",
      empty: .dropped)
    Field(
      "stdinOnce", .boolean, "Whether the input closes after the first attached client is gone.",
      empty: .dropped)
    Field(
      "terminationMessagePath", .string,
      "File in which the container may leave a last message. Default is "
        + "/dev/termination-log.", default: "/dev/termination-log")
    Field(
      "terminationMessagePolicy", .string,
      "Where the last message comes from: File (default), or FallbackToLogsOnError, the "
        + "log's end if the file is empty.", default: "File",
      enum: ["File", "FallbackToLogsOnError"], goType: "v1.TerminationMessagePolicy")
    Field("tty", .boolean, "Whether the container has a terminal; needs stdin.", empty: .dropped)
    Field(
      "volumeDevices", .list(.object(.volumeDevice), .map("devicePath")),
      "Block devices the container uses.")
    Field(
      "volumeMounts", .list(.object(.volumeMount), .map("mountPath")),
      "Volumes the container mounts.")
    Field("workingDir", .string, "Working directory. Default is the image's.")
  }

  static let ephemeralContainer = ObjectSchema(
    "io.k8s.api.core.v1.EphemeralContainer",
    "A container added to a running Pod for debugging. It is never restarted and has "
      + "no ports, probes or resources."
  ) {
    containerFields
    Field(
      "targetContainerName", .string,
      "Container whose namespaces it joins; without one it has its own.")
  }

  static let containerPort = ObjectSchema(
    "io.k8s.api.core.v1.ContainerPort",
    "A port a container listens on."
  ) {
    Field("containerPort", .int32, "Number of the port, 1 to 65535.", required: true, default: 0)
    Field("hostIP", .string, "Address of the node to bind hostPort to.")
    Field(
      "hostPort", .int32,
      "Port of the node that leads to this one. With hostNetwork it equals containerPort.",
      empty: .dropped)
    Field(
      "name", .string, "Name of the port, unique in the Pod, by which Services can refer to it.")
    Field(
      "protocol", .string, "TCP (default), UDP or SCTP.", default: "TCP",
      enum: ["TCP", "UDP", "SCTP"], goType: "v1.Protocol")
  }

  static let volumeMount = ObjectSchema(
    "io.k8s.api.core.v1.VolumeMount",
    "A volume mounted into a container."
  ) {
    Field("mountPath", .string, "Path in the container; no colon.", required: true, default: "")
    Field(
      "mountPropagation", .string, "How mounts spread between node and container. Default is None.",
      enum: ["None", "HostToContainer", "Bidirectional"], empty: .kept,
      goType: "v1.MountPropagationMode")
    Field("name", .string, "Name of the volume.", required: true, default: "")
    Field("readOnly", .boolean, "Whether the container may only read it.", empty: .dropped)
    Field(
      "recursiveReadOnly", .string,
      "Whether mounts below are read-only too: Disabled (default), IfPossible or Enabled.",
      empty: .kept, goType: "v1.RecursiveReadOnlyMode")
    Field("subPath", .string, "Path within the volume that is mounted. Default is its root.")
    Field("subPathExpr", .string, "Like subPath, with $(NAME) for variables of the container.")
  }

  static let volumeDevice = ObjectSchema(
    "io.k8s.api.core.v1.VolumeDevice",
    "A block device given to a container."
  ) {
    Field(
      "devicePath", .string, "Path of the device in the container.", required: true, default: "")
    Field(
      "name", .string, "Name of a persistentVolumeClaim volume of the Pod.", required: true,
      default: "")
  }

  static let containerResizePolicy = ObjectSchema(
    "io.k8s.api.core.v1.ContainerResizePolicy",
    "What happens to a container when one of its resources changes."
  ) {
    Field(
      "resourceName", .string, "cpu or memory.", required: true, default: "",
      goType: "v1.ResourceName")
    Field(
      "restartPolicy", .string, "NotRequired (default) or RestartContainer.", required: true,
      default: "", goType: "v1.ResourceResizeRestartPolicy")
  }

  static let containerRestartRule = ObjectSchema(
    "io.k8s.api.core.v1.ContainerRestartRule",
    "What to do for certain exit codes."
  ) {
    Field(
      "action", .string, "Restart or RestartAllContainers.", required: true,
      goType: "v1.ContainerRestartRuleAction")
    Field("exitCodes", .object(.containerRestartRuleOnExitCodes), "The exit codes the rule is for.")
  }

  static let containerRestartRuleOnExitCodes = ObjectSchema(
    "io.k8s.api.core.v1.ContainerRestartRuleOnExitCodes",
    "A set of exit codes."
  ) {
    Field(
      "operator", .string, "In or NotIn.", required: true,
      goType: "v1.ContainerRestartRuleOnExitCodesOperator")
    Field("values", .list(.int32, .set), "The exit codes, 0 to 255.")
  }

  static let resourceRequirements = ObjectSchema(
    "io.k8s.api.core.v1.ResourceRequirements",
    "Resources asked for and allowed."
  ) {
    Field(
      "claims", .list(.object(.resourceClaim), ListSemantics(kind: .map(keys: ["name"]))),
      "Entries of spec.resourceClaims that are used.")
    Field("limits", .map(.quantity), "The most that may be used.", goType: "v1.ResourceList")
    Field(
      "requests", .map(.quantity), "What is set aside. Default is the limit.",
      goType: "v1.ResourceList")
  }

  static let resourceClaim = ObjectSchema(
    "io.k8s.api.core.v1.ResourceClaim",
    "Use of an entry of spec.resourceClaims."
  ) {
    Field("name", .string, "Name of the entry.", required: true, default: "")
    Field("request", .string, "One request of the claim; empty for all.")
  }
}
