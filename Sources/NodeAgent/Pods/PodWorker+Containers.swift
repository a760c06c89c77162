import Glibc
import JSONTree
import KubernetesAPI
import KubernetesClient
import Logging

extension PodWorker {
  // MARK: Starting

  /// Starts a container's next attempt. Returns whether its state changed.
  func start(_ container: ContainerDefinition) async -> Bool {
    var record = records[container.name] ?? ContainerRecord()
    if let refusal = ContainerPlan.refusal(container) {
      return refuse(container, &record, "ErrImageNeverPull", refusal)
    }
    do {
      if volumes == nil {
        volumes = try await podVolumes().prepare()
        volumesWerePrepared()
      }
    } catch {
      trouble()
      event("Warning", "FailedMount", "\(error)")
      return false
    }
    let spec: ContainerSpec
    do {
      spec = try await plan(container, record)
    } catch {
      trouble()
      return refuse(container, &record, "CreateContainerConfigError", "\(error)", event: "Failed")
    }
    return await launch(container, spec, &record)
  }

  /// Notes why a container waits; the same is not said twice.
  private func refuse(
    _ container: ContainerDefinition, _ record: inout ContainerRecord, _ reason: String,
    _ message: String, event name: String? = nil
  ) -> Bool {
    let waiting = ContainerRecord.State.waiting(reason: reason, message: message)
    if record.state == waiting { return false }
    record.state = waiting
    records[container.name] = record
    event("Warning", name ?? reason, name == nil ? message : "Error: \(message)", container)
    // Nothing else changes by it: another turn would only come here again.
    return false
  }

  private func plan(
    _ container: ContainerDefinition, _ record: ContainerRecord
  ) async throws -> ContainerSpec {
    let environment = try await ContainerEnvironment(
      pod: pod, container: container, objects: objects, downward: downward,
      services: context.linkedServices(pod)
    ).resolve()
    let own = "\(directory)/containers/\(container.name)"
    let logs = logDirectory(container.name)
    try LinuxCall.makeDirectory(own + "/root")
    try LinuxCall.makeDirectory(logs)
    try LinuxCall.replace(own + "/termination-log", [], mode: 0o666)
    chmod(own + "/termination-log", 0o666)
    let plan = ContainerPlan(
      pod: pod, container: container, directory: directory, volumes: volumes ?? [:],
      environment: environment, hidden: context.configuration.hiddenDirectories)
    return try plan.spec(attempt: record.attempt, logDirectory: logs)
  }

  nonisolated func logDirectory(_ container: String) -> String {
    "\(directory)/logs/\(container)"
  }

  private func launch(
    _ container: ContainerDefinition, _ spec: ContainerSpec, _ record: inout ContainerRecord
  ) async -> Bool {
    let path = "\(directory)/containers/\(container.name)/spec.json"
    let directory = directory
    let answer: JSON
    starting = spec.id
    earlyEnd = nil
    do {
      try LinuxCall.replace(path, spec.json.encoded(), mode: 0o600)
      answer = try await BlockingThread.run {
        try SandboxClient(directory: directory).ask(["op": "start", "spec": .string(path)])
      }
      starting = nil
    } catch {
      starting = nil
      trouble()
      event("Warning", "Failed", "Error: \(error)", container)
      return false
    }
    let now = context.client.time.now()
    let id = PodStatus.containerID(pod, spec.id)
    if let problem = answer["error"]?.string {
      let message = "failed to start container \"\(container.name)\": \(problem)"
      record.failedToStart(
        ContainerRecord.Termination(
          exitCode: 128, signal: 0, reason: "StartError", message: message, startedAt: nil,
          finishedAt: now, containerID: id))
      event("Warning", "Failed", "Error: \(message)", container)
    } else {
      record.started(
        at: answer["startedAt"]?.string.flatMap(Timestamp.init) ?? now)
      event("Normal", "Started", "Container started", container)
      runPostStart(container)
    }
    records[container.name] = record
    save()
    if record.isRunning {
      watchContainer(container)
      if let end = earlyEnd { containerEnded(end) }
    } else {
      tellBackOff(container, record)
    }
    return true
  }

  /// Says that a container waits before its next start, if it does.
  private func tellBackOff(_ container: ContainerDefinition, _ record: ContainerRecord) {
    guard record.delay > 0, !pod.metadata.isBeingDeleted, let end = record.termination,
      PodPhase.restarts(container, end, policy: pod.restartPolicy)
    else { return }
    event(
      "Warning", "BackOff",
      "Back-off restarting failed container \(container.name) in pod "
        + "\(pod.metadata.name)_\(pod.metadata.namespace)(\(uid))", container)
  }

