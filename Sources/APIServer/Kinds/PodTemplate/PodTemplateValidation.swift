import JSONTree
import KubernetesAPI

extension FieldChecks {
  /// A Pod template as every workload has it.
  mutating func podTemplate(_ template: JSON, at path: FieldPath) {
    podTemplateMetadata(template, at: path)
    podSpec(template.member("spec"), metadata: nil, at: path.child("spec"))
    if !template.member("spec").items("ephemeralContainers").isEmpty {
      forbidden(
        path.child("spec", "ephemeralContainers"),
        "ephemeral containers not allowed in pod template")
    }
  }

  /// Labels and annotations; the paths leave out `metadata`, as Kubernetes' do.
  mutating func podTemplateMetadata(_ template: JSON, at path: FieldPath) {
    let metadata = template.member("metadata")
    labels(metadata.members("labels"), at: path.child("labels"))
    annotations(metadata.members("annotations"), at: path.child("annotations"))
    podAnnotations(
      metadata.members("annotations"), spec: template.member("spec"),
      at: path.child("annotations"))
  }

  /// The selector of a workload, which must be there and choose the Pods of the template.
  ///
  /// - Parameters:
  ///   - kind: the word for the workload in the message for an empty selector.
  ///   - unusable: what is said of a selector that cannot be read.
  /// - Returns: whether the selector can be used.
  @discardableResult
  mutating func workloadSelector(
    _ spec: JSON, kind: String, unusable: String, at path: FieldPath
  ) -> Bool {
    let selectorPath = path.child("selector")
    guard let selector = spec["selector"] else {
      required(selectorPath)
      return true
    }
    let before = errors.count
    labelSelector(selector, at: selectorPath)
    let isReadable = errors.count == before
    let isEmpty =
      selector.members("matchLabels").isEmpty && selector.items("matchExpressions").isEmpty
    if isEmpty { invalid(selectorPath, selector, "empty selector is invalid for \(kind)") }
    if !isReadable { invalid(selectorPath, selector, unusable) }
    return isReadable
  }

  /// That the selector chooses Pods with the template's labels.
  mutating func templateLabels(_ spec: JSON, at path: FieldPath) {
    guard let selector = spec["selector"] else { return }
    let labels = spec.member("template").member("metadata").members("labels")
    if !LabelSelector(json: selector).matches(JSON.object(labels).stringMap) {
      invalid(
        path.child("template", "metadata", "labels"), .object(labels),
        "`selector` does not match template `labels`")
    }
  }

  /// That Pods of the template run for ever.
  ///
  /// - Parameter kind: `ReplicaSet`, as messages name the workload.
  mutating func runsForEver(_ podSpec: JSON, kind: String, at path: FieldPath) {
    oneOf(["Always"], podSpec.text("restartPolicy"), at: path.child("restartPolicy"))
    if podSpec["activeDeadlineSeconds"] != nil {
      forbidden(
        path.child("activeDeadlineSeconds"),
        "activeDeadlineSeconds in \(kind) is not Supported")
    }
  }

  /// Counters of a status, none of which may be negative.
  mutating func counters(_ status: JSON, _ names: [String], at path: FieldPath) {
    for name in names { notNegative(status.number(name), at: path.child(name)) }
  }

  /// That a counter is no greater than another.
  mutating func counter(
    _ name: String, of status: JSON, atMost limit: String, named limitName: String,
    at path: FieldPath
  ) {
    if status.number(name) > status.number(limit) {
      invalid(
        path.child(name), .integer(status.number(name)), "cannot be greater than \(limitName)")
    }
  }

  mutating func notDecremented(_ name: String, _ status: JSON, old: JSON, at path: FieldPath) {
    guard let before = old[name]?.integer else { return }
    if status.number(name) < before {
      invalid(path.child(name), .integer(status.number(name)), "cannot be decremented")
    }
  }
}
