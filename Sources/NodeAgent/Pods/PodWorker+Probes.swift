import JSONTree
import KubernetesAPI
import KubernetesClient

extension PodWorker {
  /// Begins to watch over a container that runs.
  func watchContainer(_ container: ContainerDefinition) {
    stopWatching(container.name)
    let name = container.name
    let kinds = ProbeKind.allCases.compactMap { container.probe($0) }
    if container.probe(.startup) == nil { started.insert(name) }
    if container.probe(.readiness) == nil, started.contains(name) { ready.insert(name) }
    guard !kinds.isEmpty else { return }
    let time = context.client.time
    let target = ProbeTarget(
      http: context.probes,
      address: (pod.hostNetwork ? context.hostAddresses : addresses).first
        ?? .v4(0x7F00_0001), container: container)
    probes[name] = Task { [weak self] in
      await withDiscardingTaskGroup { group in
        for probe in kinds {
          group.addTask { [weak self] in
            guard let self else { return }
            await self.runProbe(probe, container, target, time)
          }
        }
      }
    }
  }

  /// The container has ended, or its Pod goes.
  func stopWatching(_ name: String) {
    probes.removeValue(forKey: name)?.cancel()
    started.remove(name)
    ready.remove(name)
    condemned[name] = nil
  }

  // MARK: One probe

  private nonisolated func runProbe(
    _ probe: ProbeDefinition, _ container: ContainerDefinition, _ target: ProbeTarget,
    _ time: TimeSource
  ) async {
    var counter = ProbeCounter(probe)
    do {
      try await time.sleep(probe.initialDelay)
      while !Task.isCancelled {
        if await mayRun(probe.kind, container.name) {
          let result = await result(probe, container, target)
          if Task.isCancelled { return }
          await took(result, probe, container, &counter)
          if probe.kind == .startup, counter.isPassing { return }
        } else {
          // Waits for the startup probe in short steps, so as to begin as soon as it passes.
          try await time.sleep(.milliseconds(200))
          continue
        }
        try await time.sleep(probe.period)
      }
    } catch {}  // Cancelled: the container has ended.
  }

  private func mayRun(_ kind: ProbeKind, _ name: String) -> Bool {
    kind == .startup ? !started.contains(name) : started.contains(name)
  }

  private nonisolated func result(
    _ probe: ProbeDefinition, _ container: ContainerDefinition, _ target: ProbeTarget
  ) async -> ProbeResult {
    if let command = probe.json["exec"]?["command"]?.strings {
      return await runInContainer(command, container, limit: probe.timeout)
    }
    return await target.check(probe.json, timeout: probe.timeout)
      ?? .failure("missing probe handler")
  }

  private func took(
    _ result: ProbeResult, _ probe: ProbeDefinition, _ container: ContainerDefinition,
    _ counter: inout ProbeCounter
  ) {
    guard records[container.name]?.isRunning == true else { return }
    let isSuccess = result == .success
    if case .failure(let reason) = result {
      let kind = probe.kind.rawValue.replacing("Probe", with: "")
      let title = kind.prefix(1).uppercased() + kind.dropFirst()
      event("Warning", "Unhealthy", "\(title) probe failed: \(reason)", container)
    }
    guard let verdict = counter.take(isSuccess: isSuccess) else { return }
    let name = container.name
    switch probe.kind {
    case .readiness:
      let changed =
        verdict ? ready.insert(name).inserted : ready.remove(name) != nil
      if changed { wake() }
    case .startup where verdict:
      started.insert(name)
      if container.probe(.readiness) == nil { ready.insert(name) }
      wake()
    case .startup, .liveness:
      if verdict || condemned[name] != nil || records[name]?.stopping != nil { return }
      condemned[name] = "Unhealthy"
      let kind = probe.kind == .liveness ? "liveness" : "startup"
      event(
        "Normal", "Killing", "Container \(name) failed \(kind) probe, will be restarted",
        container)
      wake()
    }
  }

  // MARK: Hooks and programs

  nonisolated func runHook(
    _ hook: JSON, _ container: ContainerDefinition, limit: Duration
  ) async -> ProbeResult {
    if let command = hook["exec"]?["command"]?.strings {
      return await runInContainer(command, container, limit: limit)
    }
    if let seconds = hook["sleep"]?["seconds"]?.integer {
      try? await context.client.time.sleep(min(limit, .seconds(seconds)))
      return .success
    }
    let target = await probeTarget(container)
    return await target.check(hook, timeout: limit) ?? .failure("invalid handler")
  }

  private func probeTarget(_ container: ContainerDefinition) -> ProbeTarget {
    ProbeTarget(
      http: context.probes,
      address: (pod.hostNetwork ? context.hostAddresses : addresses).first ?? .v4(0x7F00_0001),
      container: container)
  }

  /// Runs a program in a container that runs and waits for its end.
  nonisolated func runInContainer(
    _ command: [String], _ container: ContainerDefinition, limit: Duration
  ) async -> ProbeResult {
    guard let id = await runningIdentifier(container.name) else {
      return .failure("container not running")
    }
    let directory = directory
    do {
      return try await BlockingThread.run {
        try ProgramRun(directory: directory, container: id).run(command, limit: limit)
      }
    } catch {
      return .failure("\(error)")
    }
  }

  /// The id of the attempt that runs; nil if none does.
  func runningIdentifier(_ name: String) -> String? {
    guard let record = records[name], record.isRunning else { return nil }
    return record.identifier(name)
  }
}
