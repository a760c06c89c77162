import JSONTree
import KubernetesAPI

/// A ClusterRole that every cluster has, and who has it from the beginning.
struct BuiltInRole: Sendable {
  var name: String
  var rules: [PolicyRule] = []
  /// Roles this one passes its rules to: `view`, `edit`, `admin`.
  var givesTo: String?
  /// Whether the rules are those of the roles that give to this one.
  var isAggregate = false
  /// Who has it in the whole cluster.
  var subjects: [Subject] = []

  enum Subject: Sendable, Equatable {
    case user(String)
    case group(String)
    /// In `kube-system`.
    case serviceAccount(String)
  }

  private static let labelPrefix = "rbac.authorization.k8s.io/aggregate-to-"
  /// Marks what the server made; an object whose annotation says false is left alone.
  static let label = "kubernetes.io/bootstrapping"
  static let annotation = "rbac.authorization.kubernetes.io/autoupdate"

  private var metadata: JSONObject {
    [
      "name": .string(name), "labels": [Self.label: "rbac-defaults"],
      "annotations": [Self.annotation: "true"],
    ]
  }

  /// The ClusterRole.
  var role: JSON {
    var metadata = metadata
    if let givesTo {
      metadata["labels"] = [Self.label: "rbac-defaults", Self.labelPrefix + givesTo: "true"]
    }
    var object: JSON = [
      "apiVersion": .string(ResourceType.clusterRole.apiVersion), "kind": "ClusterRole",
      "metadata": .object(metadata),
    ]
    if isAggregate {
      object["aggregationRule"] = [
        "clusterRoleSelectors": [["matchLabels": [Self.labelPrefix + name: "true"]]]
      ]
    } else {
      object["rules"] = .array(rules.map(\.json))
    }
    return object
  }

  /// The ClusterRoleBinding, nil if nobody has the role from the beginning.
  var binding: JSON? {
    guard !subjects.isEmpty else { return nil }
    return [
      "apiVersion": .string(ResourceType.clusterRole.apiVersion), "kind": "ClusterRoleBinding",
      "metadata": .object(metadata),
      "roleRef": [
        "apiGroup": .string(ResourceType.clusterRole.group), "kind": "ClusterRole",
        "name": .string(name),
      ],
      "subjects": .array(subjects.map(\.json)),
    ]
  }
}

extension BuiltInRole.Subject {
  var json: JSON {
    switch self {
    case .user(let name):
      ["apiGroup": .string(ResourceType.role.group), "kind": "User", "name": .string(name)]
    case .group(let name):
      ["apiGroup": .string(ResourceType.role.group), "kind": "Group", "name": .string(name)]
    case .serviceAccount(let name):
      ["kind": "ServiceAccount", "name": .string(name), "namespace": "kube-system"]
    }
  }
}
