package import JSONTree
package import KubernetesAPI

/// `rbac.authorization.k8s.io/v1` Role.
package struct RoleKind: KindDefinition {
  package init() {}

  package let resource = ResourceType.role
  package var schema: ObjectSchema { .role }
  package var storagePrefix: String { "/registry/roles" }
  package var allowsCreateOnUpdate: Bool { true }

  package var columns: [PrinterColumn] { [.name, .createdAt] }
  package func cells(of object: JSON, now: Timestamp) -> [JSON] {
    [object.nameCell, object.createdAtCell]
  }

  package func problems(ofName name: String) -> [String] { Format.pathSegment(name) }

  package func validateCreate(_ object: JSON) -> [FieldError] {
    var checks = FieldChecks()
    checks.policyRules(of: object, isNamespaced: true)
    return checks.errors
  }
}

extension ResourceType {
  private static func access(
    _ kind: String, _ plural: String, isNamespaced: Bool
  ) -> ResourceType {
    ResourceType(
      group: "rbac.authorization.k8s.io", version: "v1", kind: kind, plural: plural,
      isNamespaced: isNamespaced)
  }

  static let role = access("Role", "roles", isNamespaced: true)
  static let clusterRole = access("ClusterRole", "clusterroles", isNamespaced: false)
  static let roleBinding = access("RoleBinding", "rolebindings", isNamespaced: true)
  static let clusterRoleBinding = access(
    "ClusterRoleBinding", "clusterrolebindings", isNamespaced: false)
}

extension PrinterColumn {
  /// Of kinds that print no age.
  static let createdAt = PrinterColumn(
    "Created At", "When the object was stored first.", type: "date")
}

extension JSON {
  var createdAtCell: JSON { self[path: "metadata", "creationTimestamp"] ?? "<unknown>" }
}
