import JSONTree

/// What a kube-apiserver's built-in admission gives every new Pod: the default service account
/// (ServiceAccount), the priority (Priority), and how long it stays on a Node that is gone
/// (DefaultTolerationSeconds).
///
/// The volume with the account's token is not added: a Pod that needs one states it as a projected
/// volume.
enum PodAdmission {
  static func admitNew(_ pod: inout JSON) {
    guard var spec = pod["spec"] else { return }
    if spec.text("serviceAccountName").isEmpty {
      spec["serviceAccountName"] = "default"
      spec["serviceAccount"] = "default"
    }
    setPriority(&spec)
    tolerateLostNodes(&spec)
    pod["spec"] = spec
  }

  /// A client that sends a Pod as it was written first does not take away what was added then.
  static func admitUpdate(_ pod: inout JSON, old: JSON) {
    guard var spec = pod["spec"] else { return }
    for field in ["priority", "preemptionPolicy"] where spec[field] == nil {
      spec[field] = old[path: "spec", field]
    }
    tolerateLostNodes(&spec)
    pod["spec"] = spec
  }

  /// Priorities of the classes every cluster has. A Pod without a class has priority 0.
  private static let priorities: [String: JSON] = [
    "": 0, "system-cluster-critical": 2_000_000_000, "system-node-critical": 2_000_001_000,
  ]

  private static func setPriority(_ spec: inout JSON) {
    guard let priority = priorities[spec.text("priorityClassName")] else { return }
    spec["priority"] = priority
    if spec["preemptionPolicy"] == nil { spec["preemptionPolicy"] = "PreemptLowerPriority" }
  }

  private static func tolerateLostNodes(_ spec: inout JSON) {
    for key in ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"] {
      tolerate(key, in: &spec)
    }
  }

  /// Five minutes, unless the Pod says how long it tolerates the taint.
  private static func tolerate(_ key: String, in spec: inout JSON) {
    let tolerations = spec.items("tolerations")
    let isStated = tolerations.contains { toleration in
      let stated = toleration.text("key")
      let effect = toleration.text("effect")
      return (stated == key || stated.isEmpty) && (effect == "NoExecute" || effect.isEmpty)
    }
    if isStated { return }
    spec["tolerations"] = .array(
      tolerations + [
        [
          "key": .string(key), "operator": "Exists", "effect": "NoExecute",
          "tolerationSeconds": 300,
        ]
      ])
  }
}
