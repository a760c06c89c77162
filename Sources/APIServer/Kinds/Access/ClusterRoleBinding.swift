package import JSONTree
package import KubernetesAPI

/// `rbac.authorization.k8s.io/v1` ClusterRoleBinding.
package struct ClusterRoleBindingKind: KindDefinition {
  package init() {}

  package let resource = ResourceType.clusterRoleBinding
  package var schema: ObjectSchema { .clusterRoleBinding }
  package var storagePrefix: String { "/registry/clusterrolebindings" }
  package var allowsCreateOnUpdate: Bool { true }

  package var columns: [PrinterColumn] { BindingTable.columns }
  package func cells(of object: JSON, now: Timestamp) -> [JSON] {
    BindingTable.cells(of: object, now: now)
  }

  package func setDefaults(_ object: inout JSON) { setAccessGroups(&object) }

  package func problems(ofName name: String) -> [String] { Format.pathSegment(name) }

  package func validateCreate(_ object: JSON) -> [FieldError] {
    var checks = FieldChecks()
    checks.roleBinding(object, kinds: ["ClusterRole"], isNamespaced: false)
    return checks.errors
  }

  package func validateUpdate(
    _ object: JSON, old: JSON, subresource: Subresource?
  ) -> [FieldError] {
    var checks = FieldChecks()
    checks.roleBinding(object, kinds: ["ClusterRole"], isNamespaced: false)
    checks.roleRefUnchanged(object, old: old)
    return checks.errors
  }
}
