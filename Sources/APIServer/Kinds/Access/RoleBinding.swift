package import JSONTree
package import KubernetesAPI

/// `rbac.authorization.k8s.io/v1` RoleBinding.
package struct RoleBindingKind: KindDefinition {
  package init() {}

  package let resource = ResourceType.roleBinding
  package var schema: ObjectSchema { .roleBinding }
  package var storagePrefix: String { "/registry/rolebindings" }
  package var allowsCreateOnUpdate: Bool { true }

  package var columns: [PrinterColumn] { BindingTable.columns }
  package func cells(of object: JSON, now: Timestamp) -> [JSON] {
    BindingTable.cells(of: object, now: now)
  }

  package func setDefaults(_ object: inout JSON) { setAccessGroups(&object) }

  package func problems(ofName name: String) -> [String] { Format.pathSegment(name) }

  package func validateCreate(_ object: JSON) -> [FieldError] {
    var checks = FieldChecks()
    checks.roleBinding(object, kinds: ["Role", "ClusterRole"], isNamespaced: true)
    return checks.errors
  }

  package func validateUpdate(
    _ object: JSON, old: JSON, subresource: Subresource?
  ) -> [FieldError] {
    var checks = FieldChecks()
    checks.roleBinding(object, kinds: ["Role", "ClusterRole"], isNamespaced: true)
    checks.roleRefUnchanged(object, old: old)
    return checks.errors
  }
}

/// Roles, users and groups are of the group of roles unless a binding says otherwise.
func setAccessGroups(_ object: inout JSON) {
  var role = object["roleRef"] ?? [:]
  setGroup(&role)
  object["roleRef"] = role
  guard let subjects = object["subjects"]?.array else { return }
  object["subjects"] = .array(
    subjects.map { subject in
      var subject = subject
      if ["User", "Group"].contains(subject.text("kind")) { setGroup(&subject) }
      return subject
    })
}

private func setGroup(_ reference: inout JSON) {
  guard reference.text("apiGroup").isEmpty else { return }
  reference["apiGroup"] = .string(ResourceType.role.group)
}
