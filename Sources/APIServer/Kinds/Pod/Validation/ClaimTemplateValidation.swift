import JSONTree
import KubernetesAPI

extension FieldChecks {
  /// The claim that is made for one Pod.
  mutating func claimTemplate(_ template: JSON, at path: FieldPath) {
    let metadata = template.member("metadata")
    annotations(metadata.members("annotations"), at: path.child("metadata", "annotations"))
    labels(metadata.members("labels"), at: path.child("metadata", "labels"))
    for member in metadata.object ?? [:]
    where !["annotations", "labels"].contains(member.key) && member.value != .null {
      forbidden(path.child("metadata", member.key), "cannot be set")
    }
    claimSpec(template.member("spec"), at: path.child("spec"))
  }

  /// What a claim asks for, of a claim or a template.
  mutating func claimSpec(_ spec: JSON, at path: FieldPath) {
    let modes = spec.items("accessModes").map { $0.string ?? "" }
    if modes.isEmpty {
      required(path.child("accessModes"), "at least 1 access mode is required")
    }
    let supported = ["ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"]
    for mode in modes { oneOf(supported, mode, at: path.child("accessModes")) }
    if modes.contains("ReadWriteOncePod"), Set(modes).intersection(supported).count > 1 {
      forbidden(
        path.child("accessModes"), "may not use ReadWriteOncePod with other access modes")
    }
    if let selector = spec["selector"] { labelSelector(selector, at: path.child("selector")) }
    let size = path.child("resources").key("storage")
    if let storage = spec.member("resources").members("requests")["storage"] {
      if let amount = storage.quantity, amount <= Quantity(0) {
        invalid(size, storage, "must be greater than zero")
      }
    } else {
      required(size)
    }
    for field in ["storageClassName", "volumeAttributesClassName"] {
      let name = spec.text(field)
      if !name.isEmpty { format(name, at: path.child(field), Format.dns1123Subdomain) }
    }
    if let mode = spec["volumeMode"]?.string {
      oneOf(["Block", "Filesystem"], mode, at: path.child("volumeMode"))
    }
  }

  /// The claim is named after the Pod and the volume, which must give a name that is allowed.
  mutating func claimName(of volume: JSON, podName: String, at path: FieldPath) {
    let name = volume.text("name")
    guard !podName.isEmpty, !name.isEmpty else { return }
    let claim = podName + "-" + name
    for problem in Format.dns1123Subdomain(claim) {
      invalid(path.child("name"), .string(name), "PVC name \"\(claim)\": \(problem)")
    }
  }
}
