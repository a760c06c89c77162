import JSONTree

extension FieldChecks {
  /// What a change of a Pod may do.
  mutating func podUpdate(_ pod: JSON, old: JSON) {
    let spec = pod.member("spec")
    let oldSpec = old.member("spec")
    annotationUpdates(pod, old: old)
    for list in ["containers", "initContainers"] {
      if spec.items(list).count != oldSpec.items(list).count {
        return forbidden(
          FieldPath("spec").child(list), "pod updates may not add or remove containers")
      }
    }
    guard deadlineUpdate(spec, old: oldSpec) else { return }
    tolerationUpdate(spec.items("tolerations"), old: oldSpec.items("tolerations"))
    gateUpdate(spec.items("schedulingGates"), old: oldSpec.items("schedulingGates"))
    if spec.says(theSameAs: oldSpec) { return }
    var kept = withMutableFields(of: oldSpec, in: spec)
    if !oldSpec.items("schedulingGates").isEmpty { gatedUpdate(&kept, old: oldSpec) }
    guard !kept.says(theSameAs: oldSpec) else { return }
    forbidden(
      FieldPath("spec"),
      "pod updates may not change fields other than `spec.containers[*].image`,"
        + "`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only "
        + "additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be "
        + "set to 1 if it was previously negative)\n"
        + ObjectDifference.lines(from: oldSpec, to: kept).joined(separator: "\n"))
  }

  private mutating func annotationUpdates(_ pod: JSON, old: JSON) {
    let path = FieldPath("metadata.annotations")
    let annotations = pod.member("metadata").members("annotations")
    let oldAnnotations = old.member("metadata").members("annotations")
    let mirror = "kubernetes.io/config.mirror"
    if let value = oldAnnotations[mirror] {
      if annotations[mirror] != value {
        forbidden(path.key(mirror), "may not remove or update mirror pod annotation")
      }
    } else if annotations[mirror] != nil {
      forbidden(path.key(mirror), "may not add mirror pod annotation")
    }
  }

  /// - Returns: whether the other fields are worth looking at.
  private mutating func deadlineUpdate(_ spec: JSON, old: JSON) -> Bool {
    let path = FieldPath("spec.activeDeadlineSeconds")
    let oldDeadline = old["activeDeadlineSeconds"]?.integer
    guard let deadline = spec["activeDeadlineSeconds"]?.integer else {
      if oldDeadline != nil {
        invalid(path, .null, "must not update from a positive integer to nil value")
      }
      return true
    }
    let problems = Format.range(deadline, 0...Int64(Int32.max))
    if let problem = problems.first {
      invalid(path, .integer(deadline), problem)
      return false
    }
    if let oldDeadline, oldDeadline < deadline {
      invalid(path, .integer(deadline), "must be less than or equal to previous value")
      return false
    }
    return true
  }

  private mutating func tolerationUpdate(_ tolerations: [JSON], old: [JSON]) {
    func withoutSeconds(_ toleration: JSON) -> JSON {
      var toleration = toleration
      toleration["tolerationSeconds"] = nil
      return toleration
    }
    let kept = tolerations.map(withoutSeconds)
    for toleration in old where !kept.contains(withoutSeconds(toleration)) {
      return forbidden(
        FieldPath("spec.tolerations"),
        "existing toleration can not be modified except its tolerationSeconds")
    }
  }

  private mutating func gateUpdate(_ gates: [JSON], old: [JSON]) {
    let names = Set(old.map { $0.text("name") })
    for (index, gate) in gates.enumerated() where !names.contains(gate.text("name")) {
      forbidden(
        FieldPath("spec.schedulingGates").index(index).child("name"),
        "only deletion is allowed, but found new scheduling gate '\(gate.text("name"))'")
    }
  }

  /// The new spec with the old values of what may change, so that the rest can be compared.
  private func withMutableFields(of old: JSON, in spec: JSON) -> JSON {
    var spec = spec
    for list in ["containers", "initContainers"] {
      var images = old.items(list).map { $0["image"] }[...]
      spec.updateEach(list) { $0["image"] = images.popFirst() ?? nil }
    }
    for field in ["activeDeadlineSeconds", "schedulingGates", "tolerations"] {
      spec[field] = old[field]
    }
    return spec
  }

