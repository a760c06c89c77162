import APIServer
import JSONTree
import KubernetesAPI
import Testing

@Suite struct RoleKindTests {
  private func problems(
    _ kind: some KindDefinition, _ text: String, old: String? = nil
  ) throws -> [String] {
    var object = try JSON(parsing: text)
    kind.setDefaults(&object)
    guard let old else { return kind.validateCreate(object).map(\.description) }
    var before = try JSON(parsing: old)
    kind.setDefaults(&before)
    return kind.validateUpdate(object, old: before, subresource: nil).map(\.description)
  }

  @Test(arguments: [
    (#"{"rules":[{"verbs":["get"],"apiGroups":[""],"resources":["pods"]}]}"#, []),
    (
      #"{"rules":[{}]}"#,
      [
        "rules[0].verbs: Required value: verbs must contain at least one value",
        "rules[0].apiGroups: Required value: resource rules must supply at least one api group",
        "rules[0].resources: Required value: resource rules must supply at least one resource",
      ]
    ),
    (
      #"{"rules":[{"verbs":["get"],"nonResourceURLs":["/x"],"resources":["pods"]}]}"#,
      [
        #"rules[0].nonResourceURLs: Invalid value: ["/x"]: "#
          + "namespaced rules cannot apply to non-resource URLs",
        #"rules[0].nonResourceURLs: Invalid value: ["/x"]: "#
          + "rules cannot apply to both regular resources and non-resource URLs",
      ]
    ),
  ])
  func `rules of a Role are checked`(role: String, expected: [String]) throws {
    #expect(try problems(RoleKind(), role) == expected)
  }

  @Test(arguments: [
    (#"{"rules":[{"verbs":["get"],"nonResourceURLs":["/x"]}]}"#, []),
    (
      #"{"aggregationRule":{}}"#,
      [
        "aggregationRule.clusterRoleSelectors: Required value: at least one clusterRoleSelector "
          + "required if aggregationRule is non-nil"
      ]
    ),
    (
      #"{"aggregationRule":{"clusterRoleSelectors":[{"matchLabels":{"a":"-"}}]}}"#,
      [
        #"aggregationRule.clusterRoleSelectors[0].matchLabels: Invalid value: "-": a valid "#
          + "label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', "
          + "and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value'"
          + ",  or '12345', regex used for validation is "
          + "'(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"
      ]
    ),
  ])
  func `a ClusterRole may name paths and other roles`(role: String, expected: [String]) throws {
    #expect(try problems(ClusterRoleKind(), role) == expected)
  }

  @Test(arguments: [
    (
      #"{"roleRef":{"kind":"Role","name":"r"},"subjects":[{"kind":"User","name":"u"},"#
        + #"{"kind":"ServiceAccount","name":"s"}]}"#, []
    ),
    (
      "{}",
      [
        #"roleRef.kind: Unsupported value: "": supported values: "ClusterRole", "Role""#,
        "roleRef.name: Required value",
      ]
    ),
    (
      #"{"roleRef":{"kind":"Role","name":"a/b","apiGroup":"x"},"subjects":[{"kind":"Robot"}]}"#,
      [
        #"roleRef.apiGroup: Unsupported value: "x": supported values: "#
          + #""rbac.authorization.k8s.io""#,
        #"roleRef.name: Invalid value: "a/b": may not contain '/'"#,
        "subjects[0].name: Required value",
        #"subjects[0].kind: Unsupported value: "Robot": supported values: "Group", "#
          + #""ServiceAccount", "User""#,
      ]
    ),
    (
      #"{"roleRef":{"kind":"Role","name":"r"},"subjects":[{"kind":"User"},"#
        + #"{"kind":"ServiceAccount","name":"S","apiGroup":"x"}]}"#,
      [
        "subjects[0].name: Required value",
        #"subjects[0].name: Invalid value: "": user name cannot be empty"#,
        #"subjects[1].name: Invalid value: "S": a lowercase RFC 1123 subdomain must consist of "#
          + "lower case alphanumeric characters, '-' or '.', and must start and end with an "
          + "alphanumeric character (e.g. 'example.com', regex used for validation is "
          + #"'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"#,
        #"subjects[1].apiGroup: Unsupported value: "x": supported values: """#,
      ]
    ),
  ])
  func `a binding names a role and subjects`(binding: String, expected: [String]) throws {
    #expect(try problems(RoleBindingKind(), binding) == expected)
  }

  @Test func `a binding in the whole cluster is of a ClusterRole and names namespaces`() throws {
    let binding =
      #"{"roleRef":{"kind":"Role","name":"r"},"#
      + #""subjects":[{"kind":"ServiceAccount","name":"s"}]}"#
    #expect(
      try problems(ClusterRoleBindingKind(), binding) == [
        #"roleRef.kind: Unsupported value: "Role": supported values: "ClusterRole""#,
        "subjects[0].namespace: Required value",
      ])
  }

  @Test func `the role of a binding stays`() throws {
    let first = #"{"roleRef":{"kind":"ClusterRole","name":"a"}}"#
    let second = #"{"roleRef":{"kind":"ClusterRole","name":"b"}}"#
    #expect(try problems(RoleBindingKind(), first, old: first) == [])
    #expect(
      try problems(ClusterRoleBindingKind(), second, old: first) == [
        #"roleRef: Invalid value: {"apiGroup":"rbac.authorization.k8s.io","kind":"ClusterRole","#
          + #""name":"b"}: cannot change roleRef"#
      ])
  }

  @Test func `names are what can stand in a path`() {
    let kind = RoleKind()
    #expect(kind.problems(ofName: "system:Node x").isEmpty)
    #expect(kind.problems(ofName: "..") == ["may not be '..'"])
    #expect(kind.problems(ofName: "a/b%") == ["may not contain '/'", "may not contain '%'"])
  }

  @Test func `rows are those of Kubernetes`() {
    let now = Timestamp(seconds: 1_767_225_600 + 90)
    let metadata: JSON = ["name": "x", "creationTimestamp": "2026-01-01T00:00:00Z"]
    #expect(
      RoleKind().cells(of: ["metadata": metadata], now: now) == ["x", "2026-01-01T00:00:00Z"])
    let binding: JSON = [
      "metadata": metadata, "roleRef": ["kind": "Role", "name": "r"],
      "subjects": [
        ["kind": "User", "name": "u"], ["kind": "User", "name": "v"],
        ["kind": "Group", "name": "g"],
        ["kind": "ServiceAccount", "name": "s", "namespace": "n"],
      ],
    ]
    #expect(
      RoleBindingKind().cells(of: binding, now: now)
        == ["x", "Role/r", "90s", "u, v", "g", "n/s"])
  }
}
