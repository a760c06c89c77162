import JSONTree
import KubernetesAPI
package import KubernetesClient
package import Logging

/// Takes away Pods that nobody else will: of Nodes that are gone, and those that ended long ago.
package struct PodCollector: Controller {
  package let name = "pod-garbage-collector"

  /// How often Pods are looked through (kube-controller-manager's default).
  static let period = Duration.seconds(20)
  /// How long a Node must have been missing.
  static let quarantine = Duration.seconds(40)

  private let client: KubernetesClient
  private let informers: SharedInformers
  private let logger: Logger

  package init(client: KubernetesClient, informers: SharedInformers, logger: Logger) {
    self.client = client
    self.informers = informers
    self.logger = logger
  }

  package func run() async {
    do {
      try await informers.pods.waitUntilSynced()
      try await informers.nodes.waitUntilSynced()
    } catch { return }
    var missingSince: [String: Duration] = [:]
    while !Task.isCancelled {
      await collect(&missingSince)
      do { try await client.time.sleep(Self.period) } catch { return }
    }
  }

  private func collect(_ missingSince: inout [String: Duration]) async {
    let now = client.time.uptime()
    let nodes = Set(informers.nodes.objects.map(\.metadata.name))
    let pods = informers.pods.objects
    let missing = Set(pods.map(\.nodeName)).subtracting(nodes).subtracting([""])
    missingSince = missingSince.filter { missing.contains($0.key) }
    for name in missing where missingSince[name] == nil { missingSince[name] = now }
    let gone = Set(missingSince.filter { now - $0.value >= Self.quarantine }.map(\.key))
    for (pod, reason) in PodCollection().victims(pods, nodes: nodes, missing: gone) {
      do {
        try await remove(pod, reason)
      } catch {
        if Task.isCancelled { return }
        logger.warning(
          "cannot remove a Pod", metadata: ["pod": "\(pod.key)", "error": "\(error)"])
      }
    }
  }

  private func remove(_ pod: Pod, _ reason: PodCollection.Reason) async throws {
    if reason == .orphaned {
      // The server's word counts, not the view's.
      do {
        _ = try await client.get(Node.self, ObjectKey(name: pod.nodeName))
        return
      } catch let status as APIStatus where status.isNotFound {}
    }
    do {
      if !pod.isTerminal {
        var status: JSONObject = ["phase": "Failed"]
        if reason == .orphaned {
          status["conditions"] = [
            [
              "type": "DisruptionTarget", "status": "True", "reason": "DeletionByPodGC",
              "message": "PodGC: node no longer exists",
              "lastTransitionTime": .string(client.time.now().description),
            ]
          ]
        }
        _ = try await client.patchStatus(
          Pod.self, pod.key, .strategic, ["status": .object(status)])
      }
      try await client.delete(
        Pod.self, pod.key, options: DeleteOptions(uid: pod.metadata.uid, gracePeriodSeconds: 0))
    } catch let status as APIStatus where status.isNotFound || status.isConflict {}
  }
}
