package import JSONTree
package import KubernetesAPI

extension NodeKind {
  package var columns: [PrinterColumn] {
    [
      .name,
      PrinterColumn("Status", "Whether the node is ready, and whether it takes new Pods."),
      PrinterColumn("Roles", "Roles of the node, from its labels."),
      .age,
      PrinterColumn("Version", "Version of the kubelet or whatever stands in for it."),
      PrinterColumn("Internal-IP", "Address inside the cluster.", priority: 1),
      PrinterColumn("External-IP", "Address outside the cluster.", priority: 1),
      PrinterColumn("OS-Image", "Name and version of the operating system.", priority: 1),
      PrinterColumn("Kernel-Version", "Version of the kernel.", priority: 1),
      PrinterColumn("Container-Runtime", "Container runtime and its version.", priority: 1),
    ]
  }

  package func cells(of object: JSON, now: Timestamp) -> [JSON] {
    let info = object.member("status").member("nodeInfo")
    var kernel = info.text("kernelVersion").orIfEmpty("<unknown>")
    let architecture = info.text("architecture")
    if !architecture.isEmpty { kernel += " (\(architecture))" }
    return [
      object.nameCell, .string(status(of: object)), .string(roles(of: object)),
      object.ageCell(now: now), .string(info.text("kubeletVersion")),
      .string(address(of: object, type: "InternalIP")),
      .string(address(of: object, type: "ExternalIP")),
      .string(info.text("osImage").orIfEmpty("<unknown>")), .string(kernel),
      .string(info.text("containerRuntimeVersion").orIfEmpty("<unknown>")),
    ]
  }

  private func status(of object: JSON) -> String {
    let ready = object.member("status").items("conditions").last { $0.text("type") == "Ready" }
    let status =
      switch ready?.text("status") {
      case nil: "Unknown"
      case "True": "Ready"
      default: "NotReady"
      }
    return object.member("spec").flag("unschedulable") ? status + ",SchedulingDisabled" : status
  }

  /// From labels `node-role.kubernetes.io/ROLE` and the older `kubernetes.io/role`.
  private func roles(of object: JSON) -> String {
    let prefix = "node-role.kubernetes.io/"
    var roles: Set<String> = []
    for label in object.member("metadata").members("labels") {
      if label.key.hasPrefix(prefix) {
        roles.insert(String(label.key.dropFirst(prefix.count)))
      } else if label.key == "kubernetes.io/role" {
        roles.insert(label.value.string ?? "")
      }
    }
    roles.remove("")
    return roles.sorted().joined(separator: ",").orIfEmpty("<none>")
  }

  private func address(of object: JSON, type: String) -> String {
    let addresses = object.member("status").items("addresses")
    return addresses.first { $0.text("type") == type }?.text("address") ?? "<none>"
  }
}