  private func runPostStart(_ container: ContainerDefinition) {
    guard let hook = container.json["lifecycle"]?["postStart"] else { return }
    Task { [weak self] in
      guard let self else { return }
      if case .failure(let reason) = await runHook(hook, container, limit: .seconds(600)) {
        await hookFailed(container, reason)
      }
    }
  }

  private func hookFailed(_ container: ContainerDefinition, _ reason: String) {
    event("Warning", "FailedPostStartHook", "PostStartHook failed: \(reason)", container)
    condemned[container.name] = "FailedPostStartHook"
    wake()
  }

  // MARK: Ending

  /// A container has ended, as its sandbox tells.
  func containerEnded(_ news: JSON) {
    guard let id = news["id"]?.string, let dot = id.lastIndex(of: ".") else { return }
    let name = String(id[..<dot])
    if id == starting {
      // Heard of before the answer to its start: it is not on record yet.
      earlyEnd = news
      return
    }
    guard let container = definition(name), var record = records[name], record.isRunning,
      record.identifier(name) == id
    else { return }
    stopWatching(name)
    let code = news["exitCode"]?.integer ?? 0
    let signal = news["signal"]?.integer ?? 0
    record.ended(
      ContainerRecord.Termination(
        exitCode: code, signal: 0, reason: code == 0 && signal == 0 ? "Completed" : "Error",
        message: terminationMessage(container, id, failed: code != 0),
        startedAt: news["startedAt"]?.string.flatMap(Timestamp.init),
        finishedAt: news["finishedAt"]?.string.flatMap(Timestamp.init)
          ?? context.client.time.now(), containerID: PodStatus.containerID(pod, id)))
    condemned[name] = nil
    records[name] = record
    save()
    tellBackOff(container, record)
    removeOldLogs(name, current: record.attempt)
    wake()
  }

  /// What the container left in its termination log, at most 4096 bytes; the end of its output if
  /// that is empty and the container asks for it.
  private func terminationMessage(
    _ container: ContainerDefinition, _ id: String, failed: Bool
  ) -> String {
    let path = "\(directory)/containers/\(container.name)/termination-log"
    let bytes = (try? LinuxCall.read(path)) ?? []
    if !bytes.isEmpty { return String(decoding: bytes.prefix(4096), as: UTF8.self) }
    guard failed,
      container.json["terminationMessagePolicy"]?.string == "FallbackToLogsOnError"
    else { return "" }
    let attempt = id.split(separator: ".").last ?? "0"
    return LogFile.tail("\(logDirectory(container.name))/\(attempt).log", bytes: 2048, lines: 80)
  }

  /// Keeps the logs of this attempt and the one before.
  private func removeOldLogs(_ name: String, current: Int64) {
    let directory = logDirectory(name)
    for file in (try? LinuxCall.entries(directory)) ?? [] {
      if let attempt = Int64(file.prefix { $0 != "." }), attempt < current - 2 {
        unlink("\(directory)/\(file)")
      }
    }
  }

  /// Ends a container in its own time; its end comes as news from the sandbox.
  func beginStop(_ name: String, grace: Int64, reason: String) {
    guard var record = records[name], record.isRunning, record.stopping == nil,
      let container = definition(name)
    else { return }
    record.stopping = reason
    records[name] = record
    condemned[name] = nil
    event("Normal", "Killing", "Stopping container \(name)", container)
    let id = record.identifier(name)
    let hook = container.json["lifecycle"]?["preStop"]
    let time = context.client.time
    let begin = time.uptime()
    // Readiness stops counting at once: the Pod leaves endpoints before its process ends.
    Task { [weak self] in
      if let hook, grace > 0, let self {
        if case .failure(let reason) = await runHook(hook, container, limit: .seconds(grace)) {
          await event("Warning", "FailedPreStopHook", "PreStopHook failed: \(reason)", container)
        }
      }
      await self?.signal(id, grace > 0 ? SIGTERM : SIGKILL)
      // A hook that took all of the time leaves two seconds, as the kubelet does.
      let left = max(.seconds(2), .seconds(grace) - (time.uptime() - begin))
      try? await time.sleep(left)
      await self?.signal(id, SIGKILL)
    }
  }

  /// Signals a container if it is still the attempt that is meant.
  func signal(_ id: String, _ number: Int32) {
    guard let dot = id.lastIndex(of: "."), let record = records[String(id[..<dot])],
      record.isRunning, record.identifier(String(id[..<dot])) == id
    else { return }
    try? sandbox?.send([
      "op": "kill", "id": .string(id), "signal": .integer(Int64(number)),
    ])
  }
}
