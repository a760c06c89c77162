package import JSONTree
package import KubernetesAPI

/// `batch/v1` Job.
package struct JobKind: KindDefinition {
  package init() {}

  package let resource = ResourceType(
    group: "batch", version: "v1", kind: "Job", plural: "jobs", isNamespaced: true)
  package var schema: ObjectSchema { .job }
  package var categories: [String] { ["all"] }
  package var storagePrefix: String { "/registry/jobs" }
  package var countsGenerations: Bool { true }
  package var subresources: [Subresource] { [.status] }

  package var selectableFields: [String] { ["status.successful"] }
  package func selectableField(_ field: String, of object: JSON) -> String {
    String(object.member("status").number("succeeded"))
  }

  // MARK: Writing

  package func setDefaults(_ object: inout JSON) {
    object.updateSpec { spec in
      PodTemplateDefaults.apply(to: &spec)
      if spec["completions"] == nil, spec["parallelism"] == nil {
        spec["completions"] = 1
        spec["parallelism"] = 1
      }
      spec.setDefault("parallelism", 1)
      spec.setDefault(
        "backoffLimit", spec["backoffLimitPerIndex"] == nil ? 6 : .integer(Int64(Int32.max)))
      spec.setDefault(
        "podReplacementPolicy",
        spec["podFailurePolicy"] == nil ? "TerminatingOrFailed" : "Failed")
    }
    var metadata = object.member("metadata")
    let labels = object.member("spec").member("template").member("metadata").members("labels")
    if metadata.members("labels").isEmpty, !labels.isEmpty {
      metadata["labels"] = .object(labels)
      object["metadata"] = metadata
    }
  }

  package func prepareForCreate(_ object: inout JSON) {
    object["status"] = [:]
    JobSelector.generate(&object)
  }

  package func problems(ofName name: String) -> [String] { Format.dns1123Subdomain(name) }

  package func validateCreate(_ object: JSON) -> [FieldError] {
    var checks = FieldChecks()
    checks.generatedSelector(object)
    checks.jobSpec(object.member("spec"), at: FieldPath("spec"))
    let completions = object.member("spec").number("completions")
    if object.member("spec").text("completionMode") == "Indexed", completions > 0 {
      let name = object.member("metadata").text("name")
      let longest = "\(name)-\(completions - 1)"
      if !Format.dns1123Label(longest).isEmpty {
        checks.invalid(
          FieldPath("metadata.name"), .string(name),
          "will not able to create pod with invalid DNS label: \(longest)")
      }
    }
    return checks.errors
  }

  package func validateUpdate(
    _ object: JSON, old: JSON, subresource: Subresource?
  ) -> [FieldError] {
    var checks = FieldChecks()
    if subresource == .status {
      checks.jobStatus(object.member("status"), old: old.member("status"))
    } else {
      checks.jobSpec(object.member("spec"), at: FieldPath("spec"))
      checks.jobUpdate(object, old: old)
    }
    return checks.errors
  }

  // MARK: Printing

  package var columns: [PrinterColumn] {
    [
      .name, PrinterColumn("Status", "Running, Complete, Failed or what else the Job is."),
      PrinterColumn("Completions", "Pods that succeeded, of all that should."),
      PrinterColumn("Duration", "How long the Job took, or has taken so far."), .age,
      .containers, .images, .selector,
    ]
  }

  package func cells(of object: JSON, now: Timestamp) -> [JSON] {
    [
      object.nameCell, .string(state(of: object)), .string(completions(of: object)),
      .string(duration(of: object, now: now)), object.ageCell(now: now),
    ] + object.templateCells + [object.selectorCell]
  }

  private func state(of job: JSON) -> String {
    func holds(_ type: String) -> Bool {
      job.member("status").items("conditions").contains {
        $0.text("type") == type && $0.text("status") == "True"
      }
    }
    for type in ["Complete", "Failed", "Suspended", "FailureTarget", "SuccessCriteriaMet"]
    where holds(type) { return type }
    if job[path: "metadata", "deletionTimestamp"] != nil { return "Terminating" }
    return "Running"
  }

  private func completions(of job: JSON) -> String {
    let succeeded = job.member("status").number("succeeded")
    let spec = job.member("spec")
    if let completions = spec["completions"]?.integer { return "\(succeeded)/\(completions)" }
    let parallelism = spec.number("parallelism")
    return parallelism > 1 ? "\(succeeded)/1 of \(parallelism)" : "\(succeeded)/1"
  }

  private func duration(of job: JSON, now: Timestamp) -> String {
    let status = job.member("status")
    guard let start = status["startTime"]?.string.flatMap(Timestamp.init) else { return "" }
    let end = status["completionTime"]?.string.flatMap(Timestamp.init)
    return HumanDuration(from: start, to: end ?? now).description
  }
}

/// The labels by which a Job knows its Pods.
enum JobSelector {
  static let prefix = "batch.kubernetes.io/"

  /// Gives the Job a selector of its own, unless its author takes care of that.
  static func generate(_ job: inout JSON) {
    guard !job.member("spec").flag("manualSelector") else { return }
    let uid = JSON.string(job.member("metadata").text("uid"))
    let name = JSON.string(job.member("metadata").text("name"))
    job.updateSpec { spec in
      var template = spec.member("template")
      if template == .null { template = [:] }
      var metadata = template["metadata"] ?? [:]
      var labels = metadata.members("labels")
      for (key, value) in [("job-name", name), ("controller-uid", uid)] {
        labels[key] = value
        labels[prefix + key] = value
      }
      metadata["labels"] = .object(labels)
      template["metadata"] = metadata
      spec["template"] = template
      if spec["selector"] == nil {
        spec["selector"] = ["matchLabels": .object([prefix + "controller-uid": uid])]
      }
    }
  }
}
