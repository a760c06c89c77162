import JSONTree

extension FieldChecks {
  /// Volumes a container mounts.
  mutating func volumeMounts(_ container: JSON, _ context: PodContext, at path: FieldPath) {
    let list = path.child("volumeMounts")
    let devices = container.items("volumeDevices")
    var mountPaths: Set<String> = []
    for (index, mount) in container.items("volumeMounts").enumerated() {
      let path = list.index(index)
      let name = mount.text("name")
      let mountPath = mount.text("mountPath")
      if name.isEmpty { required(path.child("name")) }
      if context.volumes[name] == nil { add(.notFound(path.child("name"), .string(name))) }
      if mountPath.isEmpty { required(path.child("mountPath")) }
      if !mountPaths.insert(mountPath).inserted {
        invalid(path.child("mountPath"), .string(mountPath), "must be unique")
      }
      if devices.contains(where: { $0.text("name") == name }) {
        invalid(path.child("name"), .string(name), "must not already exist in volumeDevices")
      }
      if devices.contains(where: { $0.text("devicePath") == mountPath }) {
        invalid(
          path.child("mountPath"), .string(mountPath),
          "must not already exist as a path in volumeDevices")
      }
      subPaths(mount, list: list, at: path)
      propagation(mount, container, at: list)
    }
  }

  // Kubernetes reports the following under the list, not under the mount.

  private mutating func subPaths(_ mount: JSON, list: FieldPath, at path: FieldPath) {
    let subPath = mount.text("subPath")
    let expression = mount.text("subPathExpr")
    if !subPath.isEmpty { format(subPath, at: list.child("subPath"), Format.relativePath) }
    guard !expression.isEmpty else { return }
    if !subPath.isEmpty {
      invalid(
        path.child("subPathExpr"), .string(expression),
        "subPathExpr and subPath are mutually exclusive")
    }
    format(expression, at: list.child("subPathExpr"), Format.relativePath)
  }

  private mutating func propagation(_ mount: JSON, _ container: JSON, at list: FieldPath) {
    let propagation = mount["mountPropagation"]?.string
    if let propagation {
      let path = list.child("mountPropagation")
      oneOf(["Bidirectional", "HostToContainer", "None"], propagation, at: path)
      if propagation == "Bidirectional",
        !container.member("securityContext").flag("privileged")
      {
        forbidden(
          path, "Bidirectional mount propagation is available only to privileged containers")
      }
    }
    guard let recursive = mount["recursiveReadOnly"]?.string else { return }
    let path = list.child("recursiveReadOnly")
    oneOf(["Disabled", "Enabled", "IfPossible"], recursive, at: path)
    guard recursive == "Enabled" || recursive == "IfPossible" else { return }
    if !mount.flag("readOnly") {
      forbidden(path, "may only be specified when readOnly is true")
    }
    if let propagation, propagation != "None" {
      forbidden(path, "may only be specified when mountPropagation is None or not specified")
    }
  }

  /// Block devices a container uses.
  mutating func volumeDevices(_ container: JSON, _ context: PodContext, at list: FieldPath) {
    let mounts = container.items("volumeMounts")
    var names: Set<String> = []
    var devicePaths: Set<String> = []
    for (index, device) in container.items("volumeDevices").enumerated() {
      let path = list.index(index)
      let name = device.text("name")
      let devicePath = device.text("devicePath")
      if name.isEmpty { required(path.child("name")) }
      if !name.isEmpty, !names.insert(name).inserted {
        invalid(path.child("name"), .string(name), "must be unique")
      }
      if let volume = context.volumes[name] {
        if volume["persistentVolumeClaim"] == nil, volume["ephemeral"] == nil {
          invalid(
            path.child("name"), .string(name),
            "can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode")
        }
      } else {
        add(.notFound(path.child("name"), .string(name)))
      }
      if devicePath.isEmpty { required(path.child("devicePath")) }
      if !devicePaths.insert(devicePath).inserted {
        invalid(path.child("devicePath"), .string(devicePath), "must be unique")
      }
      if !Format.pathInside(devicePath).isEmpty {
        invalid(
          path.child("devicePath"), .string(devicePath), "can not contain backsteps ('..')")
      }
      if mounts.contains(where: { $0.text("name") == name }) {
        invalid(path.child("name"), .string(name), "must not already exist in volumeMounts")
      }
      if mounts.contains(where: { $0.text("mountPath") == devicePath }) {
        invalid(
          path.child("devicePath"), .string(devicePath),
          "must not already exist as a path in volumeMounts")
      }
    }
  }
}
