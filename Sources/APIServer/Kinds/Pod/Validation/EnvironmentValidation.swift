import JSONTree
import KubernetesAPI

extension FieldChecks {
  /// Variables of a container.
  mutating func environment(_ container: JSON, at path: FieldPath) {
    for (index, variable) in container.items("env").enumerated() {
      let path = path.child("env").index(index)
      let name = variable.text("name")
      if name.isEmpty {
        required(path.child("name"))
      } else {
        format(name, at: path.child("name"), Format.environmentName)
      }
      valueSource(of: variable, at: path.child("valueFrom"))
    }
    for (index, source) in container.items("envFrom").enumerated() {
      environmentSource(source, list: path.child("envFrom"), at: path.child("envFrom").index(index))
    }
  }

  private mutating func environmentSource(_ source: JSON, list: FieldPath, at path: FieldPath) {
    let prefix = source.text("prefix")
    if !prefix.isEmpty { format(prefix, at: path.child("prefix"), Format.environmentName) }
    var count = 0
    for kind in ["configMapRef", "secretRef"] {
      guard let reference = source[kind] else { continue }
      count += 1
      let name = reference.text("name")
      let path = path.child(kind, "name")
      if name.isEmpty { required(path) } else { format(name, at: path, Format.dns1123Subdomain) }
    }
    if count == 0 {
      invalid(list, "", "must specify one of: `configMapRef` or `secretRef`")
    } else if count > 1 {
      invalid(list, "", "may not have more than one field specified at a time")
    }
  }

  private mutating func valueSource(of variable: JSON, at path: FieldPath) {
    guard let source = variable["valueFrom"] else { return }
    var count = 0
    if let field = source["fieldRef"] {
      count += 1
      fieldSelector(field, supported: Self.fieldsForVariables, at: path.child("fieldRef"))
    }
    if let resource = source["resourceFieldRef"] {
      count += 1
      resourceSelector(resource, needsContainer: false, at: path.child("resourceFieldRef"))
    }
    for kind in ["configMapKeyRef", "secretKeyRef"] {
      guard let reference = source[kind] else { continue }
      count += 1
      keySelector(reference, at: path.child(kind))
    }
    if let file = source["fileKeyRef"] {
      count += 1
      fileSelector(file, at: path.child("fileKeyRef"))
    }
    if count == 0 {
      invalid(
        path, "",
        "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or "
          + "`fileKeyRef`")
    } else if !variable.text("value").isEmpty {
      invalid(path, "", "may not be specified when `value` is not empty")
    } else if count > 1 {
      invalid(path, "", "may not have more than one field specified at a time")
    }
  }

  private mutating func keySelector(_ selector: JSON, at path: FieldPath) {
    format(selector.text("name"), at: path.child("name"), Format.dns1123Subdomain)
    let key = selector.text("key")
    if key.isEmpty {
      required(path.child("key"))
    } else {
      format(key, at: path.child("key"), Format.configMapKey)
    }
  }

  private mutating func fileSelector(_ selector: JSON, at path: FieldPath) {
    let rules: [(String, Format.Rule)] = [
      ("key", Format.environmentName), ("volumeName", Format.dns1123Label),
      ("path", Format.pathInside),
    ]
    for (field, rule) in rules {
      let value = selector.text(field)
      if value.isEmpty {
        required(path.child(field))
      } else {
        format(value, at: path.child(field), rule)
      }
    }
  }

  // MARK: Downward API

  private static let fieldsForVariables = [
    "metadata.name", "metadata.namespace", "metadata.uid", "spec.nodeName",
    "spec.serviceAccountName", "status.hostIP", "status.hostIPs", "status.podIP", "status.podIPs",
  ]

  static let fieldsForVolumes = [
    "metadata.annotations", "metadata.labels", "metadata.name", "metadata.namespace",
    "metadata.uid",
  ]

  /// What Kubernetes can turn into a field of its own types, beside those above.
  private static let convertibleFields: Set = ["spec.restartPolicy", "spec.schedulerName"]

