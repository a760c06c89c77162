import JSONTree
import KubernetesAPI

/// Keeps users from giving themselves, or others, more than they have: who writes a role must have
/// what it allows, or the verb `escalate`; who writes a binding must have what the role allows, or
/// the verb `bind`.
struct EscalationCheck: Sendable {
  let user: UserInfo
  /// Of the request; empty for kinds without.
  let namespace: String
  let authorizer: RoleAuthorizer

  /// - Parameter old: nil for a creation.
  /// - Throws: 403 for a write that would give away what the user has not got, 404 for a binding of
  ///   a role that does not exist.
  func check(_ object: JSON, old: JSON?, of resource: ResourceType) throws(APIStatus) {
    guard resource.group == ResourceType.role.group,
      !user.groups.contains(UserInfo.mastersGroup)
    else { return }
    switch resource {
    case .role, .clusterRole: try checkRole(object, old: old, resource)
    case .roleBinding, .clusterRoleBinding: try checkBinding(object, old: old, resource)
    default: break
    }
  }

  private func checkRole(
    _ object: JSON, old: JSON?, _ resource: ResourceType
  ) throws(APIStatus) {
    let isUnchanged = ["rules", "aggregationRule"].allSatisfy {
      object.member($0).says(theSameAs: old?.member($0) ?? .null)
    }
    if old != nil, isUnchanged { return }
    let name = object.member("metadata").text("name")
    if isAllowed("escalate", resource, name: name) { return }
    if object["aggregationRule"] != nil {
      guard missing(PolicyRule.everything).isEmpty else {
        throw .forbidden(
          resource, name: name, "must have cluster-admin privileges to use the aggregationRule")
      }
    }
    try requireHeld(
      object.items("rules").map(PolicyRule.init(json:)), resource, name: name)
  }

  private func checkBinding(
    _ object: JSON, old: JSON?, _ resource: ResourceType
  ) throws(APIStatus) {
    let isUnchanged = ["roleRef", "subjects"].allSatisfy {
      object.member($0).says(theSameAs: old?.member($0) ?? .null)
    }
    if old != nil, isUnchanged { return }
    let reference = object.member("roleRef")
    let role: ResourceType = reference.text("kind") == "Role" ? .role : .clusterRole
    let roleName = reference.text("name")
    if isAllowed("bind", role, name: roleName) { return }
    guard let rules = authorizer.policy.rules(of: reference, in: namespace) else {
      throw .notFound(role, name: roleName)
    }
    try requireHeld(rules, resource, name: object.member("metadata").text("name"))
  }

  private func isAllowed(_ verb: String, _ resource: ResourceType, name: String) -> Bool {
    authorizer.allows(
      AccessAttributes(
        user: user, verb: verb, isResourceRequest: true, group: resource.group,
        resource: resource.plural, subresource: "", namespace: namespace, name: name, path: ""))
  }

  private func missing(_ rules: [PolicyRule]) -> [PolicyRule] {
    PolicyRule.missing(
      from: authorizer.policy.rules(for: user, in: namespace), of: rules)
  }

  private func requireHeld(
    _ rules: [PolicyRule], _ resource: ResourceType, name: String
  ) throws(APIStatus) {
    let missing = missing(rules)
    guard !missing.isEmpty else { return }
    let groups = user.groups.map { quoted($0) }.joined(separator: " ")
    let list = PolicyRule.compacted(missing).map(\.summary).sorted().joined(separator: "\n")
    throw .forbidden(
      resource, name: name,
      "user \(quoted(user.name)) (groups=[\(groups)]) is attempting to grant RBAC permissions "
        + "not currently held:\n\(list)")
  }
}
