import Glibc
import JSONTree
import KubernetesAPI
import KubernetesClient
import Logging

/// Drives one Pod: takes what is known, asks `PodMachine` what to do, does it, and tells the API.
actor PodWorker {
  nonisolated let uid: String
  nonisolated let directory: String
  let context: NodeContext
  var pod: AgentPod
  var records: [String: ContainerRecord] = [:]
  var sandbox: SandboxClient?
  var identity: ProcessIdentity?
  var addresses: [IPAddress] = []
  var volumes: [String: String]?
  var started: Set<String> = []
  var ready: Set<String> = []
  var condemned: [String: String] = [:]
  var failure: PodFailure?
  var probes: [String: Task<Void, Never>] = [:]
  /// The attempt that is being started, and its end if that is heard of first.
  var starting: String?
  var earlyEnd: JSON?
  /// What stands in the way, so that the same is not tried again at once.
  private var hasTrouble = false
  private var published: JSON?
  private(set) var isFinished = false
  private var isGone = false
  private var lastRefresh: Duration = .zero
  private let wakes: AsyncStream<Void>
  private nonisolated let alarm: AsyncStream<Void>.Continuation

  /// How often volumes are compared with the objects they show, and trouble is tried again.
  static let refreshPeriod = Duration.seconds(15)
  static let retryPeriod = Duration.seconds(5)

  init(_ pod: AgentPod, context: NodeContext) {
    self.pod = pod
    uid = pod.metadata.uid
    directory = context.directory(pod.metadata.uid)
    self.context = context
    (wakes, alarm) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    alarm.yield()
  }

  nonisolated var sandboxProcess: SandboxProcess {
    SandboxProcess(directory: directory, program: context.configuration.program)
  }

  nonisolated func wake() { alarm.yield() }

  /// The Pod as the API has it now.
  func update(_ newer: AgentPod) {
    let known = Int64(pod.metadata.resourceVersion) ?? 0
    let given = Int64(newer.metadata.resourceVersion) ?? .max
    // News that is older than the answer to our own last write.
    if given <= known { return }
    pod = newer
    hasTrouble = false
    wake()
  }

  /// The object is gone from the API: nothing of it may go on.
  func objectDeleted() {
    isGone = true
    wake()
  }

  // MARK: The loop

  /// Works until the Pod is gone or the task is cancelled, which leaves its processes running.
  func run() async {
    await recover()
    for await _ in wakes {
      if Task.isCancelled { break }
      let pause = await step()
      if isFinished { break }
      scheduleWake(pause)
    }
    for task in probes.values { task.cancel() }
    sandbox?.shutDown()
  }

  private func scheduleWake(_ pause: Duration?) {
    guard let pause else { return }
    Task { [alarm, time = context.client.time] in
      try? await time.sleep(pause)
      alarm.yield()
    }
  }

  /// One turn. Returns after how long to look again at the latest.
  private func step() async -> Duration? {
    if isGone {
      await abandon()
      return nil
    }
    await refreshVolumes()
    checkDeadline()
    var decision = PodMachine.decide(facts())
    // A turn that changes nothing is the last one; the bound only guards against a fault of ours.
    for _ in 0..<64 {
      var hasProgress = false
      for action in decision.actions where await perform(action) { hasProgress = true }
      if isFinished { return nil }
      if !hasProgress { break }
      decision = PodMachine.decide(facts())
    }
    await publish()
    var pause: Duration? = decision.wake.map { .seconds($0) }
    if hasTrouble { pause = min(pause ?? Self.retryPeriod, Self.retryPeriod) }
    if volumesAreRefreshed { pause = min(pause ?? Self.refreshPeriod, Self.refreshPeriod) }
    return pause
  }

  func facts() -> PodFacts {
    var facts = PodFacts(
      pod: pod, sandbox: sandbox == nil ? .absent : .ready, records: records,
      now: context.client.time.now())
    facts.started = started
    facts.ready = ready
    facts.condemned = condemned
    facts.failure = failure
    return facts
  }

  private func checkDeadline() {
    guard failure == nil, !pod.isTerminal,
      let limit = pod.spec["activeDeadlineSeconds"]?.integer,
      let start = pod.status["startTime"]?.string.flatMap(Timestamp.init),
      context.client.time.now().seconds >= start.seconds + limit
    else { return }
    failure = PodFailure(
      reason: "DeadlineExceeded",
      message: "Pod was active on the node longer than the specified deadline")
    event("Normal", "DeadlineExceeded", "Pod was active on the node longer than specified deadline")
  }

  func event(
    _ type: String, _ reason: String, _ message: String, _ container: ContainerDefinition? = nil
  ) {
    context.events.record(pod, type, reason, message, container: container)
  }

  func definition(_ name: String) -> ContainerDefinition? {
    (pod.initContainers + pod.containers).first { $0.name == name }
  }

  // MARK: Actions

  /// Whether it was done, and there may be more to do.
  private func perform(_ action: PodAction) async -> Bool {
    switch action {
    case .createSandbox: return await attempt("FailedCreatePodSandBox") { try await makeSandbox() }
    case .start(let name):
      guard let container = definition(name) else { return false }
      return await start(container)
    case .stop(let name, let grace, let reason):
      beginStop(name, grace: grace, reason: reason)
      return true
    case .destroySandbox:
      await destroySandbox()
      return true
    case .finalize:
      await publish()
      await finalize()
      return true
    }
  }

  /// Does something that may fail and is then tried again later; the failure becomes an event.
  func attempt(_ reason: String, _ body: () async throws -> Void) async -> Bool {
    do {
      try await body()
      return true
    } catch {
      hasTrouble = true
      event("Warning", reason, "\(error)")
      return false
    }
  }

  func trouble() { hasTrouble = true }

  // MARK: Volumes

  private var volumesAreRefreshed: Bool { volumes != nil && podVolumes().areRefreshed }

  func podVolumes() -> PodVolumes {
    PodVolumes(
      pod: pod, directory: directory, objects: objects, downward: downward)
  }

  var objects: ReferencedObjects {
    ReferencedObjects(client: context.client, namespace: pod.metadata.namespace)
  }

  var downward: DownwardAPI {
    DownwardAPI(pod: pod, addresses: addresses, hostAddresses: context.hostAddresses)
  }

  /// Brings volumes up to date that show objects; what fails keeps showing what it showed.
  private func refreshVolumes() async {
    let now = context.client.time.uptime()
    guard volumesAreRefreshed, now - lastRefresh >= Self.refreshPeriod else { return }
    lastRefresh = now
    do {
      volumes = try await podVolumes().prepare()
    } catch {
      context.logger.debug("cannot refresh volumes", metadata: ["error": "\(error)"])
    }
  }

  func volumesWerePrepared() { lastRefresh = context.client.time.uptime() }

  // MARK: The API

  /// Writes the status if it is not what was written last.
  private func publish() async {
    guard !isGone else { return }
    let writer = PodStatus(
      facts: facts(), addresses: pod.hostNetwork ? context.hostAddresses : shownAddresses,
      hostAddresses: context.hostAddresses)
    let status = writer.json
    if status == published { return }
    let patch: JSON = ["metadata": ["uid": .string(uid)], "status": status]
    do {
      let answer = try await context.client.patch(
        Pod.resource, pod.key, .strategic, patch, subresource: "status")
      published = status
      let written = AgentPod(json: answer)
      if written.metadata.uid == uid { pod = written }
    } catch let status as APIStatus where status.isNotFound || status.isConflict {
      // Gone, or another Pod of the same name: the informer tells.
      if status.isConflict { hasTrouble = true }
    } catch {
      hasTrouble = true
      context.logger.warning(
        "cannot write a Pod's status", metadata: ["pod": "\(pod.key)", "error": "\(error)"])
    }
  }

  /// A Pod that ended keeps showing the addresses it had.
  private var shownAddresses: [IPAddress] {
    if !addresses.isEmpty { return addresses }
    return pod.status["podIPs"]?.array?.compactMap { $0["ip"]?.string.flatMap(IPAddress.init) }
      ?? []
  }

  /// Everything of the Pod has ended: its object goes, and its directory.
  private func finalize() async {
    do {
      try await context.client.delete(
        Pod.resource, pod.key, options: DeleteOptions(uid: uid, gracePeriodSeconds: 0))
    } catch let status as APIStatus where status.isNotFound || status.isConflict {
    } catch {
      hasTrouble = true
      return
    }
    removeTraces()
  }

  private func abandon() async {
    await destroySandbox()
    removeTraces()
  }

  private func removeTraces() {
    context.network.release(uid)
    FileTree.remove(directory)
    isFinished = true
  }
}
