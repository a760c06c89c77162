import JSONTree
import KubernetesAPI

/// Roles and who has them, in the form in which requests are decided.
struct AccessPolicy: Sendable {
  /// Whom a role is given to.
  struct Subject: Sendable {
    private enum Kind: Sendable { case user, group, serviceAccount(namespace: String) }

    private let kind: Kind
    private let name: String

    /// - Parameter namespace: of the binding, in which a ServiceAccount is that names none.
    /// - Returns: nil for a subject nobody can be.
    init?(_ json: JSON, in namespace: String) {
      name = json.text("name")
      switch json.text("kind") {
      case "User": kind = .user
      case "Group": kind = .group
      case "ServiceAccount":
        let own = json.text("namespace")
        let effective = own.isEmpty ? namespace : own
        guard !effective.isEmpty else { return nil }
        kind = .serviceAccount(namespace: effective)
      default: return nil
      }
    }

    func includes(_ user: UserInfo) -> Bool {
      switch kind {
      case .user: user.name == name
      case .group: user.groups.contains(name)
      case .serviceAccount(let namespace):
        user.name == "system:serviceaccount:\(namespace):\(name)"
      }
    }
  }

  struct Binding: Sendable {
    var subjects: [Subject]
    var rules: [PolicyRule]
  }

  /// Of ClusterRoles, by name, and of Roles, by `NAMESPACE/NAME`.
  private var clusterRoles: [String: [PolicyRule]]
  private var roles: [String: [PolicyRule]]
  private var clusterBindings: [Binding] = []
  /// By namespace.
  private var bindings: [String: [Binding]] = [:]

  init(
    clusterRoles: [CachedObject] = [], roles: [CachedObject] = [],
    clusterBindings: [CachedObject] = [], bindings: [CachedObject] = []
  ) {
    self.clusterRoles = Self.rules(of: clusterRoles)
    self.roles = Self.rules(of: roles)
    self.clusterBindings = clusterBindings.compactMap { binding($0) }
    for object in bindings {
      guard let binding = binding(object) else { continue }
      self.bindings[object.namespace, default: []].append(binding)
    }
  }

  private static func rules(of roles: [CachedObject]) -> [String: [PolicyRule]] {
    Dictionary(
      roles.map { ($0.key, $0.json.items("rules").map(PolicyRule.init(json:))) },
      uniquingKeysWith: { first, _ in first })
  }

  /// Nil for a binding of a role that does not exist.
  private func binding(_ object: CachedObject) -> Binding? {
    let json = object.json
    guard let rules = rules(of: json.member("roleRef"), in: object.namespace) else { return nil }
    let subjects = json.items("subjects").compactMap { Subject($0, in: object.namespace) }
    return subjects.isEmpty ? nil : Binding(subjects: subjects, rules: rules)
  }

  /// The rules of the role a binding names; nil if there is none.
  ///
  /// - Parameter namespace: of the binding; empty for one in the whole cluster.
  func rules(of reference: JSON, in namespace: String) -> [PolicyRule]? {
    let name = reference.text("name")
    return reference.text("kind") == "Role" ? roles[namespace + "/" + name] : clusterRoles[name]
  }

  func allows(_ access: AccessAttributes) -> Bool {
    contains(access.user, in: access.namespace) { $0.allows(access) }
  }

  /// Everything a user may do in a namespace, or in the cluster if it is empty.
  func rules(for user: UserInfo, in namespace: String) -> [PolicyRule] {
    var rules: [PolicyRule] = []
    _ = contains(user, in: namespace) { rule in
      rules.append(rule)
      return false
    }
    return rules
  }

  private func contains(
    _ user: UserInfo, in namespace: String, _ matches: (PolicyRule) -> Bool
  ) -> Bool {
    func anyRule(_ bindings: [Binding]) -> Bool {
      bindings.contains { binding in
        binding.subjects.contains { $0.includes(user) } && binding.rules.contains(where: matches)
      }
    }
    if anyRule(clusterBindings) { return true }
    return !namespace.isEmpty && anyRule(bindings[namespace] ?? [])
  }
}
