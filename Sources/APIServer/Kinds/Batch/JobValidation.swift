import JSONTree
import KubernetesAPI

extension FieldChecks {
  /// That a selector the server was to make is the one it makes.
  mutating func generatedSelector(_ job: JSON) {
    let spec = job.member("spec")
    guard !spec.flag("manualSelector"), let selector = spec["selector"] else { return }
    let metadata = job.member("metadata")
    let expected = [
      "controller-uid": metadata.text("uid"), "job-name": metadata.text("name"),
      JobSelector.prefix + "controller-uid": metadata.text("uid"),
      JobSelector.prefix + "job-name": metadata.text("name"),
    ]
    if !LabelSelector(json: selector).matches(expected) {
      invalid(FieldPath("spec.selector"), selector, "`selector` not auto-generated")
    }
  }

  mutating func jobSpec(_ spec: JSON, at path: FieldPath) {
    counters(
      spec,
      [
        "parallelism", "completions", "activeDeadlineSeconds", "backoffLimit",
        "ttlSecondsAfterFinished", "backoffLimitPerIndex", "maxFailedIndexes",
      ], at: path)
    if spec["maxFailedIndexes"] != nil, spec["backoffLimitPerIndex"] == nil {
      required(path.child("backoffLimitPerIndex"), "when maxFailedIndexes is specified")
    }
    if let manager = spec["managedBy"]?.string {
      format(manager, at: path.child("managedBy"), Self.domainPath)
      if manager.utf8.count > 63 { add(.tooLong(path.child("managedBy"), maximum: 63)) }
    }
    completionMode(spec, at: path)
    if let policy = spec["podFailurePolicy"] {
      failurePolicy(policy, spec, at: path.child("podFailurePolicy", "rules"))
    }
    if let policy = spec["successPolicy"] {
      successPolicy(policy, spec, at: path.child("successPolicy"))
    }
    let replacement = spec.text("podReplacementPolicy")
    let allowed = spec["podFailurePolicy"] == nil ? ["Failed", "TerminatingOrFailed"] : ["Failed"]
    oneOf(allowed, replacement, at: path.child("podReplacementPolicy"))
    podTemplate(spec.member("template"), at: path.child("template"))
    jobRestartPolicy(spec, at: path.child("template", "spec", "restartPolicy"))
    guard let selector = spec["selector"] else { return required(path.child("selector")) }
    labelSelector(selector, at: path.child("selector"))
    templateLabels(spec, at: path)
  }

  private static func domainPath(_ value: String) -> [String] {
    let parts = value.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else {
      return ["must be a domain-prefixed path (such as \"acme.io/foo\")"]
    }
    return Format.dns1123Subdomain(String(parts[0]))
  }

  private mutating func jobRestartPolicy(_ spec: JSON, at path: FieldPath) {
    let policy = spec.member("template").member("spec").text("restartPolicy")
    switch policy {
    case "", "Always": required(path, "valid values: \"OnFailure\", \"Never\"")
    case "Never": break
    case "OnFailure":
      if spec["podFailurePolicy"] != nil {
        invalid(
          path, .string(policy), "only \"Never\" is supported when podFailurePolicy is specified")
      }
    default: oneOf(["OnFailure", "Never"], policy, at: path)
    }
  }

  /// What only Jobs may have whose Pods are numbered.
  private mutating func completionMode(_ spec: JSON, at path: FieldPath) {
    let mode = spec.text("completionMode")
    oneOf(["NonIndexed", "Indexed"], mode, at: path.child("completionMode"))
    guard mode == "Indexed" else {
      for member in ["backoffLimitPerIndex", "maxFailedIndexes"] {
        guard let value = spec[member] else { continue }
        invalid(path.child(member), value, "requires indexed completion mode")
      }
      return
    }
    if spec["completions"] == nil {
      required(path.child("completions"), "when completion mode is Indexed")
    }
    let parallelism = spec.number("parallelism")
    if parallelism > 100_000 {
      invalid(
        path.child("parallelism"), .integer(parallelism),
        "must be less than or equal to 100000 when completion mode is Indexed")
    }
    guard let failed = spec["maxFailedIndexes"]?.integer else { return }
    if let completions = spec["completions"]?.integer, failed > completions {
      invalid(
        path.child("maxFailedIndexes"), .integer(failed),
        "must be less than or equal to completions")
    }
    if failed > 100_000 {
      invalid(
        path.child("maxFailedIndexes"), .integer(failed), "must be less than or equal to 100000")
    }
  }

  private mutating func failurePolicy(_ policy: JSON, _ spec: JSON, at path: FieldPath) {
    let rules = policy.items("rules")
    if rules.count > 20 { add(.tooMany(path, count: rules.count, maximum: 20)) }
    let pod = spec.member("template").member("spec")
    let names = (pod.items("containers") + pod.items("initContainers")).map { $0.text("name") }
    for (index, rule) in rules.enumerated() {
      let path = path.index(index)
      let action = rule.text("action")
      if action.isEmpty {
        required(
          path.child("action"),
          "valid values: [\"Count\" \"FailIndex\" \"FailJob\" \"Ignore\"]")
      } else if action == "FailIndex", spec["backoffLimitPerIndex"] == nil {
        invalid(
          path.child("action"), .string(action), "requires the backoffLimitPerIndex to be set")
      } else {
        oneOf(["Count", "FailIndex", "FailJob", "Ignore"], action, at: path.child("action"))
      }
      if let codes = rule["onExitCodes"] {
        exitCodes(codes, of: names, at: path.child("onExitCodes"))
      }
      let conditions = rule.items("onPodConditions")
      for (position, pattern) in conditions.enumerated() {
        let path = path.child("onPodConditions").index(position)
        format(pattern.text("type"), at: path.child("type"), Format.qualifiedName)
        oneOf(["False", "True", "Unknown"], pattern.text("status"), at: path.child("status"))
      }
      if rule["onExitCodes"] != nil, !conditions.isEmpty {
        valueless(path, "specifying both OnExitCodes and OnPodConditions is not supported")
      } else if rule["onExitCodes"] == nil, conditions.isEmpty {
        valueless(path, "specifying one of OnExitCodes and OnPodConditions is required")
      }
    }
  }

