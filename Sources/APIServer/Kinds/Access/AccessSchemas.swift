import JSONTree

extension ObjectSchema {
  static let role = kind(
    "io.k8s.api.rbac.v1.Role", "What may be done within one namespace."
  ) {
    Field("rules", .list(.object(.policyRule)), "What the role allows.")
  }

  static let clusterRole = kind(
    "io.k8s.api.rbac.v1.ClusterRole",
    "What may be done in the whole cluster, or in each namespace in which the role is bound."
  ) {
    Field(
      "aggregationRule", .object(.aggregationRule),
      "Has the rules filled in from other roles; what is written to them by hand is lost.")
    Field("rules", .list(.object(.policyRule)), "What the role allows.")
  }

  static let roleBinding = kind(
    "io.k8s.api.rbac.v1.RoleBinding", "Who has a role within one namespace."
  ) {
    Field("roleRef", .object(.roleRef), "The role. Cannot be changed.", required: true)
    Field("subjects", .list(.object(.subject)), "Who has the role.")
  }

  static let clusterRoleBinding = kind(
    "io.k8s.api.rbac.v1.ClusterRoleBinding", "Who has a role in the whole cluster."
  ) {
    Field("roleRef", .object(.roleRef), "The role. Cannot be changed.", required: true)
    Field("subjects", .list(.object(.subject)), "Who has the role.")
  }

  static let policyRule = ObjectSchema(
    "io.k8s.api.rbac.v1.PolicyRule",
    "Verbs that are allowed on resources, or on paths that name no resource."
  ) {
    Field("apiGroups", .strings, "Groups of the resources; the empty one is core, * is all.")
    Field(
      "nonResourceURLs", .strings,
      "Paths that name no resource; a * at the end stands for any rest. Only for roles that are "
        + "bound in the whole cluster.")
    Field("resourceNames", .strings, "Objects the rule is confined to; none for all.")
    Field(
      "resources", .strings,
      "Plurals of resources, with a slash and a subresource where that is meant; * is all.")
    Field("verbs", .strings, "Verbs; * is all.", required: true)
  }

  static let aggregationRule = ObjectSchema(
    "io.k8s.api.rbac.v1.AggregationRule", "Which roles a role is made of."
  ) {
    Field(
      "clusterRoleSelectors", .list(.object(.labelSelector)),
      "Roles that any of these select give their rules.")
  }

  static let roleRef = ObjectSchema(
    "io.k8s.api.rbac.v1.RoleRef", "Points at a role.", isAtomic: true
  ) {
    Field("apiGroup", .string, "Group of the role's type.", required: true, default: "")
    Field("kind", .string, "Role or ClusterRole.", required: true, default: "")
    Field("name", .string, "Name of the role.", required: true, default: "")
  }

  static let subject = ObjectSchema(
    "io.k8s.api.rbac.v1.Subject", "Points at a user, a group or a ServiceAccount.", isAtomic: true
  ) {
    Field(
      "apiGroup", .string,
      "Group of the subject's type: empty for a ServiceAccount, rbac.authorization.k8s.io for a "
        + "user or a group.")
    Field("kind", .string, "User, Group or ServiceAccount.", required: true, default: "")
    Field("name", .string, "Name of the subject.", required: true, default: "")
    Field("namespace", .string, "Namespace of a ServiceAccount.")
  }
}
