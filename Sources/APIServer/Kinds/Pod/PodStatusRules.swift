import JSONTree

/// What an update of a Pod's status may not change, and what follows from it.
enum PodStatusRules {
  static func prepare(_ object: inout JSON, old: JSON) {
    object["spec"] = old["spec"]
    var metadata = object.member("metadata")
    metadata["ownerReferences"] = old[path: "metadata", "ownerReferences"]
    object["metadata"] = metadata
    var status = object.member("status")
    let oldStatus = old.member("status")
    if status.text("qosClass").isEmpty { status["qosClass"] = oldStatus["qosClass"] }
    keepObservedGenerations(&status, old: oldStatus)
    object["status"] = status
  }

  /// A client that does not know `observedGeneration` must not clear it.
  private static func keepObservedGenerations(_ status: inout JSON, old: JSON) {
    if status.number("observedGeneration") == 0 {
      status["observedGeneration"] = old["observedGeneration"]
    }
    var generations: [String: [JSON?]] = [:]
    for condition in old.items("conditions").reversed() {
      generations[condition.text("type"), default: []].append(condition["observedGeneration"])
    }
    status.updateEach("conditions") { condition in
      let generation = generations[condition.text("type")]?.popLast() ?? nil
      if condition.number("observedGeneration") == 0 {
        condition["observedGeneration"] = generation
      }
    }
  }

  /// Two fields say one thing: `podIP` is the first of `podIPs`, and wins.
  static func matchAddresses(_ object: inout JSON) {
    guard var status = object["status"] else { return }
    let single = status.text("podIP")
    let first = status.items("podIPs").first?.text("ip") ?? ""
    guard single != first else { return }
    if single.isEmpty {
      status["podIP"] = .string(first)
    } else {
      status["podIPs"] = [["ip": .string(single)]]
    }
    object["status"] = status
  }
}
