import KubernetesAPI

/// What phase a Pod is in, by the states of its containers (the kubelet's rules).
package enum PodPhase {
  /// Whether a container that ended is started again.
  static func restarts(
    _ container: ContainerDefinition, _ termination: ContainerRecord.Termination, policy: String
  ) -> Bool {
    switch container.role {
    case .sidecar: return true
    case .initial:
      // With Always an init container behaves as with OnFailure.
      return policy != "Never" && termination.exitCode != 0
    case .main:
      return policy == "Always" || policy == "OnFailure" && termination.exitCode != 0
    }
  }

  /// Whether the Pod has run to its end and nothing of it will be started again.
  package static func isOver(_ facts: PodFacts) -> Bool {
    facts.pod.isTerminal || ["Succeeded", "Failed"].contains(phase(facts))
  }

  package static func phase(_ facts: PodFacts) -> String {
    if facts.failure != nil { return "Failed" }
    if facts.pod.isTerminal { return facts.pod.phase }
    let pod = facts.pod
    for container in pod.initContainers where container.role == .initial {
      let record = facts.record(container.name)
      if let end = record.termination, end.exitCode != 0,
        !restarts(container, end, policy: pod.restartPolicy)
      {
        return "Failed"
      }
    }
    let records = pod.containers.map { ($0, facts.record($0.name)) }
    if records.allSatisfy({ container, record in
      record.termination.map { !restarts(container, $0, policy: pod.restartPolicy) } ?? false
    }) {
      return records.allSatisfy(\.1.hasSucceeded) ? "Succeeded" : "Failed"
    }
    let isWaiting = records.contains { container, record in
      if case .waiting = record.state { return record.attempt == 0 }
      return false
    }
    return isWaiting ? "Pending" : "Running"
  }

  package static func isInitialized(_ facts: PodFacts) -> Bool {
    if facts.pod.containers.contains(where: { facts.record($0.name).ranHere }) { return true }
    return facts.pod.initContainers.allSatisfy { container in
      container.role == .sidecar
        ? facts.started.contains(container.name) : facts.record(container.name).hasSucceeded
    }
  }
}
