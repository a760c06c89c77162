package import JSONTree
package import KubernetesAPI

/// `v1` ServiceAccount.
package struct ServiceAccountKind: KindDefinition {
  package init() {}

  package let resource = ResourceType(
    group: "", version: "v1", kind: "ServiceAccount", plural: "serviceaccounts",
    isNamespaced: true)
  package var schema: ObjectSchema { .serviceAccount }
  package var shortNames: [String] { ["sa"] }
  package var storagePrefix: String { "/registry/serviceaccounts" }
  package var returnsDeletedObject: Bool { true }

  package var subresources: [Subresource] { [.token] }
  package func schema(of subresource: Subresource) -> ObjectSchema {
    subresource == .token ? .tokenRequest : schema
  }

  package var columns: [PrinterColumn] { [.name, .age] }
  package func cells(of object: JSON, now: Timestamp) -> [JSON] {
    [object.nameCell, object.ageCell(now: now)]
  }

  package func prepareForCreate(_ object: inout JSON) { keepSecretNames(&object) }
  package func prepareForUpdate(_ object: inout JSON, old: JSON, subresource: Subresource?) {
    keepSecretNames(&object)
  }

  /// Of a reference to a Secret only the name counts.
  private func keepSecretNames(_ object: inout JSON) {
    guard let secrets = object["secrets"]?.array else { return }
    object["secrets"] = .array(
      secrets.map { secret in
        let name = secret.text("name")
        return name.isEmpty ? .object([:]) : ["name": .string(name)]
      })
  }

  package func problems(ofName name: String) -> [String] { Format.dns1123Subdomain(name) }

  package func validateCreate(_ object: JSON) -> [FieldError] {
    var checks = FieldChecks()
    checks.coreFinalizers(of: object)
    return checks.errors
  }

  package func warnings(_ object: JSON, old: JSON?) -> [String] {
    let key = "kubernetes.io/enforce-mountable-secrets"
    func isSet(_ object: JSON?) -> Bool {
      object?[path: "metadata", "annotations", key] != nil
    }
    guard isSet(object), !isSet(old) else { return [] }
    return [
      "metadata.annotations[\(key)]: deprecated in v1.32+; prefer separate namespaces to isolate "
        + "access to mounted secrets"
    ]
  }
}

extension ObjectSchema {
  static let serviceAccount = kind(
    "io.k8s.api.core.v1.ServiceAccount",
    "An identity for the processes of Pods."
  ) {
    Field(
      "automountServiceAccountToken", .boolean,
      "Whether Pods of this account get a token mounted, unless they say otherwise.")
    Field(
      "imagePullSecrets", .list(.object(.localObjectReference)),
      "Secrets with registry credentials for the images of Pods of this account.")
    Field(
      "secrets", .list(.object(.objectReference), .map("name")),
      "Secrets that Pods of this account may use, where that is enforced.")
  }
}