  // MARK: Pods that are held back

  /// A Pod that is not to be scheduled yet may still be narrowed down to fewer nodes.
  private mutating func gatedUpdate(_ spec: inout JSON, old: JSON) {
    let selector = spec.members("nodeSelector")
    for member in old.members("nodeSelector") where selector[member.key] != member.value {
      invalid(
        FieldPath("spec.nodeSelector"), .object(selector),
        "only additions to spec.nodeSelector are allowed (no mutations or deletions)")
      break
    }
    spec["nodeSelector"] = old["nodeSelector"]
    let rules = spec.member("affinity").member("nodeAffinity")
    let oldRules = old.member("affinity").member("nodeAffinity")
    guard !rules.says(theSameAs: oldRules) else { return }
    nodeAffinityUpdate(rules, old: oldRules)
    var affinity = spec.member("affinity")
    affinity["nodeAffinity"] = old[path: "affinity", "nodeAffinity"]
    spec["affinity"] = affinity
  }

  private mutating func nodeAffinityUpdate(_ rules: JSON, old: JSON) {
    let required = "requiredDuringSchedulingIgnoredDuringExecution"
    let path = FieldPath("spec.affinity.nodeAffinity").child(required, "nodeSelectorTerms")
    let oldTerms = old.member(required).items("nodeSelectorTerms")
    let terms = rules.member(required).items("nodeSelectorTerms")
    if oldTerms.isEmpty { return }
    if oldTerms.count != terms.count {
      return invalid(
        path, .array(terms),
        "no additions/deletions to non-empty NodeSelectorTerms list are allowed")
    }
    for (index, (term, oldTerm)) in zip(terms, oldTerms).enumerated() {
      let isNarrowed = ["matchExpressions", "matchFields"].allSatisfy { list in
        term.items(list).starts(with: oldTerm.items(list))
      }
      if !isNarrowed || oldTerm.says(theSameAs: .null) {
        invalid(
          path.index(index), term, "only additions are allowed (no mutations or deletions)")
      }
    }
  }

  // MARK: Ephemeral containers

  /// Ephemeral containers may be added, and stay as they are then.
  mutating func ephemeralContainersUpdate(_ pod: JSON, old: JSON) {
    let path = FieldPath("spec.ephemeralContainers")
    let containers = pod.member("spec").items("ephemeralContainers")
    for oldContainer in old.member("spec").items("ephemeralContainers") {
      let name = oldContainer.text("name")
      guard let container = containers.last(where: { $0.text("name") == name }) else {
        forbidden(path, "existing ephemeral containers \"\(name)\" may not be removed\n")
        continue
      }
      if !container.says(theSameAs: oldContainer) {
        let difference = ObjectDifference.lines(from: oldContainer, to: container)
        forbidden(
          path,
          "existing ephemeral containers \"\(name)\" may not be changed\n"
            + difference.joined(separator: "\n"))
      }
    }
  }
}

/// What differs between two objects, for people.
enum ObjectDifference {
  /// One line for each value that is gone (`-`) and for each that is new (`+`), with its path.
  static func lines(from old: JSON, to new: JSON) -> [String] {
    var lines: [String] = []
    compare(old, new, FieldPath(), &lines)
    return lines
  }

  private static func compare(_ old: JSON, _ new: JSON, _ path: FieldPath, _ lines: inout [String])
  {
    if old.says(theSameAs: new) { return }
    switch (old, new) {
    case (.object(let left), .object(let right)):
      for key in Set(left.keys).union(right.keys).sorted() {
        compare(left[key] ?? .null, right[key] ?? .null, path.child(key), &lines)
      }
    case (.array(let left), .array(let right)) where left.count == right.count:
      for index in left.indices { compare(left[index], right[index], path.index(index), &lines) }
    default:
      if old != .null { lines.append("- \(path): \(old.text)") }
      if new != .null { lines.append("+ \(path): \(new.text)") }
    }
  }
}
