package import JSONTree
package import KubernetesAPI

/// Sets conditions in the list of a workload's status.
package struct WorkloadConditions {
  package private(set) var list: [JSON]

  package init(_ status: JSON) { list = status["conditions"]?.array ?? [] }

  package func find(_ type: String) -> JSON? { list.first { $0["type"]?.string == type } }

  package mutating func remove(_ type: String) {
    list.removeAll { $0["type"]?.string == type }
  }

  /// Sets a condition. The time of the transition stays where the status does.
  ///
  /// - Parameters:
  ///   - hasUpdateTime: whether the type of condition tells when it was last written.
  ///   - always: writes the condition where status and reason are as they were too.
  package mutating func set(
    _ type: String, _ status: String, reason: String, _ message: String, now: Timestamp,
    hasUpdateTime: Bool = false, always: Bool = false
  ) {
    let known = find(type)
    let isSame =
      known?["status"]?.string == status && known?["reason"]?.string == reason
    if isSame, !always { return }
    var condition: JSONObject = [
      "type": .string(type), "status": .string(status), "reason": .string(reason),
      "message": .string(message), "lastTransitionTime": .string(now.description),
    ]
    if known?["status"]?.string == status {
      condition["lastTransitionTime"] = known?["lastTransitionTime"]
    }
    if hasUpdateTime { condition["lastUpdateTime"] = .string(now.description) }
    if let index = list.firstIndex(where: { $0["type"]?.string == type }) {
      list[index] = .object(condition)
    } else {
      list.append(.object(condition))
    }
  }
}
