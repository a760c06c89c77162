import JSONTree

extension ObjectSchema {
  static let podSecurityContext = ObjectSchema(
    "io.k8s.api.core.v1.PodSecurityContext",
    "Privileges and identities of all containers of a Pod."
  ) {
    Field("appArmorProfile", .object(.appArmorProfile), "AppArmor profile of all containers.")
    Field("fsGroup", .int64, "Group that owns volumes which support it.")
    Field(
      "fsGroupChangePolicy", .string,
      "Whether volumes are changed to fsGroup always or only if the root differs. "
        + "Default is Always.", enum: ["OnRootMismatch", "Always"], empty: .kept,
      goType: "v1.PodFSGroupChangePolicy")
    Field("runAsGroup", .int64, "Group id of first processes.")
    Field("runAsNonRoot", .boolean, "Whether containers that would run as root are refused.")
    Field("runAsUser", .int64, "User id of first processes. Default is the image's.")
    Field(
      "seLinuxChangePolicy", .string,
      "How volumes get their SELinux label: Recursive or MountOption.", empty: .kept,
      goType: "v1.PodSELinuxChangePolicy")
    Field("seLinuxOptions", .object(.seLinuxOptions), "SELinux label of all containers.")
    Field("seccompProfile", .object(.seccompProfile), "Seccomp profile of all containers.")
    Field("supplementalGroups", .list(.int64), "Further groups of first processes.")
    Field(
      "supplementalGroupsPolicy", .string,
      "Whether groups of the image count too: Merge (default) or Strict.",
      enum: ["Merge", "Strict"], empty: .kept, goType: "v1.SupplementalGroupsPolicy")
    Field("sysctls", .list(.object(.sysctl)), "Kernel parameters of the Pod's namespaces.")
    Field("windowsOptions", .object(.windowsSecurityContextOptions), "Settings for Windows.")
  }

  static let securityContext = ObjectSchema(
    "io.k8s.api.core.v1.SecurityContext",
    "Privileges and identity of a container. What is set here wins over the Pod's."
  ) {
    Field(
      "allowPrivilegeEscalation", .boolean,
      "Whether a process can gain more privileges than its parent.")
    Field("appArmorProfile", .object(.appArmorProfile), "AppArmor profile.")
    Field(
      "capabilities", .object(.capabilities),
      "Capabilities added to and taken from the runtime's default set.")
    Field("privileged", .boolean, "Whether the container is as good as root on the node.")
    Field(
      "procMount", .string, "Which parts of /proc are masked. Default is the runtime's.",
      enum: ["Default", "Unmasked"], empty: .kept, goType: "v1.ProcMountType")
    Field("readOnlyRootFilesystem", .boolean, "Whether the root file system is read-only.")
    Field("runAsGroup", .int64, "Group id of the first process.")
    Field("runAsNonRoot", .boolean, "Whether a container that would run as root is refused.")
    Field("runAsUser", .int64, "User id of the first process. Default is the image's.")
    Field("seLinuxOptions", .object(.seLinuxOptions), "SELinux label.")
    Field("seccompProfile", .object(.seccompProfile), "Seccomp profile.")
    Field("windowsOptions", .object(.windowsSecurityContextOptions), "Settings for Windows.")
  }

  static let appArmorProfile = ObjectSchema(
    "io.k8s.api.core.v1.AppArmorProfile",
    "An AppArmor profile."
  ) {
    Field(
      "localhostProfile", .string, "Name of a profile loaded on the node; only with Localhost.",
      empty: .kept)
    Field(
      "type", .string, "Localhost, RuntimeDefault or Unconfined.", required: true, default: "",
      enum: ["Unconfined", "RuntimeDefault", "Localhost"], goType: "v1.AppArmorProfileType")
  }

  static let seccompProfile = ObjectSchema(
    "io.k8s.api.core.v1.SeccompProfile",
    "A seccomp profile."
  ) {
    Field(
      "localhostProfile", .string,
      "Path of a profile below the kubelet's directory; only with Localhost.", empty: .kept)
    Field(
      "type", .string, "Localhost, RuntimeDefault or Unconfined.", required: true, default: "",
      enum: ["Unconfined", "RuntimeDefault", "Localhost"], goType: "v1.SeccompProfileType")
  }

  static let seLinuxOptions = ObjectSchema(
    "io.k8s.api.core.v1.SELinuxOptions",
    "An SELinux label."
  ) {
    Field("level", .string, "Level of the label.")
    Field("role", .string, "Role of the label.")
    Field("type", .string, "Type of the label.")
    Field("user", .string, "User of the label.")
  }

  static let capabilities = ObjectSchema(
    "io.k8s.api.core.v1.Capabilities",
    "Changes of the runtime's default set of capabilities."
  ) {
    Field("add", .strings, "Capabilities added.", goType: "[]v1.Capability")
    Field("drop", .strings, "Capabilities taken away.", goType: "[]v1.Capability")
  }

  static let sysctl = ObjectSchema(
    "io.k8s.api.core.v1.Sysctl",
    "A kernel parameter."
  ) {
    Field("name", .string, "Name of the parameter.", required: true, default: "")
    Field("value", .string, "Value of the parameter.", required: true, default: "")
  }

  static let windowsSecurityContextOptions = ObjectSchema(
    "io.k8s.api.core.v1.WindowsSecurityContextOptions",
    "Settings for containers on Windows."
  ) {
    Field("gmsaCredentialSpec", .string, "Text of the GMSA credential specification.", empty: .kept)
    Field(
      "gmsaCredentialSpecName", .string, "Name of the GMSA credential specification.", empty: .kept)
    Field(
      "hostProcess", .boolean,
      "Whether it runs as a process of the host; all containers of a Pod alike, with "
        + "hostNetwork.")
    Field("runAsUserName", .string, "Name of the user of the first process.", empty: .kept)
  }
}
