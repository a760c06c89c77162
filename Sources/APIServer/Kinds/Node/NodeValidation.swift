import JSONTree
import KubernetesAPI

extension FieldChecks {
  /// What must hold of every Node.
  mutating func node(_ object: JSON) {
    let spec = object.member("spec")
    coreFinalizers(of: object)
    // Kubernetes reports taints under the metadata, and so do we.
    taints(spec.items("taints"), at: FieldPath("metadata.taints"))
    nodeResources(of: object)
    if let capacity = object[path: "status", "nodeInfo", "swap", "capacity"]?.integer,
      capacity <= 0
    {
      invalid(
        FieldPath("metadata.nodeSwapStatus.capacity"), .integer(capacity),
        "must be greater than zero")
    }
    declaredFeatures(of: object)
    let ranges = spec.items("podCIDRs")
    let path = FieldPath("spec.podCIDRs")
    for (index, range) in ranges.enumerated() {
      format(range.string ?? "", at: path.index(index), Format.legacyCIDR)
    }
    let families = Set(ranges.compactMap { CIDR($0.string ?? "")?.family })
    if ranges.count > 2 || (ranges.count == 2 && families.count < 2) {
      invalid(path, .array(ranges), "may specify no more than one CIDR for each IP family")
    }
  }

  /// What a change of a Node may do.
  mutating func nodeUpdate(_ object: JSON, old: JSON) {
    nodeResources(of: object)
    declaredFeatures(of: object)
    var seen: Set<JSON> = []
    for (index, address) in object.member("status").items("addresses").enumerated()
    where !seen.insert(address).inserted {
      duplicate(FieldPath("status.addresses").index(index), address)
    }
    let spec = object.member("spec")
    let oldSpec = old.member("spec")
    if oldSpec["podCIDRs"] != nil, spec.items("podCIDRs") != oldSpec.items("podCIDRs") {
      forbidden(
        FieldPath("spec.podCIDRs"),
        "node updates may not change podCIDR except from \"\" to valid")
    }
    let provider = oldSpec.text("providerID")
    if !provider.isEmpty, spec.text("providerID") != provider {
      forbidden(
        FieldPath("spec.providerID"),
        "node updates may not change providerID except from \"\" to valid")
    }
    taints(spec.items("taints"), at: FieldPath("metadata.taints"))
    if spec.text("externalID") != oldSpec.text("externalID") {
      forbidden(FieldPath("spec.externalID"), "may not be updated")
    }
  }

  private mutating func nodeResources(of object: JSON) {
    for list in ["capacity", "allocatable"] {
      for member in object.member("status").members(list) {
        resourceAmount(
          member.value, of: member.key, at: FieldPath("status").child(list, member.key))
      }
    }
  }

  private mutating func declaredFeatures(of object: JSON) {
    let path = FieldPath("status.declaredFeatures")
    var previous: String?
    for (index, feature) in object.member("status").items("declaredFeatures").enumerated() {
      let name = feature.string ?? ""
      if let previous, previous == name {
        duplicate(path.index(index), feature)
      } else if let previous, previous > name {
        invalid(path.index(index), feature, "list must be sorted alphabetically")
      }
      previous = name
    }
  }

  private mutating func taints(_ taints: [JSON], at path: FieldPath) {
    var seen: Set<[String]> = []
    for (index, taint) in taints.enumerated() {
      let path = path.index(index)
      let key = taint.text("key")
      let value = taint.text("value")
      let effect = taint.text("effect")
      labelKey(key, at: path.child("key"))
      let problems = Format.labelValue(value)
      if !problems.isEmpty {
        invalid(path.child("value"), .string(value), problems.joined(separator: ";"))
      }
      taintEffect(effect, at: path.child("effect"))
      if !seen.insert([key, effect]).inserted {
        var error = FieldError.duplicate(path, taint)
        error.detail = "taints must be unique by key and effect pair"
        add(error)
      }
    }
  }

  /// The effect of a taint; of a toleration where it is stated.
  mutating func taintEffect(_ effect: String, at path: FieldPath) {
    if effect.isEmpty {
      required(path)
    } else {
      oneOf(["NoSchedule", "PreferNoSchedule", "NoExecute"], effect, at: path)
    }
  }
}
