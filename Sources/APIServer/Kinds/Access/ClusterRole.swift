package import JSONTree
package import KubernetesAPI

/// `rbac.authorization.k8s.io/v1` ClusterRole.
package struct ClusterRoleKind: KindDefinition {
  package init() {}

  package let resource = ResourceType.clusterRole
  package var schema: ObjectSchema { .clusterRole }
  package var storagePrefix: String { "/registry/clusterroles" }
  package var allowsCreateOnUpdate: Bool { true }

  package var columns: [PrinterColumn] { [.name, .createdAt] }
  package func cells(of object: JSON, now: Timestamp) -> [JSON] {
    [object.nameCell, object.createdAtCell]
  }

  package func problems(ofName name: String) -> [String] { Format.pathSegment(name) }

  package func validateCreate(_ object: JSON) -> [FieldError] {
    var checks = FieldChecks()
    checks.policyRules(of: object, isNamespaced: false)
    guard let aggregation = object["aggregationRule"] else { return checks.errors }
    let path = FieldPath("aggregationRule.clusterRoleSelectors")
    let selectors = aggregation.items("clusterRoleSelectors")
    if selectors.isEmpty {
      checks.required(
        path, "at least one clusterRoleSelector required if aggregationRule is non-nil")
    }
    for (index, selector) in selectors.enumerated() {
      checks.labelSelector(selector, at: path.index(index))
    }
    return checks.errors
  }
}
