import JSONTree
package import KubernetesAPI

/// What the agent knows of a Pod at one moment.
package struct PodFacts: Sendable {
  package enum Sandbox: Sendable, Equatable {
    case absent
    case ready
  }

  package var pod: AgentPod
  package var sandbox: Sandbox
  package var records: [String: ContainerRecord]
  /// Containers whose startup probe passed, or that have none and run.
  package var started: Set<String> = []
  /// Containers whose readiness probe passes, or that have none and run.
  package var ready: Set<String> = []
  /// Running containers to be ended, and why (a liveness or startup probe failed).
  package var condemned: [String: String] = [:]
  /// The Pod is to end for this reason, whatever its containers do.
  package var failure: PodFailure?
  package var now: Timestamp

  package init(
    pod: AgentPod, sandbox: Sandbox, records: [String: ContainerRecord], now: Timestamp
  ) {
    self.pod = pod
    self.sandbox = sandbox
    self.records = records
    self.now = now
  }

  package func record(_ name: String) -> ContainerRecord { records[name] ?? ContainerRecord() }
}

/// Why a Pod failed as a whole.
package struct PodFailure: Sendable, Equatable {
  package var reason: String
  package var message: String
}

/// What the agent does next for a Pod.
package enum PodAction: Sendable, Equatable {
  case createSandbox
  /// Start the container's next attempt.
  case start(String)
  /// End a running container: its preStop hook, a signal, and after the grace period the last.
  case stop(String, grace: Int64, reason: String)
  /// End the Pod's processes and give its addresses back.
  case destroySandbox
  /// Delete the object: nothing of it is left.
  case finalize
}

/// Decides what to do for a Pod: a pure function of what is known, so that every path of the Pod
/// lifecycle is a row of a table.
package struct PodMachine {
  /// What is to be done now, and in how many seconds to look again for no other reason than time.
  package struct Decision: Sendable, Equatable {
    package var actions: [PodAction] = []
    package var wake: Int64?

    mutating func wake(in seconds: Int64) { wake = min(wake ?? .max, max(1, seconds)) }
  }

  private let facts: PodFacts
  private var decision = Decision()

  package static func decide(_ facts: PodFacts) -> Decision {
    var machine = PodMachine(facts: facts)
    machine.run()
    return machine.decision
  }

  private init(facts: PodFacts) { self.facts = facts }

  private mutating func run() {
    if facts.pod.metadata.isBeingDeleted { return windDown(isDeleted: true) }
    if facts.failure != nil || PodPhase.isOver(facts) { return windDown(isDeleted: false) }
    if let limit = facts.pod.spec["activeDeadlineSeconds"]?.integer,
      let start = facts.pod.status["startTime"]?.string.flatMap(Timestamp.init)
    {
      decision.wake(in: start.seconds + limit - facts.now.seconds)
    }
    if facts.sandbox == .absent {
      decision.actions.append(.createSandbox)
      return
    }
    for (name, reason) in facts.condemned.sorted(by: { $0.key < $1.key }) {
      stop(name, reason, grace: probeGrace(name))
    }
    guard startInitContainers() else { return }
    for container in facts.pod.containers { keepRunning(container) }
  }

  /// Seconds a container gets whose probe failed; a probe may say so itself.
  private func probeGrace(_ name: String) -> Int64 {
    let pod = facts.pod
    let container = (pod.initContainers + pod.containers).first { $0.name == name }
    let own = [ProbeKind.liveness, .startup].compactMap { container?.probe($0)?.gracePeriod }
    return own.first ?? pod.gracePeriod
  }

  // MARK: Starting

  /// Starts what must come before the containers. Returns whether all of it is there.
  private mutating func startInitContainers() -> Bool {
    let wasInitialized = facts.pod.containers.contains { facts.record($0.name).ranHere }
    for container in facts.pod.initContainers {
      let record = facts.record(container.name)
      switch container.role {
      case .sidecar:
        keepRunning(container)
        if !facts.started.contains(container.name), !wasInitialized { return false }
      case .initial, .main:
        if wasInitialized || record.hasSucceeded { continue }
        keepRunning(container)
        return false
      }
    }
    return true
  }

  /// Starts a container that does not run and should; after a failure not before its time.
  private mutating func keepRunning(_ container: ContainerDefinition) {
    let record = facts.record(container.name)
    switch record.state {
    case .running: return
    case .waiting: decision.actions.append(.start(container.name))
    case .terminated(let termination):
      guard PodPhase.restarts(container, termination, policy: facts.pod.restartPolicy) else {
        return
      }
      let due = termination.finishedAt.seconds + record.delay
      if due <= facts.now.seconds {
        decision.actions.append(.start(container.name))
      } else {
        decision.wake(in: due - facts.now.seconds)
      }
    }
  }

  // MARK: Ending

  private mutating func windDown(isDeleted: Bool) {
    let grace = facts.pod.gracePeriod
    let names = facts.pod.containers.map(\.name)
    let running = names.filter { facts.record($0).isRunning }
    for name in running { stop(name, isDeleted ? "Killing" : "Deadline", grace: grace) }
    // Sidecars end after the containers, the last one first.
    if running.isEmpty {
      let others = facts.pod.initContainers.reversed().map(\.name)
      for name in others where facts.record(name).isRunning {
        stop(name, "Killing", grace: grace)
        if facts.pod.initContainers.contains(where: { $0.name == name && $0.role == .sidecar }) {
          return
        }
      }
      guard !others.contains(where: { facts.record($0).isRunning }) else { return }
      if facts.sandbox != .absent { decision.actions.append(.destroySandbox) }
      if isDeleted { decision.actions.append(.finalize) }
    }
  }

  private mutating func stop(_ name: String, _ reason: String, grace: Int64) {
    let record = facts.record(name)
    guard record.isRunning, record.stopping == nil else { return }
    decision.actions.append(.stop(name, grace: grace, reason: reason))
  }
}
