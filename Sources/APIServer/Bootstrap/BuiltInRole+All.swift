extension BuiltInRole {
  private static let reading = ["get", "list", "watch"]
  private static let following = ["list", "watch"]
  private static let writing = ["create", "delete", "deletecollection", "patch", "update"]

  private static func rule(
    _ verbs: [String], _ group: String, _ resources: String...
  ) -> PolicyRule { PolicyRule(apiGroups: [group], resources: resources, verbs: verbs) }

  private static func paths(_ paths: String...) -> PolicyRule {
    PolicyRule(nonResourceURLs: paths, verbs: ["get"])
  }

  private static let events = [
    rule(["create", "patch", "update"], "", "events"),
    rule(["create", "patch", "update"], "events.k8s.io", "events"),
  ]

  /// The roles of Kubernetes' own bootstrap policy that concern what is served here, with
  /// CoreDNS's from its manifest.
  static let all: [BuiltInRole] = [
    BuiltInRole(
      name: "cluster-admin", rules: PolicyRule.everything, subjects: [.group("system:masters")]),
    BuiltInRole(
      name: "system:discovery",
      rules: [
        paths(
          "/api", "/api/*", "/apis", "/apis/*", "/healthz", "/livez", "/openapi", "/openapi/*",
          "/readyz", "/version", "/version/")
      ], subjects: [.group("system:authenticated")]),
    BuiltInRole(
      name: "system:public-info-viewer",
      rules: [paths("/healthz", "/livez", "/readyz", "/version", "/version/")],
      subjects: [.group("system:authenticated"), .group("system:unauthenticated")]),
    BuiltInRole(
      name: "system:monitoring",
      rules: [
        paths(
          "/healthz", "/healthz/*", "/livez", "/livez/*", "/metrics", "/metrics/slis", "/readyz",
          "/readyz/*")
      ], subjects: [.group("system:monitoring")]),
    BuiltInRole(
      name: "system:basic-user",
      rules: [
        rule(
          ["create"], "authorization.k8s.io", "selfsubjectaccessreviews", "selfsubjectrulesreviews"),
        rule(["create"], "authentication.k8s.io", "selfsubjectreviews"),
      ], subjects: [.group("system:authenticated")]),
    BuiltInRole(name: "admin", isAggregate: true),
    BuiltInRole(name: "edit", givesTo: "admin", isAggregate: true),
    BuiltInRole(name: "view", givesTo: "edit", isAggregate: true),
    BuiltInRole(
      name: "system:aggregate-to-admin",
      rules: [
        rule(["create"], "authorization.k8s.io", "localsubjectaccessreviews"),
        rule(reading + writing, "rbac.authorization.k8s.io", "roles", "rolebindings"),
      ], givesTo: "admin"),
    BuiltInRole(name: "system:aggregate-to-edit", rules: editing, givesTo: "edit"),
    BuiltInRole(name: "system:aggregate-to-view", rules: viewing, givesTo: "view"),
    BuiltInRole(name: "system:node", rules: node, subjects: [.group("system:nodes")]),
    BuiltInRole(
      name: "system:kubelet-api-admin",
      rules: [
        rule(reading, "", "nodes"), rule(["proxy"], "", "nodes"),
        rule(["*"], "", "nodes/log", "nodes/metrics", "nodes/proxy", "nodes/stats"),
      ], subjects: [.user(ClusterCertificates.nodeClientName)]),
    BuiltInRole(
      name: "system:node-proxier",
      rules: [
        rule(following, "", "services", "endpoints"), rule(reading, "", "nodes"),
        rule(following, "discovery.k8s.io", "endpointslices"),
        rule(following, "networking.k8s.io", "servicecidrs"),
      ] + events, subjects: [.user("system:kube-proxy"), .serviceAccount("kube-proxy")]),
    BuiltInRole(
      name: "system:kube-dns", rules: [rule(following, "", "endpoints", "services")],
      subjects: [.serviceAccount("kube-dns")]),
    BuiltInRole(
      name: "system:coredns",
      rules: [
        rule(following, "", "endpoints", "services", "pods", "namespaces"),
        rule(["get"], "", "nodes"), rule(following, "discovery.k8s.io", "endpointslices"),
      ], subjects: [.serviceAccount("coredns")]),
  ]

  /// What a user may change within a namespace, less what would give more rights.
  private static let editing = [
    rule(
      reading, "", "pods/attach", "pods/exec", "pods/portforward", "pods/proxy", "secrets",
      "services/proxy"),
    rule(["impersonate"], "", "serviceaccounts"),
    rule(
      writing, "", "pods", "pods/attach", "pods/exec", "pods/portforward", "pods/proxy"),
    rule(["create"], "", "pods/eviction"),
    rule(
      writing, "", "configmaps", "events", "persistentvolumeclaims", "replicationcontrollers",
      "replicationcontrollers/scale", "secrets", "serviceaccounts", "services", "services/proxy"),
    rule(["create"], "", "serviceaccounts/token"),
    rule(
      writing, "apps", "daemonsets", "deployments", "deployments/rollback", "deployments/scale",
      "replicasets", "replicasets/scale", "statefulsets", "statefulsets/scale"),
    rule(writing, "autoscaling", "horizontalpodautoscalers"),
    rule(writing, "batch", "cronjobs", "jobs"),
    rule(writing, "policy", "poddisruptionbudgets"),
    rule(writing, "networking.k8s.io", "ingresses", "networkpolicies"),
    rule(reading + writing, "coordination.k8s.io", "leases"),
  ]

  /// What a user may see within a namespace: everything but Secrets and roles.
  private static let viewing = [
    rule(
      reading, "", "configmaps", "endpoints", "persistentvolumeclaims",
      "persistentvolumeclaims/status", "pods", "replicationcontrollers",
      "replicationcontrollers/scale", "serviceaccounts", "services", "services/status"),
    rule(
      reading, "", "bindings", "events", "limitranges", "namespaces/status", "pods/log",
      "pods/status", "replicationcontrollers/status", "resourcequotas", "resourcequotas/status"),
    rule(reading, "", "namespaces"),
    rule(reading, "discovery.k8s.io", "endpointslices"),
    rule(
      reading, "apps", "controllerrevisions", "daemonsets", "daemonsets/status", "deployments",
      "deployments/scale", "deployments/status", "replicasets", "replicasets/scale",
      "replicasets/status", "statefulsets", "statefulsets/scale", "statefulsets/status"),
    rule(
      reading, "autoscaling", "horizontalpodautoscalers", "horizontalpodautoscalers/status"),
    rule(reading, "batch", "cronjobs", "cronjobs/status", "jobs", "jobs/status"),
    rule(reading, "policy", "poddisruptionbudgets", "poddisruptionbudgets/status"),
    rule(reading, "networking.k8s.io", "ingresses", "ingresses/status", "networkpolicies"),
  ]

  /// A kube-apiserver gives a Node this much through an authorizer that confines it to its own
  /// Pods; here all Nodes have the role.
  private static let node =
    [
      rule(["create"], "authentication.k8s.io", "tokenreviews"),
      rule(
        ["create"], "authorization.k8s.io", "localsubjectaccessreviews", "subjectaccessreviews"),
      rule(reading, "", "services"),
      rule(["create", "get", "list", "watch"], "", "nodes"),
      rule(["patch", "update"], "", "nodes", "nodes/status"),
      rule(reading + ["create", "delete"], "", "pods"),
      rule(["patch", "update"], "", "pods/status"),
      rule(["create"], "", "pods/eviction"),
      rule(reading, "", "configmaps", "secrets"),
      rule(["get"], "", "persistentvolumeclaims", "persistentvolumes"),
      rule(["get", "patch", "update"], "", "persistentvolumeclaims/status"),
      rule(["create"], "", "serviceaccounts/token"),
      rule(["get"], "", "endpoints"),
      rule(
        ["create", "delete", "get", "patch", "update"], "coordination.k8s.io", "leases"),
      rule(
        ["create", "get", "list", "watch"], "certificates.k8s.io", "certificatesigningrequests"),
      rule(["get"], "storage.k8s.io", "volumeattachments"),
      rule(reading, "storage.k8s.io", "csidrivers"),
      rule(["create", "delete", "get", "patch", "update"], "storage.k8s.io", "csinodes"),
      rule(reading, "node.k8s.io", "runtimeclasses"),
    ] + events
}
