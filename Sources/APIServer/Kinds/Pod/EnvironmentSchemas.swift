import JSONTree

extension ObjectSchema {
  static let envVar = ObjectSchema(
    "io.k8s.api.core.v1.EnvVar",
    "An environment variable."
  ) {
    Field("name", .string, "Name of the variable.", required: true, default: "")
    Field(
      "value", .string,
      "Value. $(NAME) stands for a variable defined before, $$(NAME) for that text itself.")
    Field(
      "valueFrom", .object(.envVarSource), "Where the value comes from; not together with value.")
  }

  static let envVarSource = ObjectSchema(
    "io.k8s.api.core.v1.EnvVarSource",
    "Where the value of a variable comes from."
  ) {
    Field("configMapKeyRef", .object(.configMapKeySelector), "A key of a ConfigMap.")
    Field(
      "fieldRef", .object(.objectFieldSelector),
      "A field of the Pod, such as metadata.name or status.podIP.")
    Field("fileKeyRef", .object(.fileKeySelector), "A key in a file of variables on a volume.")
    Field("resourceFieldRef", .object(.resourceFieldSelector), "A request or limit of a container.")
    Field("secretKeyRef", .object(.secretKeySelector), "A key of a Secret.")
  }

  static let envFromSource = ObjectSchema(
    "io.k8s.api.core.v1.EnvFromSource",
    "A ConfigMap or Secret all of whose keys become variables."
  ) {
    Field("configMapRef", .object(.configMapEnvSource), "The ConfigMap.")
    Field("prefix", .string, "Text put before every key.")
    Field("secretRef", .object(.secretEnvSource), "The Secret.")
  }

  static let configMapEnvSource = ObjectSchema(
    "io.k8s.api.core.v1.ConfigMapEnvSource",
    "A ConfigMap all of whose keys become variables."
  ) {
    Field("name", .string, "Name of the ConfigMap.")
    Field("optional", .boolean, "Whether the Pod starts without it.")
  }

  static let secretEnvSource = ObjectSchema(
    "io.k8s.api.core.v1.SecretEnvSource",
    "A Secret all of whose keys become variables."
  ) {
    Field("name", .string, "Name of the Secret.")
    Field("optional", .boolean, "Whether the Pod starts without it.")
  }

  static let configMapKeySelector = ObjectSchema(
    "io.k8s.api.core.v1.ConfigMapKeySelector",
    "One key of a ConfigMap.", isAtomic: true
  ) {
    Field("key", .string, "The key.", required: true, default: "")
    Field("name", .string, "Name of the ConfigMap.")
    Field("optional", .boolean, "Whether the Pod starts without it.")
  }

  static let secretKeySelector = ObjectSchema(
    "io.k8s.api.core.v1.SecretKeySelector",
    "One key of a Secret.", isAtomic: true
  ) {
    Field("key", .string, "The key.", required: true, default: "")
    Field("name", .string, "Name of the Secret.")
    Field("optional", .boolean, "Whether the Pod starts without it.")
  }

  static let fileKeySelector = ObjectSchema(
    "io.k8s.api.core.v1.FileKeySelector",
    "One variable in a file on a volume.", isAtomic: true
  ) {
    Field("key", .string, "Name of the variable in the file.", required: true, default: "")
    Field("optional", .boolean, "Whether the Pod starts without it.", default: false)
    Field("path", .string, "Path of the file in the volume.", required: true, default: "")
    Field("volumeName", .string, "Name of the volume.", required: true, default: "")
  }

  static let objectFieldSelector = ObjectSchema(
    "io.k8s.api.core.v1.ObjectFieldSelector",
    "A field of the Pod.", isAtomic: true
  ) {
    Field(
      "apiVersion", .string, "API version fieldPath is written for. Default is v1.", default: "v1")
    Field("fieldPath", .string, "Path of the field.", required: true, default: "")
  }

  static let resourceFieldSelector = ObjectSchema(
    "io.k8s.api.core.v1.ResourceFieldSelector",
    "A request or limit of a container.", isAtomic: true
  ) {
    Field(
      "containerName", .string, "Name of the container; needed for volumes, optional for variables."
    )
    Field("divisor", .quantity, "Unit the amount is expressed in. Default is 1.", default: "0")
    Field("resource", .string, "Which amount, such as limits.cpu.", required: true, default: "")
  }
}
