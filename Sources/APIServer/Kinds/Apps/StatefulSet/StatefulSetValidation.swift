import JSONTree

extension FieldChecks {
  mutating func statefulSetSpec(_ spec: JSON, at path: FieldPath) {
    let management = spec.text("podManagementPolicy")
    if management.isEmpty {
      required(path.child("podManagementPolicy"))
    } else if management != "OrderedReady", management != "Parallel" {
      invalid(
        path.child("podManagementPolicy"), .string(management),
        "must be 'OrderedReady' or 'Parallel'")
    }
    updateStrategy(spec.member("updateStrategy"), at: path.child("updateStrategy"))
    let policy = spec.member("persistentVolumeClaimRetentionPolicy")
    for member in ["whenDeleted", "whenScaled"] {
      oneOf(
        ["Retain", "Delete"], policy.text(member),
        at: path.child("persistentVolumeClaimRetentionPolicy", member))
    }
    counters(spec, ["replicas", "minReadySeconds"], at: path)
    if let ordinals = spec["ordinals"] {
      notNegative(ordinals.number("start"), at: path.child("ordinals.start"))
    }
    let isReadable = workloadSelector(spec, kind: "statefulset", unusable: "", at: path)
    if isReadable {
      templateLabels(spec, at: path)
      podTemplateMetadata(spec.member("template"), at: path.child("template"))
    }
    // The containers are checked when Pods are made: a template may mount volumes that only the
    // claim templates bring.
    runsForEver(
      spec.member("template").member("spec"), kind: "StatefulSet",
      at: path.child("template", "spec"))
  }

  private mutating func updateStrategy(_ strategy: JSON, at path: FieldPath) {
    switch strategy.text("type") {
    case "": required(path)
    case "OnDelete":
      if let rolling = strategy["rollingUpdate"] {
        invalid(
          path.child("rollingUpdate"), rolling,
          "only allowed for updateStrategy 'RollingUpdate'")
      }
    case "RollingUpdate":
      guard let rolling = strategy["rollingUpdate"] else { return }
      let path = path.child("rollingUpdate")
      notNegative(rolling.number("partition"), at: path.child("partition"))
      guard let unavailable = rolling["maxUnavailable"] else { return }
      let amount = AmountOrPercent(unavailable)
      positiveAmount(amount, at: path.child("maxUnavailable"))
      if amount.amount == 0 { invalid(path.child("maxUnavailable"), unavailable, "cannot be 0") }
      atMostAll(amount, at: path.child("maxUnavailable"))
    default: invalid(path, strategy, "must be 'RollingUpdate' or 'OnDelete'")
    }
  }

  mutating func statefulSetSpecUpdate(_ spec: JSON, old: JSON) {
    var spec = spec
    for member in [
      "replicas", "ordinals", "template", "updateStrategy", "revisionHistoryLimit",
      "persistentVolumeClaimRetentionPolicy", "minReadySeconds",
    ] { spec[member] = old[member] }
    if !spec.says(theSameAs: old) {
      forbidden(
        FieldPath("spec"),
        "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', "
          + "'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' "
          + "and 'minReadySeconds' are forbidden")
    }
  }

  mutating func statefulSetStatus(_ status: JSON, at path: FieldPath) {
    counters(
      status,
      [
        "replicas", "readyReplicas", "currentReplicas", "updatedReplicas", "availableReplicas",
        "observedGeneration", "collisionCount",
      ], at: path)
    for name in ["readyReplicas", "currentReplicas", "updatedReplicas", "availableReplicas"] {
      counter(name, of: status, atMost: "replicas", named: "status.replicas", at: path)
    }
    counter(
      "availableReplicas", of: status, atMost: "readyReplicas", named: "status.readyReplicas",
      at: path)
  }
}
