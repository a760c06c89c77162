package import JSONTree
package import KubernetesAPI

/// What a Node's silence means.
///
/// A Node shows that it is alive by renewing its Lease or by reporting its status. One that never
/// did either is nobody's promise (a Node made by hand, whose Pods are marked by hand): it is left
/// alone.
package struct NodeHealth: Sendable {
  /// What was last heard of a Node.
  package struct Contact: Sendable, Equatable {
    package var renewTime: String
    package var heartbeat: String
    /// Uptime at which one of the two last changed, as seen from here.
    package var since: Duration

    package init(renewTime: String, heartbeat: String, since: Duration) {
      self.renewTime = renewTime
      self.heartbeat = heartbeat
      self.since = since
    }
  }

  /// What must be written.
  package struct Verdict: Equatable {
    /// Conditions to set in the status, as a strategic merge patch has them.
    package var conditions: [JSON] = []
    /// The taints of the Node, if they are to change.
    package var taints: [Taint]?
    /// Whether the Node's Pods count as not ready.
    package var podsAreNotReady = false
    /// Whether the Node has just fallen silent.
    package var isNews = false
  }

  /// A Node silent for this long is not ready (kube-controller-manager's default).
  package static let gracePeriod = Duration.seconds(50)

  package let node: Node
  package let lease: Lease?
  package let contact: Contact?
  /// Uptime.
  package let now: Duration
  package let time: Timestamp
  package let gracePeriod: Duration

  package init(
    node: Node, lease: Lease?, contact: Contact?, now: Duration, time: Timestamp,
    gracePeriod: Duration = NodeHealth.gracePeriod
  ) {
    self.node = node
    self.lease = lease
    self.contact = contact
    self.now = now
    self.time = time
    self.gracePeriod = gracePeriod
  }

  /// What is known of the Node from now on; nil for one that never showed that it is alive.
  package var newContact: Contact? {
    let renewTime = lease?.renewTime ?? ""
    let heartbeat = node.heartbeat
    guard contact != nil || !renewTime.isEmpty || !heartbeat.isEmpty else { return nil }
    if let contact, contact.renewTime == renewTime, contact.heartbeat == heartbeat {
      return contact
    }
    return Contact(renewTime: renewTime, heartbeat: heartbeat, since: now)
  }

  package var isSilent: Bool {
    guard let contact = newContact else { return false }
    return now - contact.since > gracePeriod
  }

  private static let conditions = ["Ready", "MemoryPressure", "DiskPressure", "PIDPressure"]

  package var verdict: Verdict {
    var verdict = Verdict()
    guard newContact != nil else { return verdict }
    var ready = node.readyStatus
    if isSilent, ready != "Unknown" {
      verdict.isNews = true
      ready = "Unknown"
      verdict.conditions = Self.conditions.map { type in
        let isNew = type == "Ready" && node.heartbeat.isEmpty
        return [
          "type": .string(type), "status": "Unknown",
          "reason": isNew ? "NodeStatusNeverUpdated" : "NodeStatusUnknown",
          "message": .string(
            isNew
              ? "Kubelet never posted node status." : "Kubelet stopped posting node status."),
          "lastTransitionTime": .string(time.description),
        ]
      }
    }
    verdict.podsAreNotReady = ready != "True"
    let wanted = taints(ready: ready)
    if wanted.map(\.identity) != node.taints.map(\.identity) { verdict.taints = wanted }
    return verdict
  }

  /// The Node's taints with those that follow from its state.
  private func taints(ready: String?) -> [Taint] {
    let own: Set = [Taint.notReady, Taint.unreachable, Taint.unschedulable]
    var taints = node.taints.filter { !own.contains($0.key) }
    if node.isUnschedulable { taints.append(kept(Taint.unschedulable, "NoSchedule")) }
    let key: String? =
      switch ready {
      case "True": nil
      case "False": Taint.notReady
      default: Taint.unreachable
      }
    if let key {
      taints.append(kept(key, "NoSchedule"))
      taints.append(kept(key, "NoExecute"))
    }
    return taints
  }

  /// The taint as it stands, so that its time stays.
  private func kept(_ key: String, _ effect: String) -> Taint {
    node.taints.first { $0.key == key && $0.effect == effect }
      ?? Taint(key: key, effect: effect, timeAdded: time)
  }
}

extension Taint {
  fileprivate var identity: [String] { [key, value, effect] }
}

/// When a Pod must leave a Node that has NoExecute taints.
package enum TaintEviction {
  /// How long the Pod may stay; nil for as long as it likes, zero for no longer.
  package static func timeLeft(of pod: Pod, on node: Node, now: Timestamp) -> Duration? {
    var shortest: Int64?
    for taint in node.taints where taint.effect == "NoExecute" {
      let tolerations = pod.scheduling.tolerations.filter { $0.tolerates(taint) }
      guard !tolerations.isEmpty else { return .zero }
      // Of several that fit the shortest counts.
      guard let seconds = tolerations.compactMap(\.seconds).min() else { continue }
      let since = taint.timeAdded?.seconds ?? now.seconds
      let left = max(0, since + max(0, seconds) - now.seconds)
      shortest = min(shortest ?? left, left)
    }
    return shortest.map { .seconds($0) }
  }
}
