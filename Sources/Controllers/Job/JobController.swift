import JSONTree
import KubernetesAPI
package import KubernetesClient
package import Logging

/// Runs Jobs: their Pods, their counts and their end.
package struct JobController: Controller {
  package let name = "job-controller"

  static let workers = 3

  private let client: KubernetesClient
  private let informers: SharedInformers
  private let jobs: Informer<Job>
  private let events: EventRecorder
  private let logger: Logger
  private let queue: WorkQueue<ObjectKey>
  private let ownWrites: OwnWrites
  private let writer: PodWriter

  /// To be made before the informers run.
  package init(
    client: KubernetesClient, informers: SharedInformers, workloads: WorkloadInformers,
    events: EventRecorder, logger: Logger
  ) {
    self.client = client
    self.informers = informers
    jobs = workloads.jobs
    self.events = events
    self.logger = logger
    queue = WorkQueue(time: client.time, random: client.random)
    ownWrites = OwnWrites(time: client.time)
    writer = PodWriter(client: client, events: events, ownWrites: ownWrites, source: name)
    let owners = PodOwners(jobs)
    let queue = queue
    jobs.addHandler { events in queue.add(events.compactMap(\.key)) }
    informers.pods.addHandler { events in
      for event in events { queue.add(owners.keys(of: event)) }
    }
  }

  package func run() async {
    do {
      try await jobs.waitUntilSynced()
      try await informers.pods.waitUntilSynced()
    } catch { return }
    await queue.run(workers: Self.workers, logger: logger) { try await sync($0) }
  }

  private func sync(_ key: ObjectKey) async throws -> WorkQueue<ObjectKey>.Outcome {
    guard let job = jobs.object(key) else {
      try await releaseAbandoned(key)
      ownWrites.forget(key)
      return .done
    }
    if let manager = job.spec["managedBy"]?.string,
      manager != "kubernetes.io/job-controller"
    {
      return .done
    }
    let version = informers.pods.resourceVersion
    let owned = informers.pods(controlledBy: job.metadata.uid)
    let present = owned.filter { !$0.metadata.isBeingDeleted }.map(\.metadata.uid)
    if ownWrites.isStale(key, viewVersion: version, uids: present) {
      return .again(after: .seconds(1))
    }
    if job.metadata.isBeingDeleted {
      for pod in owned { try await release(pod, of: job) }
      return .done
    }
    let membership = Membership(
      owner: job.metadata, selector: job.selector, owned: owned,
      orphans: informers.orphans(in: key.namespace))
    let pods = try await writer.settle(membership, of: job)
    let plan = JobReconciler(job: job, pods: pods, now: client.time.now()).plan
    if plan.expires {
      try await client.delete(
        Job.self, key,
        options: DeleteOptions(uid: job.metadata.uid, propagation: .foreground))
      return .done
    }
    // What is noted first can be let go of after.
    if !plan.status.isEmpty { try await writer.writeStatus(job, plan.status) }
    for pod in plan.release { try await release(pod, of: job) }
    for pod in plan.delete { try await writer.delete(pod, for: job) }
    for pod in plan.create {
      guard try await writer.create(pod, for: job) else { break }
    }
    tell(job, plan.ending)
    return plan.recheck.map { .again(after: $0) } ?? .done
  }

  private func tell(_ job: Job, _ ending: JSON?) {
    guard let ending, let type = ending["type"]?.string else { return }
    if type == "Complete" {
      events.note(job, source: name, reason: "Completed", "Job completed")
    } else {
      events.warn(
        job, source: name, reason: ending["reason"]?.string ?? "Failed",
        ending["message"]?.string ?? "")
    }
  }

  private func release(_ pod: Pod, of job: Job?) async throws {
    let kept = pod.metadata.finalizers.filter { $0 != Job.trackingFinalizer }
    guard kept.count < pod.metadata.finalizers.count else { return }
    do {
      let freed = try await client.patch(
        Pod.self, pod.key, .merge,
        [
          "metadata": [
            "uid": .string(pod.metadata.uid),
            "resourceVersion": .string(pod.metadata.resourceVersion),
            "finalizers": kept.isEmpty ? .null : JSON(strings: kept),
          ]
        ])
      if let job { ownWrites.wrote(job.key, freed) }
    } catch let status as APIStatus where status.isNotFound {}
  }

  /// Lets Pods go whose Job is gone.
  private func releaseAbandoned(_ key: ObjectKey) async throws {
    for pod in informers.pods.objects
    where pod.metadata.namespace == key.namespace
      && pod.metadata.finalizers.contains(Job.trackingFinalizer)
    {
      guard let owner = pod.metadata.controller, owner.kind == "Job", owner.name == key.name else {
        continue
      }
      try await release(pod, of: nil)
    }
  }
}
