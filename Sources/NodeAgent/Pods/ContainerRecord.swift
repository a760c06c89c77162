package import JSONTree
package import KubernetesAPI

/// What became of one container of a Pod so far, over all its attempts. Kept on disk, so that an
/// agent that starts anew goes on where the last one stopped.
package struct ContainerRecord: Sendable, Equatable {
  package struct Termination: Sendable, Equatable {
    package var exitCode: Int64
    package var signal: Int64
    package var reason: String
    package var message: String
    package var startedAt: Timestamp?
    package var finishedAt: Timestamp
    package var containerID: String
  }

  package enum State: Sendable, Equatable {
    /// Not started, or not again yet. -> running, terminated
    case waiting(reason: String, message: String)
    /// -> terminated
    case running(startedAt: Timestamp)
    /// -> running
    case terminated(Termination)
  }

  package var state = State.waiting(reason: "ContainerCreating", message: "")
  package var last: Termination?
  /// Counts starts after the first.
  package var restartCount: Int64 = 0
  /// The next attempt's number, which no attempt had before.
  package var attempt: Int64 = 0
  /// Ends in succession, none after a long run.
  package var failures: Int64 = 0
  /// It has been started in the sandbox the Pod has now.
  package var ranHere = false
  /// It is being ended, for this reason.
  package var stopping: String?

  package static let firstBackoff: Int64 = 10
  package static let longestBackoff: Int64 = 300
  /// Running for so many seconds makes failures forgotten.
  package static let restedAfter: Int64 = 600

  package init() {}

  /// Seconds from the last end to the next start: none at first, then 10 and ever twice as many up
  /// to 300, as the kubelet has it.
  package var delay: Int64 {
    guard failures > 1 else { return 0 }
    let doublings = min(failures - 2, 10)
    return min(Self.firstBackoff << doublings, Self.longestBackoff)
  }

  package var isRunning: Bool {
    if case .running = state { true } else { false }
  }

  package var termination: Termination? {
    if case .terminated(let termination) = state { termination } else { nil }
  }

  package var hasSucceeded: Bool { termination?.exitCode == 0 }

  /// The id of the attempt that runs or ran last.
  package func identifier(_ name: String) -> String { "\(name).\(max(0, attempt - 1))" }

  // MARK: Transitions

  package mutating func started(at time: Timestamp) {
    if let termination { last = termination }
    if attempt > 0 { restartCount += 1 }
    attempt += 1
    ranHere = true
    state = .running(startedAt: time)
    stopping = nil
  }

  package mutating func ended(_ termination: Termination) {
    let ran = termination.startedAt.map { termination.finishedAt.seconds - $0.seconds } ?? 0
    if ran >= Self.restedAfter { failures = 0 }
    failures += 1
    state = .terminated(termination)
    stopping = nil
  }

  /// It could not be started: counted as an attempt that ended at once.
  package mutating func failedToStart(_ termination: Termination) {
    if let earlier = self.termination { last = earlier }
    if attempt > 0 { restartCount += 1 }
    attempt += 1
    ranHere = true
    ended(termination)
  }

  /// The sandbox is gone, and with it what ran: containers end as by SIGKILL, and what comes
  /// before them comes before them again.
  package mutating func lost(_ role: ContainerDefinition.Role, _ id: String, at time: Timestamp) {
    ranHere = false
    if case .running(let start) = state {
      ended(
        Termination(
          exitCode: 137, signal: 9, reason: "ContainerStatusUnknown",
          message: "The container could not be located when the pod was terminated",
          startedAt: start, finishedAt: time, containerID: id))
    }
    if role == .initial, hasSucceeded {
      last = termination
      state = .waiting(reason: "PodInitializing", message: "")
    }
  }

  // MARK: On disk

  package var json: JSON {
    var object: JSONObject = [
      "restartCount": .integer(restartCount), "attempt": .integer(attempt),
      "failures": .integer(failures), "ranHere": .bool(ranHere),
    ]
    switch state {
    case .waiting(let reason, let message):
      object["waiting"] = ["reason": .string(reason), "message": .string(message)]
    case .running(let time): object["running"] = .string(ContainerLog.text(time))
    case .terminated(let termination): object["terminated"] = termination.json
    }
    object["last"] = last?.json
    return .object(object)
  }

  package init(json: JSON) {
    restartCount = json["restartCount"]?.integer ?? 0
    attempt = json["attempt"]?.integer ?? 0
    ranHere = json["ranHere"]?.bool ?? false
    failures = json["failures"]?.integer ?? 0
    last = json["last"].map(Termination.init(json:))
    if let time = json["running"]?.string.flatMap(Timestamp.init) {
      state = .running(startedAt: time)
    } else if let ended = json["terminated"] {
      state = .terminated(Termination(json: ended))
    } else {
      state = .waiting(
        reason: json[path: "waiting", "reason"]?.string ?? "ContainerCreating",
        message: json[path: "waiting", "message"]?.string ?? "")
    }
  }
}

extension ContainerRecord.Termination {
  /// As `state.terminated` of a container status.
  package var json: JSON {
    var object: JSONObject = [
      "exitCode": .integer(exitCode), "reason": .string(reason),
      "finishedAt": .string(finishedAt.description), "containerID": .string(containerID),
    ]
    if signal != 0 { object["signal"] = .integer(signal) }
    if !message.isEmpty { object["message"] = .string(message) }
    object["startedAt"] = startedAt.map { .string($0.description) }
    return .object(object)
  }

  package init(json: JSON) {
    exitCode = json["exitCode"]?.integer ?? 0
    signal = json["signal"]?.integer ?? 0
    reason = json["reason"]?.string ?? ""
    message = json["message"]?.string ?? ""
    startedAt = json["startedAt"]?.string.flatMap(Timestamp.init)
    finishedAt =
      json["finishedAt"]?.string.flatMap(Timestamp.init) ?? Timestamp(seconds: 0)
    containerID = json["containerID"]?.string ?? ""
  }
}
