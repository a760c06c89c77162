import JSONTree
import KubernetesAPI

extension FieldChecks {
  /// Privileges and identities of a Pod's containers.
  mutating func podSecurity(_ spec: JSON, at path: FieldPath) {
    let context = spec.member("securityContext")
    let own = path.child("securityContext")
    identity(context, at: own)
    if let group = context["fsGroup"]?.integer {
      format(group, at: own.child("fsGroup"), Format.groupID)
    }
    for (index, group) in context.items("supplementalGroups").enumerated() {
      format(
        group.integer ?? 0, at: own.child("supplementalGroups").index(index), Format.groupID)
    }
    if spec.flag("shareProcessNamespace"), spec.flag("hostPID") {
      invalid(
        own.child("shareProcessNamespace"), true,
        "ShareProcessNamespace and HostPID cannot both be enabled")
    }
    sysctls(context.items("sysctls"), spec, at: own.child("sysctls"))
    let choices = [
      ("fsGroupChangePolicy", ["Always", "OnRootMismatch"]),
      ("supplementalGroupsPolicy", ["Merge", "Strict"]),
      ("seLinuxChangePolicy", ["MountOption", "Recursive"]),
    ]
    for (field, supported) in choices {
      if let value = context[field]?.string { oneOf(supported, value, at: own.child(field)) }
    }
    profiles(context, at: own)
    operatingSystem(spec, at: path)
  }

  /// Privileges and identity of one container.
  mutating func security(_ context: JSON, _ pod: PodContext, at path: FieldPath) {
    identity(context, at: path)
    if let mount = context["procMount"]?.string {
      oneOf(["Default", "Unmasked"], mount, at: path.child("procMount"))
      if mount == "Unmasked", pod.sharesUserNamespace {
        invalid(
          path.child("procMount"), .string(mount), "`hostUsers` must be false to use `Unmasked`")
      }
    }
    if context["allowPrivilegeEscalation"]?.bool == false {
      if context.flag("privileged") {
        invalid(
          path, context,
          "cannot set `allowPrivilegeEscalation` to false and `privileged` to true")
      }
      if context.member("capabilities").items("add").contains("CAP_SYS_ADMIN") {
        invalid(
          path, context,
          "cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN")
      }
    }
    profiles(context, at: path)
  }

  private mutating func identity(_ context: JSON, at path: FieldPath) {
    if let user = context["runAsUser"]?.integer {
      format(user, at: path.child("runAsUser"), Format.userID)
    }
    if let group = context["runAsGroup"]?.integer {
      format(group, at: path.child("runAsGroup"), Format.groupID)
    }
  }

  private mutating func profiles(_ context: JSON, at path: FieldPath) {
    if let profile = context["seccompProfile"] {
      seccompProfile(profile, at: path.child("seccompProfile"))
    }
    if let profile = context["appArmorProfile"] {
      appArmorProfile(profile, at: path.child("appArmorProfile"))
    }
  }

  private static let profileTypes = ["Localhost", "RuntimeDefault", "Unconfined"]

  private mutating func seccompProfile(_ profile: JSON, at path: FieldPath) {
    let type = profile.text("type")
    let file = profile["localhostProfile"]?.string
    if type.isEmpty {
      required(path.child("type"), "type is required when seccompProfile is set")
    } else {
      oneOf(Self.profileTypes, type, at: path.child("type"))
    }
    if type == "Localhost" {
      if let file {
        format(file, at: path.child("localhostProfile"), Format.relativePath)
      } else {
        required(
          path.child("localhostProfile"), "must be set when seccomp type is Localhost")
      }
    } else if file != nil {
      invalid(
        path.child("localhostProfile"), profile,
        "can only be set when seccomp type is Localhost")
    }
  }