  /// A field of the Pod, `metadata.labels['app']` included.
  mutating func fieldSelector(_ selector: JSON, supported: [String], at path: FieldPath) {
    let field = selector.text("fieldPath")
    if selector.text("apiVersion").isEmpty { return required(path.child("apiVersion")) }
    if field.isEmpty { return required(path.child("fieldPath")) }
    if selector.text("apiVersion") != "v1" {
      return invalid(
        path.child("fieldPath"), .string(field),
        "error converting fieldPath: unsupported pod version: \(selector.text("apiVersion"))")
    }
    if let (map, key) = subscripted(field) {
      switch map {
      case "metadata.annotations": format(key.lowercased(), at: path, Format.qualifiedName)
      case "metadata.labels": format(key, at: path, Format.qualifiedName)
      default:
        invalid(
          path.child("fieldPath"), .string(field),
          "error converting fieldPath: field label does not support subscript: \(field)")
      }
      return
    }
    let known = Set(Self.fieldsForVariables + Self.fieldsForVolumes)
      .union(Self.convertibleFields).union(["spec.host", "status.phase"])
    if !known.contains(field) {
      return invalid(
        path.child("fieldPath"), .string(field),
        "error converting fieldPath: field label not supported: \(field)")
    }
    let name = field == "spec.host" ? "spec.nodeName" : field
    oneOf(supported, name, at: path.child("fieldPath"))
  }

  /// `metadata.labels['app']` as its map and its key.
  private func subscripted(_ field: String) -> (map: String, key: String)? {
    guard field.hasSuffix("']"), let start = field.firstIndex(of: "[") else { return nil }
    let inner = field[field.index(after: start)...].dropLast()
    guard inner.count >= 2, inner.first == "'" else { return nil }
    return (String(field[..<start]), String(inner.dropFirst().dropLast()))
  }

  private static let resourceFields = [
    "limits.cpu", "limits.ephemeral-storage", "limits.memory", "requests.cpu",
    "requests.ephemeral-storage", "requests.memory",
  ]

  /// A request or limit of a container.
  mutating func resourceSelector(_ selector: JSON, needsContainer: Bool, at path: FieldPath) {
    let field = selector.text("resource")
    let isHugePages =
      field.hasPrefix("limits.hugepages-") || field.hasPrefix("requests.hugepages-")
    if needsContainer, selector.text("containerName").isEmpty {
      required(path.child("containerName"))
    } else if field.isEmpty {
      required(path.child("resource"))
    } else if !isHugePages {
      oneOf(Self.resourceFields, field, at: path.child("resource"))
    }
    divisor(selector.member("divisor"), of: field, isHugePages, at: path.child("divisor"))
  }

  private mutating func divisor(
    _ divisor: JSON, of field: String, _ isHugePages: Bool, at path: FieldPath
  ) {
    guard let amount = divisor.quantity, !amount.isZero else { return }
    let sizes = [
      "1", "1k", "1M", "1G", "1T", "1P", "1E", "1Ki", "1Mi", "1Gi", "1Ti", "1Pi", "1Ei",
    ]
    let (allowed, words, name): ([String], String, String)
    switch field {
    case "limits.cpu", "requests.cpu": (allowed, words, name) = (["1m", "1"], "1m and 1", "cpu")
    case "limits.memory", "requests.memory":
      (allowed, words, name) = (sizes, sizes.joined(separator: ", "), "memory")
    case "limits.ephemeral-storage", "requests.ephemeral-storage":
      (allowed, words, name) = (
        sizes, sizes.joined(separator: ", "), "local ephemeral storage"
      )
    default:
      guard isHugePages else { return }
      (allowed, words, name) = (sizes, sizes.joined(separator: ", "), "hugepages")
    }
    if !allowed.contains(amount.description) {
      invalid(
        path, .string(field),
        "only divisor's values \(words) are supported with the \(name) resource")
    }
  }
}
