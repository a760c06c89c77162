import JSONTree

extension ObjectSchema {
  static let containerStatus = ObjectSchema(
    "io.k8s.api.core.v1.ContainerStatus",
    "State of one container."
  ) {
    Field(
      "allocatedResources", .map(.quantity), "Resources the node has set aside for the container.",
      goType: "v1.ResourceList")
    Field(
      "allocatedResourcesStatus", .list(.object(.resourceStatus), .map("name")),
      "Health of devices given to the container.")
    Field("containerID", .string, "Identifier of the container, as type://id.")
    Field("image", .string, "Image the container runs.", required: true, default: "")
    Field("imageID", .string, "Identifier of the image.", required: true, default: "")
    Field("lastState", .object(.containerState), "How the container ended last time.", default: [:])
    Field("name", .string, "Name of the container.", required: true, default: "")
    Field(
      "ready", .boolean, "Whether the container passes its readiness probe.", required: true,
      default: false)
    Field("resources", .object(.resourceRequirements), "Resources in force.")
    Field(
      "restartCount", .int32, "How often the container was started again.", required: true,
      default: 0)
    Field("started", .boolean, "Whether the container has started, and passed its startup probe.")
    Field("state", .object(.containerState), "What the container does now.", default: [:])
    Field(
      "stopSignal", .string, "Signal that asks the container to stop.", empty: .kept,
      goType: "v1.Signal")
    Field("user", .object(.containerUser), "Identity of the first process.")
    Field(
      "volumeMounts", .list(.object(.volumeMountStatus), .map("mountPath")), "State of the mounts.")
  }

  static let containerState = ObjectSchema(
    "io.k8s.api.core.v1.ContainerState",
    "What a container does; at most one member is set, waiting if none is."
  ) {
    Field("running", .object(.containerStateRunning), "It runs.")
    Field("terminated", .object(.containerStateTerminated), "It has ended.")
    Field("waiting", .object(.containerStateWaiting), "It waits to be started.")
  }

  static let containerStateRunning = ObjectSchema(
    "io.k8s.api.core.v1.ContainerStateRunning",
    "A container that runs."
  ) {
    Field("startedAt", .time, "When it was started.")
  }

  static let containerStateTerminated = ObjectSchema(
    "io.k8s.api.core.v1.ContainerStateTerminated",
    "A container that has ended."
  ) {
    Field("containerID", .string, "Identifier of the container, as type://id.")
    Field("exitCode", .int32, "Exit status of the first process.", required: true, default: 0)
    Field("finishedAt", .time, "When it ended.")
    Field("message", .string, "Last message of the container.")
    Field("reason", .string, "Why it ended, such as Completed or Error.")
    Field("signal", .int32, "Signal that ended it.", empty: .dropped)
    Field("startedAt", .time, "When it was started.")
  }

  static let containerStateWaiting = ObjectSchema(
    "io.k8s.api.core.v1.ContainerStateWaiting",
    "A container that waits to be started."
  ) {
    Field("message", .string, "Why it waits, for people.")
    Field("reason", .string, "Why it waits, such as ContainerCreating or CrashLoopBackOff.")
  }

  static let containerUser = ObjectSchema(
    "io.k8s.api.core.v1.ContainerUser",
    "Identity of a container's first process."
  ) {
    Field("linux", .object(.linuxContainerUser), "Identity on Linux.")
  }

  static let linuxContainerUser = ObjectSchema(
    "io.k8s.api.core.v1.LinuxContainerUser",
    "Identity of a process on Linux."
  ) {
    Field("gid", .int64, "Group id.", required: true, default: 0)
    Field("supplementalGroups", .list(.int64), "Further groups.")
    Field("uid", .int64, "User id.", required: true, default: 0)
  }

  static let resourceStatus = ObjectSchema(
    "io.k8s.api.core.v1.ResourceStatus",
    "Health of one resource of a container."
  ) {
    Field(
      "name", .string, "Name of the resource.", required: true, default: "",
      goType: "v1.ResourceName")
    Field(
      "resources", .list(.object(.resourceHealth), ListSemantics(kind: .map(keys: ["resourceID"]))),
      "Health of each device.")
  }

  static let resourceHealth = ObjectSchema(
    "io.k8s.api.core.v1.ResourceHealth",
    "Health of one device."
  ) {
    Field("health", .string, "Healthy, Unhealthy or Unknown.", goType: "v1.ResourceHealthStatus")
    Field("message", .string, "Details for people.", empty: .kept)
    Field(
      "resourceID", .string, "Identifier of the device.", required: true, default: "",
      goType: "v1.ResourceID")
  }

  static let volumeMountStatus = ObjectSchema(
    "io.k8s.api.core.v1.VolumeMountStatus",
    "State of one mount."
  ) {
    Field("mountPath", .string, "Path in the container.", required: true, default: "")
    Field("name", .string, "Name of the volume.", required: true, default: "")
    Field("readOnly", .boolean, "Whether it is mounted read-only.", empty: .dropped)
    Field(
      "recursiveReadOnly", .string, "Whether mounts below are read-only too.", empty: .kept,
      goType: "v1.RecursiveReadOnlyMode")
    Field("volumeStatus", .object(.volumeStatus), "What is known of the volume itself.")
  }

  static let volumeStatus = ObjectSchema(
    "io.k8s.api.core.v1.VolumeStatus",
    "What is known of a mounted volume."
  ) {
    Field("image", .object(.imageVolumeStatus), "For a volume of kind image.")
  }

  static let imageVolumeStatus = ObjectSchema(
    "io.k8s.api.core.v1.ImageVolumeStatus",
    "What is known of a mounted image."
  ) {
    Field("imageRef", .string, "The image that is mounted, by digest.", required: true)
  }
}