  private mutating func appArmorProfile(_ profile: JSON, at path: FieldPath) {
    let type = profile.text("type")
    let name = profile["localhostProfile"]?.string
    let namePath = path.child("localhostProfile")
    if type.isEmpty {
      return required(path.child("type"), "type is required when appArmorProfile is set")
    }
    oneOf(Self.profileTypes, type, at: path.child("type"))
    if type == "Localhost" {
      if name?.first?.isWhitespace == true || name?.last?.isWhitespace == true {
        invalid(namePath, name.map { .string($0) }, "must not be padded with whitespace")
      } else if name ?? "" == "" {
        required(namePath, "must be set when AppArmor type is Localhost")
      }
      if (name ?? "").utf8.count > 4095 { add(.tooLong(namePath, maximum: 4095)) }
    } else if let name, Self.profileTypes.contains(type) {
      invalid(namePath, .string(name), "can only be set when AppArmor type is Localhost")
    }
  }

  // MARK: Kernel parameters

  private mutating func sysctls(_ sysctls: [JSON], _ spec: JSON, at path: FieldPath) {
    let segment = "[a-z0-9]([-_a-z0-9]*[a-z0-9])?"
    var names: Set<String> = []
    for (index, sysctl) in sysctls.enumerated() {
      let path = path.index(index).child("name")
      let name = sysctl.text("name")
      if name.isEmpty {
        required(path)
      } else if !isSysctlName(name) {
        invalid(
          path, .string(name),
          "must have at most 253 characters and match regex ^(\(segment)[\\./])*\(segment)$")
      } else if !names.insert(name).inserted {
        duplicate(path, .string(name))
      }
      let isOfNetwork = name.hasPrefix("net.") || name.hasPrefix("net/")
      let isOfIPC =
        ["kernel.shm", "kernel.msg", "fs.mqueue.", "kernel/shm", "kernel/msg", "fs/mqueue/"]
        .contains(where: name.hasPrefix) || name == "kernel.sem" || name == "kernel/sem"
      if isOfNetwork, spec.flag("hostNetwork") {
        invalid(path, .string(name), "may not be specified when 'hostNetwork' is true")
      } else if isOfIPC, spec.flag("hostIPC") {
        invalid(path, .string(name), "may not be specified when 'hostIPC' is true")
      }
    }
  }

  private func isSysctlName(_ name: String) -> Bool {
    name.utf8.count <= 253
      && name.utf8.split(omittingEmptySubsequences: false) {
        $0.isDot || $0 == UInt8(ascii: "/")
      }.allSatisfy { segment in
        segment.isFramed(by: \.isLowercaseAlphanumeric) {
          $0.isLowercaseAlphanumeric || $0.isHyphen || $0.isUnderscore
        }
      }
  }

  // MARK: Operating systems

  /// What only the other operating system has.
  private mutating func operatingSystem(_ spec: JSON, at path: FieldPath) {
    let containers = allContainers(of: spec, at: path)
    switch spec.member("os").text("name") {
    case "linux":
      let contexts = [(spec, path)] + containers
      for (owner, path) in contexts where owner[path: "securityContext", "windowsOptions"] != nil {
        forbidden(
          path.child("securityContext", "windowsOptions"),
          "windows options cannot be set for a linux pod")
      }
    case "windows":
      let detail = "cannot be set for a windows pod"
      for field in ["hostUsers", "hostPID", "hostIPC", "shareProcessNamespace"]
      where spec[field] != nil {
        forbidden(path.child(field), detail)
      }
      let ofPods = [
        "appArmorProfile", "seLinuxOptions", "seccompProfile", "fsGroup", "fsGroupChangePolicy",
        "sysctls", "runAsUser", "runAsGroup", "supplementalGroups", "supplementalGroupsPolicy",
        "seLinuxChangePolicy",
      ]
      for field in ofPods where spec[path: "securityContext", field] != nil {
        forbidden(path.child("securityContext", field), detail)
      }
      let ofContainers = [
        "appArmorProfile", "seLinuxOptions", "seccompProfile", "capabilities",
        "readOnlyRootFilesystem", "privileged", "allowPrivilegeEscalation", "procMount",
        "runAsUser", "runAsGroup",
      ]
      for (container, path) in containers {
        for field in ofContainers where container[path: "securityContext", field] != nil {
          forbidden(path.child("securityContext", field), detail)
        }
      }
    default: break
    }
  }
}
