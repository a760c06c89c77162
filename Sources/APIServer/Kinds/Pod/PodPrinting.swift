package import JSONTree
package import KubernetesAPI

extension PodKind {
  package var columns: [PrinterColumn] {
    [
      .name,
      PrinterColumn("Ready", "Containers that are ready, of all that run while the Pod does."),
      PrinterColumn("Status", "What the Pod and its containers do, in one word."),
      PrinterColumn(
        "Restarts", "How often containers were started again, and how long ago the last time."),
      .age,
      PrinterColumn("IP", "Address of the Pod.", priority: 1),
      PrinterColumn("Node", "Node the Pod runs on.", priority: 1),
      PrinterColumn("Nominated Node", "Node on which room is being made.", priority: 1),
      PrinterColumn("Readiness Gates", "Readiness gates that are open, of all.", priority: 1),
    ]
  }

  package func cells(of object: JSON, now: Timestamp) -> [JSON] {
    let spec = object.member("spec")
    let status = object.member("status")
    let summary = PodSummary(object)
    return [
      object.nameCell, .string("\(summary.ready)/\(summary.total)"), .string(summary.reason),
      .string(summary.restartsText(now: now)), object.ageCell(now: now),
      .string((status.items("podIPs").first?.text("ip") ?? "").orIfEmpty("<none>")),
      .string(spec.text("nodeName").orIfEmpty("<none>")),
      .string(status.text("nominatedNodeName").orIfEmpty("<none>")),
      .string(readinessGates(spec, status)),
    ]
  }

  private func readinessGates(_ spec: JSON, _ status: JSON) -> String {
    let gates = spec.items("readinessGates")
    guard !gates.isEmpty else { return "<none>" }
    let open = gates.filter { gate in
      let type = gate.text("conditionType")
      let condition = status.items("conditions").first { $0.text("type") == type }
      return condition?.text("status") == "True"
    }
    return "\(open.count)/\(gates.count)"
  }
}

/// The state of a Pod and its containers in the few words that `kubectl get pods` shows.
struct PodSummary {
  private(set) var ready = 0
  private(set) var total = 0
  private(set) var reason: String
  private var restarts: Int64 = 0
  private var lastRestart: Timestamp?

  private let initContainers: [JSON]
  private var sidecars: Set<String> = []
  private var sidecarRestarts: Int64 = 0
  private var lastSidecarRestart: Timestamp?

  init(_ pod: JSON) {
    let spec = pod.member("spec")
    let status = pod.member("status")
    let phase = status.text("phase")
    initContainers = spec.items("initContainers")
    for container in initContainers where container.text("restartPolicy") == "Always" {
      sidecars.insert(container.text("name"))
    }
    total = spec.items("containers").count + sidecars.count
    reason = status.text("reason").orIfEmpty(phase)
    let conditions = status.items("conditions")
    if conditions.contains(where: {
      $0.text("type") == "PodScheduled" && $0.text("reason") == "SchedulingGated"
    }) {
      reason = "SchedulingGated"
    }
    let isInitializing = readInitContainers(status.items("initContainerStatuses"))
    let isInitialized = conditions.contains {
      $0.text("type") == "Initialized" && $0.text("status") == "True"
    }
    if !isInitializing || isInitialized {
      restarts = sidecarRestarts
      lastRestart = lastSidecarRestart
      readContainers(status)
    }
    if pod[path: "metadata", "deletionTimestamp"] != nil {
      if status.text("reason") == "NodeLost" {
        reason = "Unknown"
      } else if phase != "Failed", phase != "Succeeded" {
        reason = "Terminating"
      }
    }
  }

  /// The count, and how long ago the last restart was where that is known.
  func restartsText(now: Timestamp) -> String {
    guard restarts != 0, let lastRestart else { return String(restarts) }
    return "\(restarts) (\(HumanDuration(from: lastRestart, to: now)) ago)"
  }

  private static func end(of container: JSON) -> Timestamp? {
    container[path: "lastState", "terminated", "finishedAt"]?.string.flatMap(Timestamp.init)
  }

  private static func later(_ left: Timestamp?, _ right: Timestamp?) -> Timestamp? {
    guard let left, let right else { return left ?? right }
    return max(left, right)
  }

  /// - Returns: whether the Pod is still busy with an init container, which `reason` then tells.
  private mutating func readInitContainers(_ statuses: [JSON]) -> Bool {
    for (index, container) in statuses.enumerated() {
      let isSidecar = sidecars.contains(container.text("name"))
      restarts += container.number("restartCount")
      lastRestart = Self.later(lastRestart, Self.end(of: container))
      if isSidecar {
        sidecarRestarts += container.number("restartCount")
        lastSidecarRestart = Self.later(lastSidecarRestart, Self.end(of: container))
      }
      let terminated = container[path: "state", "terminated"]
      if let terminated, terminated.number("exitCode") == 0 { continue }
      if isSidecar, container.flag("started") {
        if container.flag("ready") { ready += 1 }
        continue
      }
      let waiting = container.member("state").member("waiting").text("reason")
      if let terminated {
        reason = "Init:" + Self.word(for: terminated)
      } else if !waiting.isEmpty, waiting != "PodInitializing" {
        reason = "Init:" + waiting
      } else {
        reason = "Init:\(index)/\(initContainers.count)"
      }
      return true
    }
    return false
  }

  private static func word(for terminated: JSON) -> String {
    let reason = terminated.text("reason")
    if !reason.isEmpty { return reason }
    let signal = terminated.number("signal")
    return signal != 0 ? "Signal:\(signal)" : "ExitCode:\(terminated.number("exitCode"))"
  }

  private mutating func readContainers(_ status: JSON) {
    var isRunning = false
    var failure: String?
    for container in status.items("containerStatuses").reversed() {
      restarts += container.number("restartCount")
      lastRestart = Self.later(lastRestart, Self.end(of: container))
      let state = container.member("state")
      let waiting = state.member("waiting").text("reason")
      if !waiting.isEmpty {
        reason = waiting
      } else if let terminated = state["terminated"] {
        reason = Self.word(for: terminated)
        if terminated.number("exitCode") != 0 { failure = reason }
      } else if container.flag("ready"), state["running"] != nil {
        isRunning = true
        ready += 1
      }
    }
    guard reason == "Completed" else { return }
    let isReady = status.items("conditions").contains {
      $0.text("type") == "Ready" && $0.text("status") == "True"
    }
    if isRunning, isReady {
      reason = "Running"
    } else if let failure {
      reason = failure
    } else if isRunning {
      reason = "NotReady"
    }
  }
}
