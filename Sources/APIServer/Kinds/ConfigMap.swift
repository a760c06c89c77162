package import JSONTree
package import KubernetesAPI

/// `v1` ConfigMap.
package struct ConfigMapKind: KindDefinition {
  package init() {}

  package let resource = ResourceType(
    group: "", version: "v1", kind: "ConfigMap", plural: "configmaps", isNamespaced: true)
  package var schema: ObjectSchema { .configMap }
  package var shortNames: [String] { ["cm"] }
  package var storagePrefix: String { "/registry/configmaps" }

  package var columns: [PrinterColumn] {
    [.name, PrinterColumn("Data", "Number of keys in data and binaryData."), .age]
  }

  package func cells(of object: JSON, now: Timestamp) -> [JSON] {
    let keys = object.members("data").count + object.members("binaryData").count
    return [object.nameCell, .integer(Int64(keys)), object.ageCell(now: now)]
  }

  package func problems(ofName name: String) -> [String] { Format.dns1123Subdomain(name) }

  package func validateCreate(_ object: JSON) -> [FieldError] {
    var checks = FieldChecks()
    checks.coreFinalizers(of: object)
    let data = object.members("data")
    let binaryData = object.members("binaryData")
    var size = 0
    for member in data {
      let path = FieldPath("data").key(member.key)
      checks.format(member.key, at: path, Format.configMapKey)
      if binaryData[member.key] != nil {
        checks.invalid(path, .string(member.key), "duplicate of key present in binaryData")
      }
      size += member.value.string?.utf8.count ?? 0
    }
    for member in binaryData {
      checks.format(
        member.key, at: FieldPath("binaryData").key(member.key), Format.configMapKey)
      size += Base64.decodedCount(member.value.string ?? "")
    }
    // The whole object is too long, which Kubernetes says with a path of an empty name.
    if size > Secret.maximumSize {
      checks.add(.tooLong(FieldPath("[]"), maximum: Secret.maximumSize))
    }
    return checks.errors
  }

  package func validateUpdate(
    _ object: JSON, old: JSON, subresource: Subresource?
  ) -> [FieldError] {
    var checks = FieldChecks()
    checks.frozen(["data", "binaryData"], of: object, old: old)
    return checks.errors + validateCreate(object)
  }
}

extension FieldChecks {
  /// That an object whose `immutable` is true keeps it, and keeps these members.
  mutating func frozen(_ members: [String], of object: JSON, old: JSON) {
    guard old.flag("immutable") else { return }
    let detail = "field is immutable when `immutable` is set"
    if !object.flag("immutable") { forbidden(FieldPath("immutable"), detail) }
    for member in members where !object.member(member).says(theSameAs: old.member(member)) {
      forbidden(FieldPath(member), detail)
    }
  }
}

extension ObjectSchema {
  static let configMap = kind(
    "io.k8s.api.core.v1.ConfigMap",
    "Configuration data for Pods to read as variables or files."
  ) {
    Field(
      "binaryData", .map(.bytes),
      "Values that are not UTF-8, in base64. A key may stand in data or here, not in both.")
    Field(
      "data", .stringMap,
      "Values as UTF-8 text. Keys are made of letters, digits, hyphens, underscores and "
        + "dots.")
    Field(
      "immutable", .boolean,
      "Whether data and binaryData are fixed for good. Once true it stays true.")
  }
}
