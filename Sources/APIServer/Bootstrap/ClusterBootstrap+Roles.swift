import JSONTree
import KubernetesAPI

/// Roles and bindings that every cluster has. What somebody took away of them comes back, what
/// somebody added stays, as in Kubernetes.
extension ClusterBootstrap {
  static let rolesPath = ResourceType.clusterRole.path()
  private static let bindingsPath = ResourceType.clusterRoleBinding.path()

  func ensureRoles() async throws(APIStatus) {
    guard server.serves(.clusterRole) else { return }
    let failures = await withTaskGroup(of: APIStatus?.self) { group in
      for role in BuiltInRole.all {
        group.addTask { await failure { () throws(APIStatus) in try await ensure(role) } }
        group.addTask {
          await failure { () throws(APIStatus) in try await ensureBinding(of: role) }
        }
      }
      return await group.reduce(into: [APIStatus?]()) { $0.append($1) }
    }
    if let first = failures.compactMap(\.self).first { throw first }
    try await aggregateRoles()
  }

  private func failure(_ body: () async throws(APIStatus) -> Void) async -> APIStatus? {
    do throws(APIStatus) {
      try await body()
      return nil
    } catch {
      return error
    }
  }

  private func ensure(_ role: BuiltInRole) async throws(APIStatus) {
    let wanted = role.role
    guard let present = try await present(Self.rolesPath, role.name, else: wanted) else { return }
    var patch: JSONObject = [:]
    let rules = present.items("rules")
    let missing = PolicyRule.missing(
      from: rules.map(PolicyRule.init(json:)), of: role.isAggregate ? [] : role.rules)
    if !missing.isEmpty {
      patch["rules"] = .array(rules + PolicyRule.compacted(missing).map(\.json))
    }
    if role.isAggregate, present["aggregationRule"] == nil {
      patch["aggregationRule"] = wanted["aggregationRule"]
    }
    try await change(Self.rolesPath, role.name, patch)
  }

  private func ensureBinding(of role: BuiltInRole) async throws(APIStatus) {
    guard let wanted = role.binding,
      let present = try await present(Self.bindingsPath, role.name, else: wanted)
    else { return }
    let subjects = present.items("subjects")
    let missing = role.subjects.map(\.json).filter { !subjects.contains($0) }
    try await change(
      Self.bindingsPath, role.name,
      missing.isEmpty ? [:] : ["subjects": .array(subjects + missing)])
  }

  /// The object of a name where it is to be kept; makes it where there is none.
  private func present(
    _ path: String, _ name: String, else wanted: JSON
  ) async throws(APIStatus) -> JSON? {
    let found = await respond("GET", path + "/" + name)
    if found.status == 404 {
      try await create(path, wanted)
      return nil
    }
    guard found.status == 200 else { throw found.failure }
    let update = found.json[path: "metadata", "annotations", BuiltInRole.annotation]
    return update == "false" ? nil : found.json
  }

  private func change(_ path: String, _ name: String, _ patch: JSONObject) async throws(APIStatus) {
    guard !patch.isEmpty else { return }
    let changed = await respond("PATCH", path + "/" + name, .object(patch))
    guard changed.status == 200 else { throw changed.failure }
  }

  // MARK: Roles made of roles

  /// Gives every role that has an aggregation rule the rules of those it selects (what the
  /// kube-controller-manager does elsewhere).
  func aggregateRoles() async throws(APIStatus) {
    // What one role got may be for another, so twice more than the longest built-in chain.
    for _ in 0..<4 {
      let list = await respond("GET", Self.rolesPath)
      guard list.status == 200 else { throw list.failure }
      let roles = list.json.items("items").sorted {
        $0.member("metadata").text("name") < $1.member("metadata").text("name")
      }
      var isChanged = false
      for role in roles {
        guard let rules = Self.aggregated(role, of: roles), rules != role.items("rules") else {
          continue
        }
        isChanged = true
        try await change(
          Self.rolesPath, role.member("metadata").text("name"), ["rules": .array(rules)])
      }
      if !isChanged { return }
    }
  }

  /// The rules a role with an aggregation rule is to have; nil for one without.
  static func aggregated(_ role: JSON, of roles: [JSON]) -> [JSON]? {
    guard let aggregation = role["aggregationRule"] else { return nil }
    let selectors = aggregation.items("clusterRoleSelectors").map { LabelSelector(json: $0) }
    let name = role.member("metadata")["name"]
    var rules: [JSON] = []
    for other in roles where other.member("metadata")["name"] != name {
      let labels = other.member("metadata")["labels"]?.stringMap ?? [:]
      guard selectors.contains(where: { $0.matches(labels) }) else { continue }
      for rule in other.items("rules") where !rules.contains(rule) { rules.append(rule) }
    }
    return rules
  }
}