  /// An error about a value that the message does not show.
  private mutating func valueless(_ path: FieldPath, _ detail: String) {
    add(FieldError(kind: .invalid, path: path, value: nil, detail: detail))
  }

  private mutating func exitCodes(_ codes: JSON, of names: [String], at path: FieldPath) {
    oneOf(["In", "NotIn"], codes.text("operator"), at: path.child("operator"))
    if let name = codes["containerName"]?.string, !names.contains(name) {
      invalid(
        path.child("containerName"), .string(name),
        "must be one of the container or initContainer names in the pod template")
    }
    let values = codes.items("values")
    if values.isEmpty {
      invalid(path.child("values"), .array(values), "at least one value is required")
    } else if values.count > 255 {
      add(.tooMany(path.child("values"), count: values.count, maximum: 255))
    }
    for (index, value) in values.enumerated() {
      let path = path.child("values").index(index)
      if values[..<index].contains(value) { duplicate(path, value) }
      if codes.text("operator") == "In", value == 0 {
        invalid(path, value, "must not be 0 for the In operator")
      }
    }
  }

  private mutating func successPolicy(_ policy: JSON, _ spec: JSON, at path: FieldPath) {
    guard spec.text("completionMode") == "Indexed" else {
      return invalid(path, policy, "requires indexed completion mode")
    }
    let rules = policy.items("rules")
    if rules.isEmpty {
      required(
        path.child("rules"),
        "at least one rules must be specified when the successPolicy "
          + "is specified")
    }
    if rules.count > 20 { add(.tooMany(path.child("rules"), count: rules.count, maximum: 20)) }
    for (index, rule) in rules.enumerated()
    where rule["succeededIndexes"] == nil && rule["succeededCount"] == nil {
      required(
        path.child("rules").index(index),
        "at least one of succeededCount or succeededIndexes must be specified")
    }
  }

  // MARK: Updates

  mutating func jobUpdate(_ job: JSON, old: JSON) {
    let spec = job.member("spec")
    let before = old.member("spec")
    let path = FieldPath("spec")
    if spec.text("completionMode") == "Indexed" {
      let completions = spec.member("completions")
      if completions != before.member("completions"), completions != spec.member("parallelism") {
        invalid(
          path.child("completions"), completions,
          "can only be modified in tandem with spec.parallelism")
      }
    } else {
      immutable(
        spec.member("completions"), old: before.member("completions"),
        at: path.child("completions"))
    }
    immutable(
      spec.member("selector"), old: before.member("selector"), at: path.child("selector"))
    jobTemplate(spec.member("template"), job: old, at: path.child("template"))
    for member in [
      "completionMode", "podFailurePolicy", "backoffLimitPerIndex", "managedBy", "successPolicy",
    ] {
      immutable(spec.member(member), old: before.member(member), at: path.child(member))
    }
  }

  /// Where Pods are placed may change as long as a suspended Job has never started.
  private mutating func jobTemplate(_ template: JSON, job: JSON, at path: FieldPath) {
    var before = job.member("spec").member("template")
    let mayMove = job.member("spec").flag("suspend") && job[path: "status", "startTime"] == nil
    if mayMove, var spec = before["spec"] {
      let new = template.member("spec")
      for member in ["nodeSelector", "tolerations", "schedulingGates"] {
        spec[member] = new[member]
      }
      var affinity = spec["affinity"] ?? [:]
      affinity["nodeAffinity"] = new[path: "affinity", "nodeAffinity"]
      spec["affinity"] = affinity.object?.isEmpty == true ? new["affinity"] : affinity
      before["spec"] = spec
      before["metadata"] = template["metadata"]
    }
    immutable(template, old: before, at: path)
  }

  mutating func jobStatus(_ status: JSON, old: JSON) {
    let path = FieldPath("status")
    counters(status, ["active", "succeeded", "failed", "ready", "terminating"], at: path)
    func holds(_ type: String, _ status: JSON) -> Bool {
      status.items("conditions").contains {
        $0.text("type") == type && $0.text("status") == "True"
      }
    }
    for type in ["Failed", "Complete", "FailureTarget"] where holds(type, old) {
      guard !holds(type, status) else { continue }
      valueless(
        path.child("conditions"), "cannot disable the terminal \(type)=True condition")
    }
    for (member, word) in [("failed", "failed"), ("succeeded", "succeeded")]
    where status.number(member) < old.number(member) {
      invalid(
        path.child(member), .integer(status.number(member)),
        "cannot decrease the \(word) counter")
    }
  }
}
