package import JSONTree
package import KubernetesAPI

extension DeploymentReconciler {
  private func sum(_ counter: String) -> Int { sets.reduce(0) { $0 + $1.counted(counter) } }

  private var updated: Int { current?.counted("replicas") ?? 0 }
  private var available: Int { sum("availableReplicas") }

  /// Whether all Pods are of the present template and available.
  package var isComplete: Bool {
    updated == deployment.replicas && sum("replicas") == deployment.replicas
      && available == deployment.replicas
  }

  private var isProgressing: Bool {
    updated > deployment.counted("updatedReplicas")
      || sum("replicas") - updated
        < deployment.counted("replicas") - deployment.counted("updatedReplicas")
      || sum("readyReplicas") > deployment.counted("readyReplicas")
      || available > deployment.counted("availableReplicas")
  }

  /// - Parameter created: whether the ReplicaSet of the present template was made just now.
  package func status(created: ReplicaSet? = nil) -> JSONObject {
    var conditions = WorkloadConditions(deployment.status)
    setAvailability(&conditions)
    setProgress(&conditions, created: created)
    let wanted = sets.reduce(0) { $0 + $1.replicas }
    var status: JSONObject = [
      "observedGeneration": .integer(deployment.metadata.generation),
      "conditions": .array(conditions.list),
    ]
    for (name, value) in [
      ("replicas", sum("replicas")), ("updatedReplicas", updated),
      ("readyReplicas", sum("readyReplicas")), ("availableReplicas", available),
      ("unavailableReplicas", max(0, wanted - available)),
    ] { status[name] = .integer(Int64(value)) }
    return status
  }

  private func setAvailability(_ conditions: inout WorkloadConditions) {
    if available >= deployment.replicas - deployment.maxUnavailable {
      conditions.set(
        "Available", "True", reason: "MinimumReplicasAvailable",
        "Deployment has minimum availability.", now: now, hasUpdateTime: true)
    } else {
      conditions.set(
        "Available", "False", reason: "MinimumReplicasUnavailable",
        "Deployment does not have minimum availability.", now: now, hasUpdateTime: true)
    }
  }

  private func setProgress(_ conditions: inout WorkloadConditions, created: ReplicaSet?) {
    guard deployment.progressDeadlineSeconds != nil else {
      return conditions.remove("Progressing")
    }
    func set(_ status: String, _ reason: String, _ message: String, always: Bool = false) {
      conditions.set(
        "Progressing", status, reason: reason, message, now: now, hasUpdateTime: true,
        always: always)
    }
    let known = conditions.find("Progressing")
    let reason = known?["reason"]?.string ?? ""
    if deployment.isPaused {
      if reason != "ProgressDeadlineExceeded" {
        set("Unknown", "DeploymentPaused", "Deployment is paused")
      }
      return
    }
    if reason == "DeploymentPaused" {
      return set("Unknown", "DeploymentResumed", "Deployment is resumed")
    }
    if let created {
      return set(
        "True", "NewReplicaSetCreated", "Created new replica set \"\(created.metadata.name)\"",
        always: true)
    }
    let subject =
      current.map { "ReplicaSet \"\($0.metadata.name)\"" }
      ?? "Deployment \"\(deployment.metadata.name)\""
    if isComplete {
      set("True", "NewReplicaSetAvailable", "\(subject) has successfully progressed.")
    } else if reason == "NewReplicaSetAvailable", sum("replicas") == updated {
      // What is missing now was there already: no rollout, and no deadline.
    } else if isProgressing {
      set("True", "ReplicaSetUpdated", "\(subject) is progressing.", always: true)
    } else if isOverdue(known) {
      set("False", "ProgressDeadlineExceeded", "\(subject) has timed out progressing.")
    } else if known == nil, let current {
      set("True", "FoundNewReplicaSet", "Found new replica set \"\(current.metadata.name)\"")
    }
  }

  /// When the deadline for progress passes, by the condition as it stands; nil if none runs.
  private func deadline(_ progressing: JSON?) -> Timestamp? {
    guard let seconds = deployment.progressDeadlineSeconds, let progressing,
      let reason = progressing["reason"]?.string,
      !["NewReplicaSetAvailable", "ProgressDeadlineExceeded", "DeploymentPaused"].contains(reason),
      let since = progressing["lastUpdateTime"]?.string.flatMap(Timestamp.init)
    else { return nil }
    return Timestamp(seconds: since.seconds + Int64(seconds))
  }

  private func isOverdue(_ progressing: JSON?) -> Bool {
    deadline(progressing).map { $0 < now } ?? false
  }

  /// When to look again although nothing changes.
  package var recheck: Duration? {
    deadline(deployment.condition("Progressing")).map {
      .seconds(max(1, $0.seconds - now.seconds + 1))
    }
  }
}
