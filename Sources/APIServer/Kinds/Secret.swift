package import JSONTree
package import KubernetesAPI

/// Facts of the API that more than one kind needs.
enum Secret {
  /// Bytes that all values of a Secret or ConfigMap may have together.
  static let maximumSize = 1_048_576
}

/// `v1` Secret.
package struct SecretKind: KindDefinition {
  package init() {}

  package let resource = ResourceType(
    group: "", version: "v1", kind: "Secret", plural: "secrets", isNamespaced: true)
  package var schema: ObjectSchema { .secret }
  package var storagePrefix: String { "/registry/secrets" }

  package var columns: [PrinterColumn] {
    [
      .name, PrinterColumn("Type", "What the data is for."),
      PrinterColumn("Data", "Number of keys in data."), .age,
    ]
  }

  package func cells(of object: JSON, now: Timestamp) -> [JSON] {
    [
      object.nameCell, .string(object.text("type")),
      .integer(Int64(object.members("data").count)), object.ageCell(now: now),
    ]
  }

  package var selectableFields: [String] { ["type"] }
  package func selectableField(_ field: String, of object: JSON) -> String { object.text("type") }

  /// Moves `stringData` into `data`, where its values win.
  package func setDefaults(_ object: inout JSON) {
    guard let texts = object["stringData"]?.object else { return }
    object["stringData"] = nil
    guard !texts.isEmpty else { return }
    var data = object.members("data")
    for member in texts {
      data[member.key] = .string(Base64.encoded(Array((member.value.string ?? "").utf8)))
    }
    object["data"] = .object(data)
  }

  package func prepareForUpdate(_ object: inout JSON, old: JSON, subresource: Subresource?) {
    if object.text("type").isEmpty { object["type"] = old["type"] }
  }

  package func problems(ofName name: String) -> [String] { Format.dns1123Subdomain(name) }

  package func validateCreate(_ object: JSON) -> [FieldError] {
    var checks = FieldChecks()
    checks.coreFinalizers(of: object)
    let path = FieldPath("data")
    let data = object.members("data")
    var size = 0
    for member in data {
      checks.format(member.key, at: path.key(member.key), Format.configMapKey)
      size += Base64.decodedCount(member.value.string ?? "")
    }
    if size > Secret.maximumSize { checks.add(.tooLong(path, maximum: Secret.maximumSize)) }
    checks.requiredKeys(of: object, data)
    return checks.errors
  }

  package func validateUpdate(
    _ object: JSON, old: JSON, subresource: Subresource?
  ) -> [FieldError] {
    var checks = FieldChecks()
    checks.immutable(
      .string(object.text("type")), old: .string(old.text("type")), at: FieldPath("type"))
    checks.frozen(["data"], of: object, old: old)
    return checks.errors + validateCreate(object)
  }
}

extension FieldChecks {
  /// What a Secret of a known type must hold.
  fileprivate mutating func requiredKeys(of object: JSON, _ data: JSONObject) {
    let path = FieldPath("data")
    func missing(_ keys: String...) -> [FieldError] {
      keys.filter { data[$0] == nil }.map { .required(path.key($0)) }
    }
    switch object.text("type") {
    case "kubernetes.io/service-account-token":
      let key = "kubernetes.io/service-account.name"
      if object.member("metadata").member("annotations").text(key).isEmpty {
        required(FieldPath("metadata.annotations").key(key))
      }
    case "kubernetes.io/dockercfg": registryCredentials(data, key: ".dockercfg")
    case "kubernetes.io/dockerconfigjson": registryCredentials(data, key: ".dockerconfigjson")
    case "kubernetes.io/basic-auth":
      let absent = missing("username", "password")
      if absent.count == 2 { add(absent) }
    case "kubernetes.io/ssh-auth":
      if (data["ssh-privatekey"]?.string ?? "").isEmpty {
        required(path.key("ssh-privatekey"))
      }
    case "kubernetes.io/tls": add(missing("tls.crt", "tls.key"))
    default: break
    }
  }

  private mutating func registryCredentials(_ data: JSONObject, key: String) {
    let path = FieldPath("data").key(key)
    guard let text = data[key]?.string else { return required(path) }
    let hidden: JSON = "<secret contents redacted>"
    do {
      let value = try JSON(parsing: Base64.decoded(text) ?? [])
      if value.object == nil, value != .null {
        invalid(
          path, hidden,
          "json: cannot unmarshal \(value.typeName) into Go value of type map[string]interface {}")
      }
    } catch {
      invalid(path, hidden, error.message)
    }
  }
}

extension ObjectSchema {
  static let secret = kind(
    "io.k8s.api.core.v1.Secret",
    "Confidential data for Pods to read as variables or files. All values together "
      + "are at most 1 MiB."
  ) {
    Field(
      "data", .map(.bytes),
      "Values in base64. Keys are made of letters, digits, hyphens, underscores and dots.")
    Field("immutable", .boolean, "Whether data is fixed for good. Once true it stays true.")
    Field(
      "stringData", .stringMap,
      "Values as plain text, merged into data when written and never shown.")
    Field(
      "type", .string,
      "What the data is for; some types require certain keys. Cannot be changed. "
        + "Default is Opaque.", default: "Opaque", goType: "v1.SecretType")
  }
}
