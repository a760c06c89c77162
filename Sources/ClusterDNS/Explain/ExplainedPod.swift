package import JSONTree
package import KubernetesAPI

/// What an explanation needs of a core/v1 Pod, beyond what names need.
package struct ExplainedPod: KubernetesObject {
  package static let resource = Pod.resource

  /// A condition of the Pod's status.
  package struct Condition: Sendable, Equatable {
    package var type: String
    package var status: String
    package var reason: String
    package var message: String
    package var lastTransitionTime: String
  }

  package var pod: Pod
  package var conditions: [Condition]
  /// Why containers wait (`ImagePullBackOff` and so on), by container.
  package var waiting: [String]
  package var dnsPolicy: String
  package var searches: [String]
  /// The value of the option `ndots`, if it is set.
  package var ndots: Int?

  package var metadata: ObjectMeta {
    get { pod.metadata }
    set { pod.metadata = newValue }
  }

  package init(json: JSON) {
    pod = Pod(json: json)
    conditions = (json[path: "status", "conditions"]?.array ?? []).map {
      Condition(
        type: $0["type"]?.string ?? "", status: $0["status"]?.string ?? "",
        reason: $0["reason"]?.string ?? "", message: $0["message"]?.string ?? "",
        lastTransitionTime: $0["lastTransitionTime"]?.string ?? "")
    }
    waiting = (json[path: "status", "containerStatuses"]?.array ?? []).compactMap { status in
      guard let reason = status[path: "state", "waiting", "reason"]?.string else { return nil }
      return "\(status["name"]?.string ?? "a container"): \(reason)"
    }
    dnsPolicy = json[path: "spec", "dnsPolicy"]?.string ?? "ClusterFirst"
    searches = json[path: "spec", "dnsConfig", "searches"]?.strings ?? []
    let options = json[path: "spec", "dnsConfig", "options"]?.array ?? []
    ndots = options.first { $0["name"]?.string == "ndots" }
      .flatMap { $0["value"]?.string }.flatMap { Int($0) }
  }

  /// Writes what `Pod` reads; explanations change no Pod.
  package var json: JSON { pod.json }

  /// The condition by which the Pod is not ready: the one it stands on, where one is told.
  var unreadyCondition: Condition? {
    let failing = conditions.filter { $0.status != "True" }
    return failing.first { $0.type != "Ready" && $0.type != "ContainersReady" }
      ?? failing.first { $0.type == "ContainersReady" } ?? failing.first { $0.type == "Ready" }
  }
}
