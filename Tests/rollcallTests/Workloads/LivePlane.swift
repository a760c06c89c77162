import APIServer
import Controllers
import Foundation
import JSONTree
import KubernetesAPI
import KubernetesClient
import Logging
import ObjectStore
import Synchronization

@testable import rollcall

/// API server and controllers in one process, over a store in memory, with a kubelet that only
/// pretends: it gives Pods addresses, marks them ready, and lets them go.
final class LivePlane: Sendable {
  let client: KubernetesClient
  let kubelet: PretendedKubelet
  private let server: APIServer
  private let manager: ControllerManager

  /// Runs a plane with one ready Node, `node-1`, for as long as a body takes.
  ///
  /// - Parameter gracePeriod: how long a Node may be silent.
  static func run(
    gracePeriod: Duration = .seconds(3600),
    _ body: (LivePlane) async throws -> Void
  ) async throws {
    let plane = LivePlane(gracePeriod: gracePeriod)
    let serving = Task { _ = try? await plane.server.run() }
    await plane.server.waitUntilReady()
    try await plane.prepare()
    let working = Task { await plane.manager.run() }
    let running = Task { await plane.kubelet.run() }
    defer { for task in [serving, working, running] { task.cancel() } }
    try await plane.manager.waitUntilSynced()
    try await body(plane)
  }

  private init(gracePeriod: Duration) {
    let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
    server = APIServer(
      store: MemoryStore(), catalogue: KindCatalogue(CoreKinds.all), logger: logger)
    client = KubernetesClient(
      transport: InProcessTransport(
        server: server, user: UserInfo(name: "test", groups: [UserInfo.mastersGroup])))
    var configuration = ControllerManager.Configuration()
    configuration.nodeGracePeriod = gracePeriod
    configuration.volumeDirectories = LocalVolumeDirectories(
      root: NSTemporaryDirectory() + "/rollcall-volumes-\(UUID().uuidString)")
    manager = ControllerManager(client: client, logger: logger, configuration: configuration)
    kubelet = PretendedKubelet(client: client, logger: logger)
  }

  private func prepare() async throws {
    for namespace in ["default", Lease.nodeNamespace] {
      _ = try await client.create(Namespace(metadata: ObjectMeta(name: namespace)))
    }
    var node = Node(metadata: ObjectMeta(name: "node-1"))
    node.metadata.labels[Node.hostnameLabel] = "node-1"
    _ = try await client.create(node)
  }

  // MARK: Objects

  func key(_ name: String) -> ObjectKey { ObjectKey(namespace: "default", name: name) }

  func create(_ resource: ResourceType, _ name: String, _ spec: JSON) async throws {
    _ = try await client.create(
      resource, namespace: "default",
      [
        "apiVersion": .string(resource.apiVersion), "kind": .string(resource.kind),
        "metadata": ["name": .string(name)], "spec": spec,
      ])
  }

  /// A workload of `replicas` Pods of an image.
  func spec(_ replicas: Int, image: String = "one", _ more: JSONObject = [:]) -> JSON {
    var spec: JSONObject = [
      "replicas": .integer(Int64(replicas)), "selector": ["matchLabels": ["app": "web"]],
      "template": Self.template(image),
    ]
    for member in more { spec[member.key] = member.value }
    return .object(spec)
  }

  static func template(_ image: String) -> JSON {
    [
      "metadata": ["labels": ["app": "web"]],
      "spec": ["containers": [["name": "main", "image": .string(image)]]],
    ]
  }

  func scale(_ resource: ResourceType, _ name: String, to replicas: Int) async throws {
    _ = try await client.patch(
      resource, key(name), .merge, ["spec": ["replicas": .integer(Int64(replicas))]],
      subresource: "scale")
  }

  /// The Pods that are not leaving, by name, with the image each runs.
  func images() async throws -> [String: String] {
    let list = try await client.list(Pod.resource, namespace: "default")
    var images: [String: String] = [:]
    for pod in list["items"]?.array ?? [] where pod[path: "metadata", "deletionTimestamp"] == nil {
      let name = pod[path: "metadata", "name"]?.string ?? ""
      images[name] = pod[path: "spec", "containers"]?.array?.first?["image"]?.string
    }
    return images
  }

  /// Whether something comes to hold; a busy machine is given time.
  func eventually(_ condition: () async throws -> Bool) async throws -> Bool {
    let end = ContinuousClock.now + .seconds(120)
    while ContinuousClock.now < end {
      if try await condition() { return true }
      try await client.time.sleep(.milliseconds(20))
    }
    return false
  }
}

/// Does to Pods on a Node what a kubelet does, as far as the API shows it.
final class PretendedKubelet: Sendable {
  private let client: KubernetesClient
  private let pods: Informer<Pod>
  private let changed: AsyncStream<ObjectKey>
  private let state = Mutex(State())

  private struct State {
    var next = 1
    /// Pods seen, in the order they came to a Node.
    var order: [String] = []
    /// Images whose Pods end at once, and whether well.
    var ending: [String: Bool] = [:]
  }

  init(client: KubernetesClient, logger: Logger) {
    self.client = client
    pods = Informer(client: client, logger: logger)
    let (stream, intake) = AsyncStream.makeStream(of: ObjectKey.self)
    changed = stream
    pods.addHandler { events in
      for event in events { if let key = event.key { intake.yield(key) } }
    }
  }

  /// Names of Pods in the order they came.
  var order: [String] { state.withLock(\.order) }

  /// Has Pods whose name begins so end at once.
  func end(_ prefix: String, well: Bool) { state.withLock { $0.ending[prefix] = well } }

  func run() async {
    await withDiscardingTaskGroup { group in
      group.addTask { await self.pods.run() }
      group.addTask {
        for await key in self.changed { await self.handle(key) }
      }
    }
  }

  private func handle(_ key: ObjectKey) async {
    guard let pod = pods.object(key), !pod.nodeName.isEmpty else { return }
    do {
      if pod.metadata.isBeingDeleted {
        try await client.delete(
          Pod.self, key, options: DeleteOptions(uid: pod.metadata.uid, gracePeriodSeconds: 0))
      } else if pod.phase == .pending {
        try await start(pod)
      }
    } catch {
      // The Pod changed meanwhile: its next event comes.
    }
  }

  private func start(_ pod: Pod) async throws {
    let name = pod.metadata.name
    let (number, ending) = state.withLock { state in
      state.order.append(name)
      state.next += 1
      return (state.next, state.ending.first { name.hasPrefix($0.key) }?.value)
    }
    let time = JSON.string(Timestamp(seconds: Int64(Date().timeIntervalSince1970)).description)
    var status: JSONObject = [
      "phase": .string(ending.map { $0 ? "Succeeded" : "Failed" } ?? "Running"),
      "startTime": time,
      "conditions": [
        [
          "type": "Ready", "status": ending == nil ? "True" : "False",
          "lastTransitionTime": time,
        ]
      ],
    ]
    let address = "10.244.\(number / 250).\(number % 250 + 1)"
    status["podIP"] = .string(address)
    status["podIPs"] = [["ip": .string(address)]]
    _ = try await client.patchStatus(
      Pod.self, pod.key, .strategic, ["status": .object(status)])
  }
}
