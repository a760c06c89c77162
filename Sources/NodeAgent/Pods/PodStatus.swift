package import JSONTree
package import KubernetesAPI

/// Writes the status of a Pod as the kubelet would.
package struct PodStatus {
  private let facts: PodFacts
  private let addresses: [IPAddress]
  private let hostAddresses: [IPAddress]

  package init(facts: PodFacts, addresses: [IPAddress], hostAddresses: [IPAddress]) {
    self.facts = facts
    self.addresses = addresses
    self.hostAddresses = hostAddresses
  }

  /// The `status` to be merged into the Pod's own.
  package var json: JSON {
    let phase = PodPhase.phase(facts)
    var status: JSONObject = [
      "phase": .string(phase),
      "conditions": .array(conditions(phase)),
      "containerStatuses": .array(facts.pod.containers.map { containerStatus($0, phase) }),
      "startTime": facts.pod.status["startTime"] ?? .string(facts.now.description),
      "qosClass": facts.pod.status["qosClass"] ?? "BestEffort",
    ]
    if !facts.pod.initContainers.isEmpty {
      status["initContainerStatuses"] = .array(
        facts.pod.initContainers.map { containerStatus($0, phase) })
    }
    if let failure = facts.failure {
      status["reason"] = .string(failure.reason)
      status["message"] = .string(failure.message)
    }
    let host = hostAddresses.map { JSON.string($0.description) }
    status["hostIP"] = host.first
    if !host.isEmpty { status["hostIPs"] = .array(host.map { ["ip": $0] }) }
    let own = addresses.map { JSON.string($0.description) }
    if let first = own.first {
      status["podIP"] = first
      status["podIPs"] = .array(own.map { ["ip": $0] })
    }
    return .object(status)
  }

  // MARK: Conditions

  private func conditions(_ phase: String) -> [JSON] {
    let isOver = phase == "Succeeded" || phase == "Failed"
    let unready = facts.pod.containers.map(\.name).filter { !facts.ready.contains($0) }
    let sidecars = facts.pod.initContainers.filter { $0.role == .sidecar }.map(\.name)
    let missing = unready + sidecars.filter { !facts.ready.contains($0) }
    let completed = phase == "Succeeded" ? "PodCompleted" : phase == "Failed" ? "PodFailed" : nil
    let message = missing.isEmpty ? "" : "containers with unready status: \(bracketed(missing))"
    let reason = completed ?? (missing.isEmpty ? "" : "ContainersNotReady")
    let containersReady = !isOver && missing.isEmpty
    let gate = closedGate
    let isInitialized = PodPhase.isInitialized(facts) || isOver
    let incomplete = facts.pod.initContainers.filter {
      $0.role == .sidecar
        ? !facts.started.contains($0.name) : !facts.record($0.name).hasSucceeded
    }.map(\.name)
    return [
      condition("PodReadyToStartContainers", facts.sandbox == .ready, "", ""),
      condition(
        "Initialized", isInitialized, isInitialized ? completed ?? "" : "ContainersNotInitialized",
        isInitialized ? "" : "containers with incomplete status: \(bracketed(incomplete))"),
      condition(
        "Ready", containersReady && gate == nil,
        containersReady && gate != nil ? "ReadinessGatesNotReady" : reason,
        containersReady ? gate ?? "" : completed == nil ? message : ""),
      condition(
        "ContainersReady", containersReady, reason, completed == nil ? message : ""),
      condition("PodScheduled", true, "", ""),
    ]
  }

  private func bracketed(_ names: [String]) -> String { "[\(names.joined(separator: " "))]" }

  /// Which readiness gate is not open; nil if all are.
  private var closedGate: String? {
    let gates = facts.pod.spec["readinessGates"]?.array ?? []
    let known = facts.pod.status["conditions"]?.array ?? []
    for gate in gates {
      guard let type = gate["conditionType"]?.string else { continue }
      guard let found = known.first(where: { $0["type"]?.string == type }) else {
        return "corresponding condition of pod readiness gate \"\(type)\" does not exist."
      }
      if found["status"]?.string != "True" {
        return "the status of pod readiness gate \"\(type)\" is not \"True\", but "
          + (found["status"]?.string ?? "Unknown")
      }
    }
    return nil
  }

  /// A condition with the time of its last change, which stays while its status does.
  private func condition(
    _ type: String, _ isTrue: Bool, _ reason: String, _ message: String
  ) -> JSON {
    let status = isTrue ? "True" : "False"
    let known = facts.pod.status["conditions"]?.array?.first { $0["type"]?.string == type }
    var time = JSON.string(facts.now.description)
    if known?["status"]?.string == status, let before = known?["lastTransitionTime"] {
      time = before
    }
    // Every field is written, so that a merge takes an old reason away.
    return [
      "type": .string(type), "status": .string(status), "lastTransitionTime": time,
      "lastProbeTime": .null, "reason": reason.isEmpty ? .null : .string(reason),
      "message": message.isEmpty ? .null : .string(message),
    ]
  }

  // MARK: Containers

  private func containerStatus(_ container: ContainerDefinition, _ phase: String) -> JSON {
    let record = facts.record(container.name)
    let isDone = container.role == .initial && record.hasSucceeded
    var status: JSONObject = [
      "name": .string(container.name), "image": .string(container.image), "imageID": "",
      "restartCount": .integer(record.restartCount),
      "ready": .bool(facts.ready.contains(container.name) || isDone),
      "started": .bool(facts.started.contains(container.name)),
      "state": state(container, record, phase),
      "lastState": lastState(container, record, phase),
    ]
    if record.attempt > 0 {
      status["containerID"] = .string(
        Self.containerID(facts.pod, record.identifier(container.name)))
    }
    return .object(status)
  }

  /// `rollcall://UID/NAME.ATTEMPT`.
  static func containerID(_ pod: AgentPod, _ identifier: String) -> String {
    "rollcall://\(pod.metadata.uid)/\(identifier)"
  }

  private func state(
    _ container: ContainerDefinition, _ record: ContainerRecord, _ phase: String
  ) -> JSON {
    switch record.state {
    case .running(let time): return ["running": ["startedAt": .string(time.description)]]
    case .waiting(let reason, let message):
      if container.role == .main, reason == "ContainerCreating", !PodPhase.isInitialized(facts),
        !facts.pod.initContainers.isEmpty
      {
        return ["waiting": ["reason": "PodInitializing"]]
      }
      return ["waiting": waiting(reason, message)]
    case .terminated(let end):
      guard isWaitingToRestart(container, end, phase) else { return ["terminated": end.json] }
      let text =
        "back-off \(Self.goDuration(record.delay)) restarting failed container=\(container.name) "
        + "pod=\(facts.pod.metadata.name)_\(facts.pod.metadata.namespace)"
        + "(\(facts.pod.metadata.uid))"
      return ["waiting": waiting("CrashLoopBackOff", text)]
    }
  }

  private func lastState(
    _ container: ContainerDefinition, _ record: ContainerRecord, _ phase: String
  ) -> JSON {
    if let end = record.termination, isWaitingToRestart(container, end, phase) {
      return ["terminated": end.json]
    }
    return record.last.map { ["terminated": $0.json] } ?? [:]
  }

  private func isWaitingToRestart(
    _ container: ContainerDefinition, _ end: ContainerRecord.Termination, _ phase: String
  ) -> Bool {
    let record = facts.record(container.name)
    return phase != "Succeeded" && phase != "Failed" && !facts.pod.metadata.isBeingDeleted
      && PodPhase.restarts(container, end, policy: facts.pod.restartPolicy)
      && end.finishedAt.seconds + record.delay > facts.now.seconds
  }

  private func waiting(_ reason: String, _ message: String) -> JSON {
    var object: JSONObject = ["reason": .string(reason)]
    if !message.isEmpty { object["message"] = .string(message) }
    return .object(object)
  }

  /// Seconds as Go prints them: `10s`, `1m20s`, `5m0s`.
  static func goDuration(_ seconds: Int64) -> String {
    seconds < 60 ? "\(seconds)s" : "\(seconds / 60)m\(seconds % 60)s"
  }
}
