package import JSONTree
package import KubernetesAPI

/// What a Job needs: Pods made, ended and counted, and its status.
///
/// A Pod that ended keeps a finalizer until it is counted: first the status notes its uid, then the
/// finalizer goes, then the uid becomes part of a number. Whatever is interrupted goes on from
/// there, and no Pod is counted twice or missed.
package struct JobReconciler {
  package struct Plan: Equatable {
    package var create: [JSON] = []
    package var delete: [Pod] = []
    /// Pods that are noted and may go.
    package var release: [Pod] = []
    package var status: JSONObject = [:]
    package var recheck: Duration?
    /// Whether the Job is to be deleted, its time being up.
    package var expires = false
    /// The condition that came to hold, for an event.
    package var ending: JSON?
  }

  package let job: Job
  package let pods: [Pod]
  package let now: Timestamp

  package init(job: Job, pods: [Pod], now: Timestamp) {
    self.job = job
    self.pods = pods
    self.now = now
  }

  private var active: [Pod] { pods.filter(\.isActive) }

  private func isTracked(_ pod: Pod) -> Bool {
    pod.metadata.finalizers.contains(Job.trackingFinalizer)
  }

  /// Uids noted in the status and not yet part of its numbers.
  private func noted(_ outcome: String) -> [String] {
    job.status[path: "uncountedTerminatedPods", outcome]?.strings ?? []
  }

  // MARK: Counting

  private struct Tally {
    var succeeded: Int
    var failed: Int
    var notedSucceeded: [String]
    var notedFailed: [String]
    var release: [Pod] = []

    var allSucceeded: Int { succeeded + notedSucceeded.count }
    var allFailed: Int { failed + notedFailed.count }
  }

  private var tally: Tally {
    let byUID = Dictionary(
      pods.map { ($0.metadata.uid, $0) }, uniquingKeysWith: { first, _ in first })
    var tally = Tally(
      succeeded: job.counted("succeeded"), failed: job.counted("failed"), notedSucceeded: [],
      notedFailed: [])
    for uid in noted("succeeded") {
      if let pod = byUID[uid], isTracked(pod) {
        tally.notedSucceeded.append(uid)
        tally.release.append(pod)
      } else {
        tally.succeeded += 1
      }
    }
    for uid in noted("failed") {
      if let pod = byUID[uid], isTracked(pod) {
        tally.notedFailed.append(uid)
        tally.release.append(pod)
      } else {
        tally.failed += 1
      }
    }
    let known = Set(noted("succeeded") + noted("failed"))
    for pod in pods.sorted(by: { $0.key < $1.key })
    where isTracked(pod) && !known.contains(pod.metadata.uid) {
      if pod.phase == .succeeded {
        // Of an Indexed Job each number counts once; a Pod that does not count goes uncounted.
        if job.isIndexed, isRepeated(pod) {
          tally.release.append(pod)
          continue
        }
        tally.notedSucceeded.append(pod.metadata.uid)
      } else if pod.phase == .failed || isLost(pod) {
        tally.notedFailed.append(pod.metadata.uid)
      }
    }
    return tally
  }

  /// A Pod that is being deleted and was never placed will not end by itself.
  private func isLost(_ pod: Pod) -> Bool {
    pod.metadata.isBeingDeleted && pod.nodeName.isEmpty && !job.isFinished
      && !job.isSuspended
  }

  // MARK: Numbers

  private func index(of pod: Pod) -> Int? {
    pod.metadata.annotations[Job.indexAnnotation].flatMap { Int($0) }
  }

  /// Whether another Pod of the same number comes before, or the number is none of the Job's.
  private func isRepeated(_ pod: Pod) -> Bool {
    guard let number = index(of: pod), number < job.completions ?? 0 else { return true }
    if IndexRanges(job.status["completedIndexes"]?.string ?? "").contains(number) { return true }
    return pods.contains {
      index(of: $0) == number && $0.phase == .succeeded && $0.key < pod.key
    }
  }

  /// Numbers that have succeeded.
  private var completedIndexes: IndexRanges {
    var indexes = IndexRanges(job.status["completedIndexes"]?.string ?? "")
    for pod in pods where pod.phase == .succeeded {
      if let index = index(of: pod), index < job.completions ?? 0 { indexes.insert(index) }
    }
    return indexes
  }

  // MARK: Planning

  package var plan: Plan {
    var plan = Plan()
    if job.isFinished {
      finishOff(&plan)
      return plan
    }
    let tally = tally
    plan.release = tally.release
    var conditions = WorkloadConditions(job.status)
    var startTime = job.startTime
    if !job.isSuspended, startTime == nil { startTime = now }
    let failure = failure(tally, startTime: startTime)
    let isComplete = failure == nil && isComplete(tally)
    if isComplete || failure != nil {
      plan.delete = active
      let mayEnd =
        active.isEmpty && tally.notedSucceeded.isEmpty && tally.notedFailed.isEmpty
        && plan.release.isEmpty
      end(&conditions, failure, isOver: mayEnd, &plan)
    } else if job.isSuspended {
      plan.delete = active
      conditions.set(
        "Suspended", "True", reason: "JobSuspended", "Job suspended", now: now)
      startTime = nil
    } else {
      if conditions.find("Suspended")?["status"]?.string == "True" {
        conditions.set("Suspended", "False", reason: "JobResumed", "Job resumed", now: now)
        startTime = now
      }
      balance(&plan, tally)
      plan.recheck = [plan.recheck, deadline(startTime)].compactMap(\.self).min()
    }
    writeStatus(&plan, tally, conditions, startTime: startTime)
    return plan
  }

  private func writeStatus(
    _ plan: inout Plan, _ tally: Tally, _ conditions: WorkloadConditions, startTime: Timestamp?
  ) {
    let leaving = Set(plan.delete.map(\.metadata.uid))
    let remaining = active.filter { !leaving.contains($0.metadata.uid) }
    plan.status["active"] = .integer(Int64(remaining.count + plan.create.count))
    plan.status["ready"] = .integer(Int64(remaining.filter(\.isReady).count))
    plan.status["succeeded"] = .integer(Int64(tally.succeeded))
    plan.status["failed"] = .integer(Int64(tally.failed))
    plan.status["startTime"] = startTime.map { .string($0.description) } ?? .null
    plan.status["conditions"] = .array(conditions.list)
    plan.status["terminating"] = .integer(
      Int64(pods.filter { $0.metadata.isBeingDeleted && !$0.isTerminal }.count))
    plan.status["uncountedTerminatedPods"] = .object([
      "succeeded": JSON(strings: tally.notedSucceeded),
      "failed": JSON(strings: tally.notedFailed),
    ])
    if job.isIndexed {
      plan.status["completedIndexes"] = .string(completedIndexes.description)
    }
  }

  /// Makes and ends Pods until as many run as should.
  private func balance(_ plan: inout Plan, _ tally: Tally) {
    let wanted: Int
    if let completions = job.completions {
      wanted = min(job.parallelism, max(0, completions - tally.allSucceeded))
    } else {
      // Once one has succeeded no new ones begin.
      wanted = tally.allSucceeded > 0 ? min(active.count, job.parallelism) : job.parallelism
    }
    if active.count > wanted {
      plan.delete = active.map { PodRank($0, crowding: 0) }.sorted()
        .prefix(active.count - wanted).map(\.pod)
      return
    }
    let pause = backoff(tally)
    guard pause == .zero else {
      plan.recheck = pause
      return
    }
    // Pods that are leaving are replaced at once, unless the Job says otherwise.
    let leaving =
      job.spec["podReplacementPolicy"]?.string == "Failed"
      ? pods.filter { $0.metadata.isBeingDeleted && !$0.isTerminal }.count : 0
    var missing = wanted - active.count - leaving
    guard missing > 0 else { return }
    guard job.isIndexed else {
      plan.create = Array(repeating: pod(index: nil), count: min(missing, 500))
      return
    }
    var taken = completedIndexes
    for pod in active { if let index = index(of: pod) { taken.insert(index) } }
    for index in 0..<(job.completions ?? 0) where missing > 0 && !taken.contains(index) {
      plan.create.append(pod(index: index))
      missing -= 1
    }
  }

  /// After failures new Pods wait: 10 s, then twice as long each time, at most 10 min.
  private func backoff(_ tally: Tally) -> Duration {
    guard tally.allFailed > 0 else { return .zero }
    let ends = pods.filter { $0.phase == .failed }.compactMap {
      $0.readyTransitionTime ?? $0.metadata.creationTimestamp
    }
    guard let last = ends.max() else { return .zero }
    let wait = min(Int64(600), 10 << Int64(min(tally.allFailed - 1, 6)))
    return .seconds(max(0, last.seconds + wait - now.seconds))
  }

  private func pod(index: Int?) -> JSON {
    var pod = PodTemplate.pod(from: job.template, owner: job)
    var metadata = pod["metadata"] ?? [:]
    let finalizers = metadata["finalizers"]?.array ?? []
    metadata["finalizers"] = .array(finalizers + [.string(Job.trackingFinalizer)])
    if let index {
      let text = JSON.string(String(index))
      for map in ["annotations", "labels"] {
        var members = metadata[map] ?? [:]
        members[Job.indexAnnotation] = text
        metadata[map] = members
      }
      metadata["generateName"] = .string("\(job.metadata.name)-\(index)-")
      var spec = pod["spec"] ?? [:]
      spec["hostname"] = .string("\(job.metadata.name)-\(index)")
      spec["containers"] = .array(
        (spec["containers"]?.array ?? []).map { Self.numbered($0, text) })
      pod["spec"] = spec
    }
    pod["metadata"] = metadata
    return pod
  }

  private static func numbered(_ container: JSON, _ index: JSON) -> JSON {
    var container = container
    let variables = container["env"]?.array ?? []
    guard !variables.contains(where: { $0["name"] == "JOB_COMPLETION_INDEX" }) else {
      return container
    }
    let source: JSON = [
      "fieldRef": ["fieldPath": .string("metadata.annotations['\(Job.indexAnnotation)']")]
    ]
    container["env"] = .array(variables + [["name": "JOB_COMPLETION_INDEX", "valueFrom": source]])
    return container
  }

  // MARK: The end

  private func isComplete(_ tally: Tally) -> Bool {
    guard let completions = job.completions else {
      return tally.allSucceeded > 0 && active.isEmpty
    }
    return job.isIndexed
      ? completedIndexes.count >= completions : tally.allSucceeded >= completions
  }

  /// Why the Job failed, as reason and message; nil if it did not.
  private func failure(_ tally: Tally, startTime: Timestamp?) -> (String, String)? {
    if let target = job.condition("FailureTarget"), target["status"]?.string == "True" {
      return (target["reason"]?.string ?? "", target["message"]?.string ?? "")
    }
    // Containers started again in place count as failures too.
    let restarts =
      job.template[path: "spec", "restartPolicy"]?.string == "OnFailure"
      ? active.reduce(0) { $0 + Int(clamping: $1.scheduling.restarts) } : 0
    if tally.allFailed > job.backoffLimit
      || (restarts > 0 && restarts >= job.backoffLimit && job.backoffLimit > 0)
    {
      return ("BackoffLimitExceeded", "Job has reached the specified backoff limit")
    }
    if let seconds = job.activeDeadlineSeconds, !job.isSuspended, let startTime,
      now.seconds - startTime.seconds >= seconds
    {
      return ("DeadlineExceeded", "Job was active longer than specified deadline")
    }
    return nil
  }

  private func deadline(_ startTime: Timestamp?) -> Duration? {
    guard let seconds = job.activeDeadlineSeconds, let startTime else { return nil }
    return .seconds(max(1, startTime.seconds + seconds - now.seconds))
  }

  /// Sets the condition that says how the Job will end, and once all Pods have left the one that
  /// says that it has.
  private func end(
    _ conditions: inout WorkloadConditions, _ failure: (String, String)?, isOver: Bool,
    _ plan: inout Plan
  ) {
    let (reason, message) =
      failure ?? ("CompletionsReached", "Reached expected number of succeeded pods")
    conditions.set(
      failure == nil ? "SuccessCriteriaMet" : "FailureTarget", "True", reason: reason, message,
      now: now)
    guard isOver else { return }
    let type = failure == nil ? "Complete" : "Failed"
    conditions.set(type, "True", reason: reason, message, now: now)
    if failure == nil { plan.status["completionTime"] = .string(now.description) }
    plan.ending = conditions.find(type)
  }

  /// A Job that has ended only lets go of its Pods, and goes itself in time.
  private func finishOff(_ plan: inout Plan) {
    plan.release = pods.filter { isTracked($0) && ($0.isTerminal || $0.metadata.isBeingDeleted) }
    plan.delete = active
    guard let seconds = job.ttlSecondsAfterFinished, let end = job.finishTime,
      !job.metadata.isBeingDeleted
    else { return }
    let left = end.seconds + seconds - now.seconds
    if left <= 0 { plan.expires = true } else { plan.recheck = .seconds(left) }
  }
}

/// Numbers as ranges in text: `1,3-5`.
package struct IndexRanges: Equatable, CustomStringConvertible {
  private var indexes: Set<Int> = []

  /// What cannot be read is left out; a range holds at most 100 000 numbers, as Kubernetes allows.
  package init(_ text: String) {
    for part in text.split(separator: ",") {
      let ends = part.split(separator: "-").compactMap { Int($0) }
      guard let first = ends.first, first >= 0 else { continue }
      let last = ends.count > 1 ? ends[1] : first
      guard last >= first, last - first <= 100_000 else { continue }
      indexes.formUnion(first...last)
    }
  }

  package var count: Int { indexes.count }
  package func contains(_ index: Int) -> Bool { indexes.contains(index) }
  package mutating func insert(_ index: Int) { indexes.insert(index) }

  package var description: String {
    var parts: [String] = []
    var start: Int?
    var previous: Int?
    func close() {
      guard let start, let previous else { return }
      parts.append(start == previous ? "\(start)" : "\(start)-\(previous)")
    }
    for index in indexes.sorted() {
      if let last = previous, index == last + 1 {
        previous = index
        continue
      }
      close()
      start = index
      previous = index
    }
    close()
    return parts.joined(separator: ",")
  }
}
