import JSONTree
import KubernetesAPI
import KubernetesClient
import Logging

/// Registers the Node, and keeps saying that its agent lives: a Lease every ten seconds, the status
/// every five minutes (the kubelet's defaults).
struct NodeRegistrar: Sendable {
  let client: KubernetesClient
  let node: NodeObject
  let logger: Logger

  static let leaseDuration: Int64 = 40
  private static let leasePeriod = Duration.seconds(10)
  private static let statusEvery = 30
  private static let leases = ResourceType(
    group: "coordination.k8s.io", version: "v1", kind: "Lease", plural: "leases",
    isNamespaced: true)

  private var key: ObjectKey { ObjectKey(namespace: "", name: node.name) }
  private var leaseKey: ObjectKey {
    ObjectKey(namespace: "kube-node-lease", name: node.name)
  }

  /// Creates the Node, or brings its status up to date.
  func register() async throws {
    let now = client.time.now()
    do {
      _ = try await client.create(Node.resource, namespace: nil, node.json(now: now))
    } catch let status as APIStatus where status.code == 409 {
      let known = try await client.get(Node.resource, key)
      var patch: JSONObject = [
        "metadata": ["labels": JSON(node.labels), "annotations": JSON(node.annotations)]
      ]
      if known[path: "spec", "podCIDR"] == nil, !node.podRanges.isEmpty {
        patch["spec"] = node.json(now: now)["spec"]
      }
      _ = try await client.patch(Node.resource, key, .merge, .object(patch))
    }
    try await writeStatus()
  }

  private func writeStatus() async throws {
    let known = try await client.get(Node.resource, key)
    _ = try await client.patch(
      Node.resource, key, .strategic,
      ["status": node.status(now: client.time.now(), known: known["status"])],
      subresource: "status")
  }

  /// Heartbeats until the task is cancelled.
  func run() async {
    var turn = 0
    var isRegistered = true
    while !Task.isCancelled {
      do {
        if !isRegistered {
          try await register()
          isRegistered = true
        }
        try await renewLease()
        if turn % Self.statusEvery == Self.statusEvery - 1 { try await writeStatus() }
      } catch {
        if Task.isCancelled { return }
        // The Node may have been deleted: it is registered again.
        if (error as? APIStatus)?.isNotFound == true { isRegistered = false }
        logger.warning("cannot tell that the Node lives", metadata: ["error": "\(error)"])
      }
      turn += 1
      do { try await client.time.sleep(Self.leasePeriod) } catch { return }
    }
  }

  private func renewLease() async throws {
    let now = JSON.string(client.time.now().microseconds)
    let spec: JSON = [
      "holderIdentity": .string(node.name), "leaseDurationSeconds": .integer(Self.leaseDuration),
      "renewTime": now,
    ]
    do {
      _ = try await client.patch(Self.leases, leaseKey, .merge, ["spec": spec])
    } catch let status as APIStatus where status.isNotFound {
      let known = try await client.get(Node.resource, key)
      let owner: JSON = [
        "apiVersion": "v1", "kind": "Node", "name": .string(node.name),
        "uid": known[path: "metadata", "uid"] ?? "",
      ]
      let lease: JSON = [
        "apiVersion": "coordination.k8s.io/v1", "kind": "Lease",
        "metadata": [
          "name": .string(node.name), "namespace": .string(leaseKey.namespace),
          "ownerReferences": [owner],
        ], "spec": spec,
      ]
      do {
        _ = try await client.create(Self.leases, namespace: leaseKey.namespace, lease)
      } catch let status as APIStatus where status.isNotFound {
        // An API server younger than its first Node may lack the namespace.
        do {
          _ = try await client.create(Namespace(metadata: ObjectMeta(name: leaseKey.namespace)))
        } catch let status as APIStatus where status.code == 409 {}  // Made meanwhile.
        _ = try await client.create(Self.leases, namespace: leaseKey.namespace, lease)
      }
    }
  }
}
